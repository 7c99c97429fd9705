"""Joins neighbouring things of a clause into what is spoken of: "harsh black outlines" is one.

The grammar is small. Things that stand side by side are a run. A run that ends in a word naming
its category ("outlines", "colours", "background") is one mention of that category, and the words
before it say which. Otherwise each thing is a mention of its own ("glossy 3D"), except that things
of one category join ("crisp inked linework") and vague words only colour the next ("strong
silhouettes"). What "is" or "looks like" binds to a mention is said of it. What follows "of", "in",
"on" is where a mention was seen, not what is liked ("texture on the walls").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines.preference.attributes import Category
from pipelines.preference.extract.clauses import Clause
from pipelines.preference.extract.marks import Mark
from pipelines.preference.vocabulary import Label
from pipelines.preference.words import FUNCTION, Word

LINKS = ("be", "likeness")
# naming one of these says little: "comic vibe" and "anime style" are about the comic, the anime
HOLLOW = ("medium", "mood", "subject")
WIDEST = 2  # unknown words that may stand before a category's name


@dataclass(frozen=True)
class Mention:
    """Words [start, end) of a comment that name one visual property.

    `label` is None where the vocabulary knows the category but not what is said of it ("stiff
    strokes"): the phrase is its own label then. `lean` is the judgement in the words used, be they
    part of the label or only of the phrase ("boring background").
    """

    start: int
    end: int
    category: Category
    label: Label | None
    lean: str | None = None
    senses: tuple[Label, ...] = ()
    guessed: bool = False  # by the tagger; the vocabulary lists none of its words

    @property
    def is_hollow(self) -> bool:
        """Whether it only names a category and waits for what is said about it."""
        return self.label is not None and self.label.generic


def mentions(clause: Clause, words: Sequence[Word]) -> list[Mention]:
    """The mentions of a clause, left to right."""
    taken = {n for mark in clause.marks for n in range(mark.start, mark.end)}
    found: list[Mention] = []
    for run in runs(clause.marks):
        fresh = [widen(mention, clause.start, words, taken) for mention in read_run(run)]
        bond = bond_between(clause.marks, found[-1], fresh[0]) if found else ""
        if bond == "place":
            found[-1:] = place(found[-1], fresh)
        elif bond == "predicate":
            found[-1:] = predicate(found[-1], fresh)
        else:
            found += fresh
    return [m for m in found if not is_figure(m, clause, words)]


def is_figure(mention: Mention, clause: Clause, words: Sequence[Word]) -> bool:
    """Whether a subject is only what something is compared to: "like a car park", "as flat as a
    pancake". Nobody asks for car parks and pancakes there."""
    if mention.category != "subject":
        return False
    compared = any(m.kind == "likeness" and m.end <= mention.start for m in clause.marks)
    return compared or any(
        word.form == "as" for word in words[max(0, mention.start - 3) : mention.start]
    )


def widen(mention: Mention, first: int, words: Sequence[Word], taken: set[int]) -> Mention:
    """ "A single accent colour": unknown words before a category's name say which."""
    start = mention.start
    while (
        mention.is_hollow
        and mention.category not in HOLLOW
        and start > max(first, mention.start - WIDEST)
        and start - 1 not in taken
        and words[start - 1].form not in FUNCTION
    ):
        start -= 1
    return mention if start == mention.start else replace(mention, start=start, label=None)


def runs(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Things that stand side by side."""
    run: list[Mark] = []
    for mark in (m for m in marks if m.kind == "thing"):
        if run and mark.start > run[-1].end:
            yield run
            run = []
        run.append(mark)
    if run:
        yield run


def read_run(run: Sequence[Mark]) -> list[Mention]:
    """The mentions of one run."""
    head = run[-1]
    generic = next((m for m in run if m.labels[0].generic), None)  # "couleurs vives": anywhere
    if len(run) > 1 and generic is not None and (generic is head or generic is run[0]):
        return [join(run, generic.labels[0].category, named=True)]
    return [join(group, shared(group)) for group in group_up(run)]


def group_up(run: Sequence[Mark]) -> list[list[Mark]]:
    """Things of one category together; a vague word, or one that only judges, goes to the next."""
    groups: list[list[Mark]] = []
    for mark in run:
        if groups and (binds(groups[-1][-1], mark) or agree([*groups[-1], mark])):
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def binds(first: Mark, second: Mark) -> bool:
    """Whether a word has no weight of its own before this one."""
    judges = first.labels[0].lean and first.labels[0].category == "mood"
    return first.vague or bool(judges and second.labels[0].category != "subject")


def agree(group: Sequence[Mark]) -> Category | None:
    """A category that all of these can belong to; the last word's first sense comes first."""
    for label in group[-1].labels:
        if all(any(x.category == label.category for x in mark.labels) for mark in group):
            return label.category
    return None


def shared(group: Sequence[Mark]) -> Category:
    """The category of a group."""
    return agree(group) or group[-1].labels[0].category


def join(run: Sequence[Mark], category: Category, *, named: bool = False) -> Mention:
    """One mention from things. `named` says that one of them names the category."""
    senses = [sense(mark, category) for mark in run]
    lean = next((label.lean for label in reversed(senses) if label.lean), None)
    own = [x for x in senses if x.category == category and not x.generic]
    other = [x for x in senses if x.category != category]
    label: Label | None = (own or senses)[-1]
    if named and not own and other:
        if category in HOLLOW:
            label, category = other[-1], other[-1].category
        else:
            label = None
    elif named and not own:
        label = next(x for x in senses if x.generic)
    return Mention(run[0].start, run[-1].end, category, label, lean, run[-1].labels)


def sense(mark: Mark, category: Category) -> Label:
    """What a thing means beside a word of this category."""
    return next((label for label in mark.labels if label.category == category), mark.labels[0])


def bond_between(marks: Sequence[Mark], before: Mention, after: Mention) -> str:
    """How a mention hangs on the one before it: "predicate", "place" or "" for not at all."""
    between = [m for m in marks if before.end <= m.start < after.start]
    near = bool(between) and between[0].start - before.end <= 1
    if (
        near
        and (between[0].kind in LINKS or between[0].negates_verb)
        and not any(m.kind == "of" for m in between)
    ):
        return "predicate"
    if len(between) == 1 and between[0].kind == "of" and after.start - before.end <= 3:
        return "place"
    return ""


def predicate(head: Mention, said: Sequence[Mention]) -> list[Mention]:
    """ "The colours are muddy" is one mention, of the head's category where it can be."""
    first, rest = said[0], list(said[1:])
    fitting = next((x for x in first.senses if x.category == head.category), None)
    whole = replace(first, start=head.start)
    if fitting and not fitting.generic:
        return [replace(whole, category=head.category, label=fitting), *rest]
    if head.is_hollow and head.category not in HOLLOW:
        return [replace(whole, category=head.category, label=None), *rest]
    if head.is_hollow or head.category == "subject":
        return [whole, *rest]
    return [head, first, *rest]


def place(head: Mention, at: Sequence[Mention]) -> list[Mention]:
    """ "Texture on the walls" keeps the texture; "a shade of pink" is about the pink."""
    first, rest = at[0], list(at[1:])
    if head.is_hollow and (first.category == head.category or head.category in HOLLOW):
        return [replace(first, start=head.start), *rest]
    if first.category == "subject" and head.category != "subject":
        return [replace(head, end=first.end), *rest]
    return [head, first, *rest]
