"""Joins neighbouring things of a clause into what is spoken of: "harsh black outlines" is one.

The grammar is small. Things that stand side by side are one run. A run that ends in a word naming
its category ("outlines", "colours", "background") is one mention of that category, and the words
before it say which. Otherwise each thing is a mention of its own ("glossy 3D"), except that things
of one category join ("crisp inked linework"). What follows "of", "in", "on" … is where a mention
was seen, not what is liked ("texture on the walls").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines.preference.attributes import Category
from pipelines.preference.extract.clauses import Clause
from pipelines.preference.extract.marks import Mark
from pipelines.preference.vocabulary import Label

LINKS = ("be", "likeness")
WORDS_BETWEEN = 1  # unknown words allowed inside a run: "soft evening-ish light"


@dataclass(frozen=True)
class Mention:
    """Words [start, end) of a comment that name one visual property.

    `lean` is the judgement that comes with the words used, be they part of the label or only of
    the phrase ("boring background"). `predicate` marks what is said of something before it.
    """

    start: int
    end: int
    label: Label
    lean: str | None = None
    predicate: bool = False

    @property
    def category(self) -> Category:
        return self.label.category


def mentions(clause: Clause) -> list[Mention]:
    """The mentions of a clause, left to right."""
    found: list[Mention] = []
    for run in runs(clause.marks):
        linked = bool(found) and is_linked(clause.marks, found[-1], run)
        placed = bool(found) and is_placed(clause.marks, found[-1], run)
        fresh = [replace(m, predicate=linked) for m in read_run(run)]
        if placed:
            found[-1:] = place(found[-1], fresh)
        elif linked and is_empty(found[-1]):
            found[-1:] = merge_predicate(found[-1], fresh)
        else:
            found += fresh
    return found


def runs(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Things that stand side by side."""
    run: list[Mark] = []
    for mark in marks:
        if mark.kind != "thing":
            continue
        if run and mark.start - run[-1].end <= 0:
            run.append(mark)
            continue
        if run:
            yield run
        run = [mark]
    if run:
        yield run


def read_run(run: Sequence[Mark]) -> list[Mention]:
    """The mentions of one run."""
    head = run[-1]
    if len(run) > 1 and head.labels[0].generic:
        return [join(run, head.labels[0].category)]
    grouped: list[list[Mark]] = []
    for mark in run:
        if grouped and common(grouped[-1], mark):
            grouped[-1].append(mark)
        else:
            grouped.append([mark])
    return [
        join(group, common(group[:-1], group[-1]) or group[-1].labels[0].category)
        for group in grouped
    ]


def common(group: Sequence[Mark], mark: Mark) -> Category | None:
    """A category that all of these can belong to; the first sense of the last word comes first."""
    for label in mark.labels:
        if group and all(any(x.category == label.category for x in m.labels) for m in group):
            return label.category
    return None


def join(run: Sequence[Mark], category: Category) -> Mention:
    """One mention from a run: the most telling label of the category, else of another one."""
    telling = [sense(mark, category) for mark in run]
    own = [label for label in telling if label.category == category and not label.generic]
    foreign = [label for label in telling if not label.generic]
    label = (own or foreign or telling)[-1] if telling else run[-1].labels[0]
    if label.category != category and label.category in ("subject", "mood"):
        label = next((x for x in telling if x.category == category), label)
    lean = next((x.lean for x in reversed(telling) if x.lean), None)
    return Mention(run[0].start, run[-1].end, label, lean)


def sense(mark: Mark, category: Category) -> Label:
    """What a thing means beside a word of this category."""
    return next((label for label in mark.labels if label.category == category), mark.labels[0])


def is_empty(mention: Mention) -> bool:
    """Whether it only names a category and waits for what is said about it."""
    return mention.label.generic


def merge_predicate(head: Mention, said: Sequence[Mention]) -> list[Mention]:
    """ "The colours are muddy": one mention; its category is that of the head where it fits."""
    first, rest = said[0], said[1:]
    merged = replace(first, start=head.start, lean=first.lean, predicate=False)
    return [merged, *rest]


def is_linked(marks: Sequence[Mark], before: Mention, run: Sequence[Mark]) -> bool:
    """Whether a run is said of the mention before it: "is", "looks", "feels like" between them."""
    between = [m for m in marks if before.end <= m.start < run[0].start]
    return bool(between) and between[0].kind in LINKS and between[0].start - before.end <= 1


def is_placed(marks: Sequence[Mark], before: Mention, run: Sequence[Mark]) -> bool:
    """Whether a run only says where the mention before it was seen."""
    between = [m for m in marks if before.end <= m.start < run[0].start]
    return len(between) == 1 and between[0].kind == "of" and run[0].start - before.end <= 3


def place(head: Mention, at: Sequence[Mention]) -> list[Mention]:
    """ "Texture on the walls" keeps the texture; "a shade of pink" is about the pink."""
    if head.label.generic and at[0].category == head.category:
        return [replace(at[0], start=head.start), *at[1:]]
    if at[0].category == "subject" and head.category != "subject":
        return [replace(head, end=at[0].end), *at[1:]]
    return [head, *at]
