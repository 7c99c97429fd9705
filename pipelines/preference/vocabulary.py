"""The visual vocabulary as an object: which label a phrase means, and what pulls the other way.

Data: `assets/attributes.toml`, whose head explains its fields.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from pipelines.models.cards import assets_dir
from pipelines.preference.attributes import CATEGORIES, Category
from pipelines.preference.words import forms

Lean = Literal["good", "bad"]


@dataclass(frozen=True)
class Label:
    """One entry. `words` are other ways to say it, `idioms` those among them that only people
    understand; `lean` is the judgement in the word itself.

    A generic label names a whole category ("colours") and says nothing about how it should be.
    """

    name: str
    category: Category
    words: tuple[str, ...] = ()
    idioms: tuple[str, ...] = ()
    opposite: str | None = None
    lean: Lean | None = None
    generic: bool = False


@dataclass(frozen=True)
class Vocabulary:
    """All labels, and an index from word forms (see `words.forms`) to the labels that they mean.

    `senses` says which category an ambiguous word belongs to when nothing beside it decides;
    `vague` words only colour the word after them; `idioms` are no picture by themselves.
    """

    labels: dict[str, Label]
    senses: dict[tuple[str, ...], Category] = field(default_factory=dict)
    vague: frozenset[tuple[str, ...]] = frozenset()
    index: dict[tuple[str, ...], tuple[Label, ...]] = field(default_factory=dict, repr=False)
    idioms: frozenset[tuple[str, ...]] = frozenset()
    longest: int = 1  # words of the longest entry

    def __getitem__(self, name: str) -> Label:
        return self.labels[name]

    def __contains__(self, name: str) -> bool:
        return name in self.labels

    def category(self, name: Category) -> list[Label]:
        """The labels of one category, in the order of the file."""
        return [label for label in self.labels.values() if label.category == name]

    def generic(self, name: Category) -> Label:
        """The label that names the category itself."""
        return next(label for label in self.category(name) if label.generic)

    def meanings(self, words: Iterable[str]) -> tuple[Label, ...]:
        """Labels that exactly these word forms mean, the likeliest first."""
        return self.index.get(tuple(words), ())

    def lookup(self, phrase: str, category: Category | None = None) -> Label | None:
        """The label that a phrase means word for word, in one category if one is given."""
        found = self.meanings(forms(phrase))
        return next((label for label in found if category in (None, label.category)), None)


@cache
def load_vocabulary(file: Path | None = None) -> Vocabulary:
    """Read the vocabulary; once a process."""
    path = file or assets_dir() / "attributes.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    labels = {label.name: label for name in CATEGORIES for label in read_category(name, tables)}
    missing = [x.opposite for x in labels.values() if x.opposite and x.opposite not in labels]
    if missing:
        raise ValueError(f"{path} names opposites that are no labels: {', '.join(missing)}")
    senses = {forms(word): category for word, category in tables.get("senses", {}).items()}
    index = build_index(labels.values(), senses)
    vague = frozenset(forms(word) for word in tables.get("vague", []))
    idioms = frozenset(forms(word) for label in labels.values() for word in label.idioms)
    longest = max(len(words) for words in index)
    return Vocabulary(labels, senses, vague, index, idioms, longest)


def read_category(name: Category, tables: dict) -> list[Label]:
    """Labels of one category, its generic one first."""
    table = tables[name]
    labels = [Label(table["generic"], name, tuple(table["nouns"]), generic=True)]
    for label, entry in table["labels"].items():
        idioms = tuple(entry.get("idioms", ()))
        words = (*entry["words"], *idioms)
        labels.append(Label(label, name, words, idioms, entry.get("opposite"), entry.get("lean")))
    return labels


def build_index(
    labels: Iterable[Label], senses: dict[tuple[str, ...], Category]
) -> dict[tuple[str, ...], tuple[Label, ...]]:
    """Word forms to labels; the sense that wins alone stands first, the rest in file order."""
    index: dict[tuple[str, ...], list[Label]] = {}
    for label in labels:
        for word in (label.name, *label.words):
            found = index.setdefault(forms(word), [])
            if label not in found:
                found.append(label)
    for words, category in senses.items():
        index.get(words, []).sort(key=lambda label: label.category != category)
    return {words: tuple(found) for words, found in index.items() if words}
