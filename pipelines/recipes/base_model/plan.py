"""Which icon of which set shows which concept. No pixels yet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.recipes.base_model.vocabulary import (
    BY_CODEPOINT,
    Concept,
    Names,
    Packages,
    load_rules,
    plain_hex,
    read_concepts,
    slug,
)

LINE, LINE_OF = "openmoji-line", "openmoji"  # made from the other by taking its fills away
RASTER = "fluent-emoji-3d"
BY_NAME = (
    "noto-v1", "emojione", "emojione-v1", "emojione-monotone", "streamline-emojis", "fxemoji",
)  # fmt: skip
ICON_SETS = (
    "streamline-freehand-color", "streamline-ultimate-color", "streamline-pixel", "game-icons",
)  # fmt: skip
SEVERAL_A_CONCEPT = ICON_SETS[:3]  # there are many cats in them
STRICT = "game-icons"  # its names are taken whole or not at all
WITHOUT_TONES = (LINE, "fluent-emoji-high-contrast", "emojione-monotone")  # black either way
RASTERS = f"@lobehub/{RASTER}/assets"


@dataclass(frozen=True)
class Planned:
    """An icon to draw. `match`: emoji (its name is the concept's), partial (its name holds the
    concept's) or icon-name (the concept is words of its name, and it has no emoji)."""

    set: str
    icon: str
    concept: Concept
    match: str
    filed: str  # the code point found for it, "" if none: what the rows are sorted by

    @property
    def order(self) -> tuple[str, str]:
        """Sets by name; in a set by code point, icons without one last."""
        return self.set, self.filed or "zz" + self.icon


class Plan:
    """Collects icons, at most one a set and concept (a set and icon where it draws several)."""

    def __init__(self, concepts: dict[str, Concept]) -> None:
        self.concepts = concepts
        self.rows: list[Planned] = []
        self.seen: set[tuple[str, str]] = set()

    def add(self, name: str, icon: str, code: str, match: str = "emoji") -> None:
        """Take an icon in, if its code point is in the vocabulary and it is the first."""
        if code not in self.concepts:
            return
        key = (name, icon if name in SEVERAL_A_CONCEPT else code)
        if key in self.seen:
            return
        self.seen.add(key)
        concept = self.concepts[code]
        if not (concept.tone and name in WITHOUT_TONES):
            self.rows.append(Planned(name, icon, concept, match, code))


def make_plan(packages: Packages) -> list[Planned]:
    """Every icon to draw, in the order of the data set."""
    concepts = read_concepts(packages)
    names = Names(packages, concepts)
    plan = Plan(concepts)
    for name in BY_CODEPOINT:
        add_by_codepoint(plan, packages, name)
    for row in [row for row in plan.rows if row.set == LINE_OF]:
        plan.add(LINE, row.icon, row.concept.codepoint)
    for name in BY_NAME:
        for icon in visible(packages, name):
            plan.add(name, icon, names.find(icon) or "")
    for file in sorted((packages.folder / RASTERS).glob("*.webp")):
        plan.add(RASTER, file.stem, plain_hex(file.stem))
    for name in ICON_SETS:
        add_icon_set(plan, packages, names, name)
    dropped = load_rules().dropped
    kept = [row for row in plan.rows if row.icon not in dropped.get(row.set, ())]
    return sorted(kept, key=lambda row: row.order)


def visible(packages: Packages, name: str) -> list[str]:
    """Names of a set's icons that are not withdrawn."""
    icons = packages.icons(name)["icons"]
    return [icon for icon, facts in icons.items() if not facts.get("hidden")]


def add_by_codepoint(plan: Plan, packages: Packages, name: str) -> None:
    """A set that files its icons by code point; plain aliases are followed."""
    icons, shown = packages.icons(name), set(visible(packages, name))
    for code, icon in packages.codepoints(name).items():
        target = icons.get("aliases", {}).get(icon, {})
        plain = target["parent"] if icon not in icons["icons"] and len(target) == 1 else icon
        if plain in shown:
            plan.add(name, plain, code)


def add_icon_set(plan: Plan, packages: Packages, names: Names, name: str) -> None:
    """A set of icons that are no emoji: matched by name, else named by their own last words."""
    rules = load_rules()
    untoned = {slug(c.concept): code for code, c in plan.concepts.items() if not c.tone}
    for icon in visible(packages, name):
        if re.search(rules.icons.never, icon):
            continue
        bare = re.sub(r"(-\d+)+$", "", icon)
        code = untoned.get(bare) or (names.by_slug.get(bare) if len(bare) > 3 else None)
        if code in plan.concepts:
            plan.add(name, icon, str(code))
            continue
        part = None if name == STRICT else next(parts_in(bare, untoned), None)
        if part and plan.concepts[part].concept in rules.icons.generic:
            if (name, icon) not in plan.seen:
                plan.seen.add((name, icon))
                plan.rows.append(generic(name, icon, bare, plan.concepts[part]))
        elif part:
            plan.add(name, icon, part, "partial")
        elif name != STRICT and not re.search(rules.icons.nameless, icon):
            plan.rows.append(Planned(name, icon, own_words(bare), "icon-name", ""))


def parts_in(name: str, untoned: dict[str, str]) -> Iterator[str]:
    """Code points of concepts whose names are words of an icon's, the longest and last first; a
    single word counts only where it is the last one."""
    words = name.split("-")
    for length in range(len(words) - 1, 0, -1):
        starts = range(len(words) - length, -1, -1) if length > 1 else [len(words) - 1]
        for start in starts:
            part = "-".join(words[start : start + length])
            if len(part) > 3 and part in untoned:
                yield untoned[part]


def own_words(name: str) -> Concept:
    """A concept made of the last words of an icon's name."""
    words = name.split("-")
    last = words[-3:] if len(words) > 3 else words[1:] if len(words) > 2 else words
    return Concept(
        codepoint="",
        concept=" ".join(dict.fromkeys(last)),
        category="icon",
        subgroup=words[0],
        keywords=tuple(word for word in words if len(word) > 2),
        gender="",
        tone="",
        base="",
    )


def generic(name: str, icon: str, bare: str, found: Concept) -> Planned:
    """An icon in whose name only a general word was found ("person"): it keeps its own words."""
    words = bare.split("-")
    concept = Concept(
        codepoint="",
        concept=" ".join(words[-3:]),
        category="icon",
        subgroup=found.subgroup,
        keywords=tuple(words),
        gender=found.gender,
        tone=found.tone,
        base="",
    )
    return Planned(name, icon, concept, "icon-name", found.codepoint)
