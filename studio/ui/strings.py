"""The words on the pages: one TOML file a language, used by Python and by the components alike.

A sentence is a string with `{name}` places, or a table of plural forms chosen by the value of
`n` (`one`, `other`, as in CLDR; English needs no more). The page is built in one language, which
is chosen when the studio starts; adding a language is adding a file beside `en.toml`.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "languages"
DEFAULT = "en"
PSEUDO = "qps"  # a made-up language that shows bare English and cut-off text
MIRRORED = "qps-plocm"  # the same from right to left, under the name that Windows gave it
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", MIRRORED})

Entry = str | dict[str, str]


class Catalogue:
    """The sentences of one language. `catalogue("rate.saved", n=3)` gives one of them.

    Keys are `table.name`. An unknown key is a programming error and raises KeyError.
    """

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.language = language
        self.entries = dict(entries)

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, for the `dir` of the page."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def __call__(self, key: str, **values: Any) -> str:
        entry = self.entries[key]
        if isinstance(entry, dict):
            form = "one" if values.get("n") == 1 else "other"
            entry = entry.get(form, entry["other"])
        return entry.format(**values)

    def as_json(self) -> str:
        """For the components: safe inside a script element, whatever the sentences hold."""
        document = {"language": self.language, "direction": self.direction, "text": self.entries}
        return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")


@cache
def load(language: str = DEFAULT) -> Catalogue:
    """The catalogue of a language; sentences that it lacks are shown in English."""
    english = _flatten(tomllib.loads((FOLDER / f"{DEFAULT}.toml").read_text("utf-8")))
    if language in (PSEUDO, MIRRORED):
        return Catalogue(language, {key: _map(entry, _stretch) for key, entry in english.items()})
    path = FOLDER / f"{language}.toml"
    if language == DEFAULT or not path.exists():
        return Catalogue(DEFAULT, english)
    return Catalogue(language, {**english, **_flatten(tomllib.loads(path.read_text("utf-8")))})


def languages() -> list[tuple[str, str]]:
    """Languages that can be chosen, as (name in itself, code); English first."""
    codes = sorted((file.stem for file in FOLDER.glob("*.toml")), key=lambda c: (c != DEFAULT, c))
    return [(load(code)("language.name"), code) for code in codes]


def _flatten(tables: Mapping[str, Mapping[str, Entry]]) -> dict[str, Entry]:
    return {
        f"{table}.{name}": entry for table, rows in tables.items() for name, entry in rows.items()
    }


def _map(entry: Entry, change: Callable[[str], str]) -> Entry:
    if isinstance(entry, dict):
        return {form: change(text) for form, text in entry.items()}
    return change(entry)


def _stretch(text: str) -> str:
    """Brackets show where a sentence was cut; 40 % more length shows where it does not fit."""
    return f"[{text}{'·' * (len(text) * 2 // 5)}]"


_chosen = [DEFAULT]


def speak(language: str) -> None:
    """Choose the language of this process, once, before the pages are built."""
    _chosen[0] = language


def current() -> Catalogue:
    """The catalogue of this process."""
    return load(_chosen[0])


def text(key: str, **values: Any) -> str:
    """A sentence in the chosen language."""
    return current()(key, **values)
