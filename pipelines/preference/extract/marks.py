"""Finds in a comment the words that mean something: things of the vocabulary, and cues.

A cue is a word or idiom of opinion; `assets/reading/opinions.toml` lists them by what they do:

    like, hate     the thing beside it is liked, disliked
    not            what follows is absent
    deny           the opinion of the whole clause is turned round: "I wouldn't say … is bad"
    too, less      what follows is too much
    want           what follows is wished for
    but            what follows is said against what came before
    although       its clause stands against the rest of the sentence
    usually        a habit, from which this picture may be the exception
    hedge, strong  say it weaker, louder
    be, of, over   bind a thing to its predicate, to its complement, to what it is preferred to
    likeness       "looks like", "reminds me of"
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pipelines.models.cards import assets_dir
from pipelines.preference.vocabulary import Label, Vocabulary
from pipelines.preference.words import Word, forms

Kind = Literal[
    "thing", "like", "hate", "not", "deny", "too", "less", "want", "but", "although", "usually",
    "hedge", "strong", "be", "of", "over", "likeness",
]  # fmt: skip
BREAK = re.compile(r"[,.;:!?()]")
GRAMMAR = frozenset({"not", "but", "although", "be", "of", "want", "too", "less"})


@dataclass(frozen=True)
class Opinions:
    """Cues by their word forms, which of them are loud, and slang to plain words."""

    cues: dict[tuple[str, ...], tuple[Kind, ...]]
    loud: frozenset[tuple[str, ...]]
    slang: dict[str, str]
    longest: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Words [start, end) of a comment and what they do; things know the labels they may mean."""

    start: int
    end: int
    kind: Kind
    labels: tuple[Label, ...] = ()
    loud: bool = False
    vague: bool = False  # a thing that only colours the next one: "strong silhouettes"
    negates_verb: bool = False  # a "not" that is a verb too: "aren't"


@cache
def load_opinions(file: Path | None = None) -> Opinions:
    """Read the cues; once a process."""
    path = file or assets_dir() / "reading" / "opinions.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    cues: dict[tuple[str, ...], tuple[Kind, ...]] = {}
    for kind, words in tables["cues"].items():
        for word in words:
            key = forms(word)
            cues[key] = tuple(dict.fromkeys((*cues.get(key, ()), kind)))
    loud = frozenset(forms(word) for word in tables["strength"]["loud"])
    return Opinions(cues, loud, tables["slang"], longest=max(len(words) for words in cues))


def scan(
    text: str, words: Sequence[Word], vocabulary: Vocabulary, opinions: Opinions
) -> list[Mark]:
    """Marks from left to right, the longest match first; they do not overlap. A thing ends at
    punctuation: in "too flat, colours are muddy" nobody speaks of flat colours."""
    marks: list[Mark] = []
    position = 0
    while position < len(words):
        mark = longest_at(position, text, words, vocabulary, opinions)
        if mark:
            marks.append(mark)
        position = mark.end if mark else position + 1
    return marks


def longest_at(
    start: int, text: str, words: Sequence[Word], vocabulary: Vocabulary, opinions: Opinions
) -> Mark | None:
    """The longest mark that begins at this word."""
    reach = min(len(words) - start, max(vocabulary.longest, opinions.longest))
    for length in range(reach, 0, -1):
        key = tuple(word.form for word in words[start : start + length])
        kinds, labels = opinions.cues.get(key, ()), vocabulary.meanings(key)
        whole = not BREAK.search(text[words[start].end : words[start + length - 1].start])
        if labels and whole and not GRAMMAR.intersection(kinds):
            return Mark(start, start + length, "thing", labels, vague=key in vocabulary.vague)
        if kinds:
            verb = kinds[0] == "not" and key[0].endswith("n't")
            return Mark(
                start, start + length, kinds[0], loud=key in opinions.loud, negates_verb=verb
            )
    return None
