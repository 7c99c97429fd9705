"""The 17 styles as data: styles.toml beside this file."""

import tomllib
from functools import cache
from pathlib import Path

from pipelines.spec import Frozen


class Style(Frozen):
    """One drawing set: where it comes from, how captions call it, under which licence it is."""

    package: str
    phrase: str
    others: tuple[str, str]
    tags: tuple[str, ...]
    licence: str
    attribution: str
    ink: bool = False
    outlined: bool = False

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Every way to say this style, the caption's own first."""
        return (self.phrase, *self.others)

    @property
    def needs_light(self) -> bool:
        """Whether black lines would vanish on a dark background."""
        return self.ink or "outline" in self.phrase


@cache
def load_styles() -> dict[str, Style]:
    """Styles by the name of their set, in alphabetical order."""
    text = Path(__file__).with_name("styles.toml").read_text(encoding="utf-8")
    return {name: Style.parse(entry) for name, entry in sorted(tomllib.loads(text).items())}
