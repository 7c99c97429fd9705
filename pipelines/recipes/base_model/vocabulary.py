"""The vocabulary of things: emoji with their names, and every other name that points to one."""

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.spec import Frozen

MALE, FEMALE, MAN, WOMAN, ADULT = "2642", "2640", "1f468", "1f469", "1f9d1"
FACING_RIGHT = "27a1"
CLOCK = re.compile(r"o.clock|-thirty")
WORD = re.compile(r"[a-z][a-z \-]*")
MANY_KEYWORDS = 14
SHORTCODES = ("cldr", "emojibase", "github", "joypixels", "iamcal", "emojibase-legacy")
# Sets that file their icons by code point; the names that they use are good aliases.
BY_CODEPOINT = ("openmoji", "twemoji", "noto", "fluent-emoji-flat", "fluent-emoji-high-contrast")
NAMING = ("twemoji", "noto", "openmoji", "fluent-emoji-flat")


class IconRules(Frozen):
    never: str
    nameless: str
    generic: tuple[str, ...]


class Rules(Frozen):
    """concepts.toml."""

    skipped_groups: tuple[int, ...]
    skipped_subgroups: tuple[str, ...]
    tones: dict[str, str]
    categories: dict[str, str]
    icons: IconRules
    dropped: dict[str, tuple[str, ...]]

    def category(self, subgroup: str) -> str:
        """Ours for a subgroup of emojibase: by its whole name, else by its first word."""
        own = self.categories.get(subgroup)
        return own or self.categories["-".join(subgroup.split("-")[:1])]


@cache
def load_rules() -> Rules:
    """The rules beside this file."""
    text = Path(__file__).with_name("concepts.toml").read_text(encoding="utf-8")
    return Rules.parse(tomllib.loads(text))


@dataclass(frozen=True)
class Concept:
    """One emoji. `codepoint` and `base` (itself without skin tone) are hex, joined by dashes."""

    codepoint: str
    concept: str
    category: str
    subgroup: str
    keywords: tuple[str, ...]
    gender: str
    tone: str
    base: str


class Packages:
    """Files of the npm packages in a node_modules folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> Any:
        """A json file."""
        return json.loads((self.folder / path).read_text(encoding="utf-8"))

    def icons(self, name: str) -> dict[str, Any]:
        """An Iconify set: icons by name, aliases, default sizes."""
        return self.read(f"@iconify-json/{name}/icons.json")

    def codepoints(self, name: str) -> dict[str, str]:
        """Code point -> icon of a set that is filed by code point."""
        chars = self.read(f"@iconify-json/{name}/chars.json")
        return {plain_hex(code): icon for code, icon in chars.items()}


def plain_hex(code: str) -> str:
    """Lower case, dashes, without the variation selector."""
    return "-".join(x for x in code.lower().replace("_", "-").split("-") if x != "fe0f")


def slug(name: str) -> str:
    """Letters and digits joined by single dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("'", "").replace("&", "and")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def squash(name: str) -> str:
    """A slug without dashes: "ice-cream" and "icecream" are the same word."""
    return slug(name).replace("-", "")


def read_concepts(packages: Packages) -> dict[str, Concept]:
    """Every emoji of the vocabulary by code point, with the kept skin tones."""
    rules = load_rules()
    subgroups = packages.read("emojibase-data/meta/groups.json")["subgroups"]
    names = packages.read("unicode-emoji-json/data-by-emoji.json")
    words = packages.read("emojilib/dist/emoji-en-US.json")
    found: dict[str, Concept] = {}
    for emoji in packages.read("emojibase-data/en/data.json"):
        subgroup = subgroups.get(str(emoji.get("subgroup")), "")
        if wanted(emoji, subgroup, rules):
            concept = make_concept(emoji, subgroup, rules.category(subgroup), names, words)
            found[concept.codepoint] = concept
            found |= {tone.codepoint: tone for tone in in_tones(concept, emoji, rules)}
    return found


def wanted(emoji: dict[str, Any], subgroup: str, rules: Rules) -> bool:
    """Whether an emoji is a thing, once: no flags and symbols, one clock, no couples."""
    if "group" not in emoji or emoji["group"] in rules.skipped_groups:
        return False
    if subgroup in rules.skipped_subgroups or CLOCK.search(emoji["label"]):
        return False
    parts = plain_hex(emoji["hexcode"]).split("-")
    people = sum(part in (MAN, WOMAN, ADULT) for part in parts)
    return FACING_RIGHT not in parts and people < 2


def make_concept(
    emoji: dict[str, Any],
    subgroup: str,
    category: str,
    names: dict[str, Any],
    words: dict[str, list[str]],
) -> Concept:
    """An emoji with its Unicode name and with the keywords of two dictionaries."""
    shown, code = emoji["emoji"], plain_hex(emoji["hexcode"])
    bare = shown.replace("\ufe0f", "")
    name = (names.get(shown) or names.get(bare) or {}).get("name") or emoji["label"]
    said = [
        *emoji.get("tags", []),
        *(w.replace("_", " ") for w in words.get(shown, words.get(bare, []))),
    ]
    keywords = [w for w in dict.fromkeys(said) if WORD.fullmatch(w) and w != name]
    return Concept(
        codepoint=code,
        concept=name.replace("“", "").replace("”", ""),
        category=category,
        subgroup=subgroup,
        keywords=tuple(keywords[:MANY_KEYWORDS]),
        gender=gender_of(code.split("-")),
        tone="",
        base=code,
    )


def gender_of(parts: list[str]) -> str:
    """man or woman where the sequence says so."""
    if MALE in parts or (parts[0] == MAN and len(parts) > 1):
        return "man"
    if FEMALE in parts or (parts[0] == WOMAN and len(parts) > 1):
        return "woman"
    return ""


def in_tones(concept: Concept, emoji: dict[str, Any], rules: Rules) -> Iterator[Concept]:
    """The same concept in the kept skin tones."""
    every_tone = {f"1f3f{digit}" for digit in "bcdef"}
    for skin in emoji.get("skins", []):
        code = plain_hex(skin["hexcode"])
        tones = [part for part in code.split("-") if part in every_tone]
        if len(tones) == 1 and tones[0] in rules.tones and not concept.gender:
            yield replace(concept, codepoint=code, tone=rules.tones[tones[0]])


class Names:
    """Finds the code point that a name means. Unicode's own names come first, then those of
    emojibase, of the drawing sets, of chat programs; the first to claim a name keeps it."""

    def __init__(self, packages: Packages, concepts: dict[str, Concept]) -> None:
        self.by_slug: dict[str, str] = {}
        self.by_squash: dict[str, str] = {}
        for code, concept in concepts.items():
            own = f"{concept.concept} {concept.tone}".strip()
            self.by_slug[slug(own)] = self.by_squash[squash(own)] = code
        for name, code in other_names(packages, concepts):
            self.by_slug.setdefault(slug(name), code)
            self.by_squash.setdefault(squash(name), code)
        for index in (self.by_slug, self.by_squash):
            index.pop("", None)

    def find(self, icon: str) -> str | None:
        """The code point that an icon's name means, a trailing number aside."""
        bare = re.sub(r"-\d+$", "", icon)
        exact = self.by_slug.get(icon) or self.by_slug.get(bare)
        return exact or self.by_squash.get(squash(icon)) or self.by_squash.get(squash(bare))


def other_names(packages: Packages, concepts: dict[str, Concept]) -> Iterator[tuple[str, str]]:
    """(name, code point) from every other source, the better ones first."""
    for emoji in packages.read("emojibase-data/en/data.json"):
        yield emoji["label"], plain_hex(emoji["hexcode"])
        for skin in emoji.get("skins", []):
            yield skin["label"].replace(":", ""), plain_hex(skin["hexcode"])
    for name in NAMING:
        codes = packages.codepoints(name)
        yield from ((icon, code) for code, icon in codes.items())
        code_of = {icon: code for code, icon in codes.items()}
        for alias, target in packages.icons(name).get("aliases", {}).items():
            if target["parent"] in code_of and len(target) == 1:  # not turned or mirrored
                yield alias, code_of[target["parent"]]
    for kind in SHORTCODES:
        for code, said in packages.read(f"emojibase-data/en/shortcodes/{kind}.json").items():
            for name in said if isinstance(said, list) else [said]:
                yield name, plain_hex(code)
    for code in concepts:
        if "-" not in code:
            yield unicodedata.name(chr(int(code, 16)), ""), code
