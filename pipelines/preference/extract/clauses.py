"""Parts a comment into sentences and clauses, and says how each clause stands to the others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.preference.extract.marks import Mark
from pipelines.preference.words import Word

END = re.compile(r"[.!?;\n…]")
PAUSE = re.compile(r"[.!?;\n…,:()\[\]—–/\"“”]|\s-+\s")
TURNS = ("but", "although")
OPENERS = ("like", "hate", "not", "want", "usually", "although", "but")


@dataclass(frozen=True)
class Clause:
    """Words [start, end) with their marks. `turn` is the cue that sets it against its neighbours;
    `opens` says that a sentence begins here."""

    start: int
    end: int
    marks: tuple[Mark, ...]
    turn: str = ""
    opens: bool = False

    def has(self, kind: str) -> bool:
        """Whether a cue of this kind is in the clause."""
        return any(mark.kind == kind for mark in self.marks)


def gap(text: str, words: Sequence[Word], number: int) -> str:
    """What stands between word `number` and the word before it."""
    return text[words[number - 1].end : words[number].start] if number else ""


def part(text: str, words: Sequence[Word], marks: Sequence[Mark]) -> list[Clause]:
    """The clauses of a comment, left to right."""
    starts = sorted(boundaries(text, words, marks))
    return [
        build(text, words, marks, start, end)
        for start, end in zip(starts, [*starts[1:], len(words)], strict=True)
        if end > start
    ]


def boundaries(text: str, words: Sequence[Word], marks: Sequence[Mark]) -> set[int]:
    """Words that begin a clause: after punctuation, at a turn, at "and" before a new opinion."""
    inside = {n for mark in marks for n in range(mark.start + 1, mark.end)}
    pauses = [
        number
        for number in range(1, len(words))
        if number not in inside and PAUSE.search(gap(text, words, number))
    ]
    joints = [
        number
        for number, word in enumerate(words)
        if word.form in ("and", "which") and opinion_begins(number + 1, marks)
    ]
    edges = [0, *pauses, len(words)]
    turns = [m.start for m in marks if m.kind in TURNS and parts(m, marks, edges)]
    return {0, *pauses, *joints, *turns}


def parts(turn: Mark, marks: Sequence[Mark], edges: Sequence[int]) -> bool:
    """Whether a turn stands between two parts of its stretch that say something.

    In "the lettering however is ugly" and "nice light though" it belongs to the whole stretch.
    """
    left = max(edge for edge in edges if edge <= turn.start)
    right = min(edge for edge in edges if edge > turn.start)
    own = [m for m in marks if left <= m.start < right]
    spoken = any(m.kind in ("thing", "like", "hate") for m in own if m.start < turn.start)
    return spoken and any(m.kind == "thing" for m in own if m.start > turn.start)


def opinion_begins(position: int, marks: Sequence[Mark]) -> bool:
    """Whether an opinion cue stands at this word or the next one, and a thing after it."""
    return any(m.kind in OPENERS and m.start in (position, position + 1) for m in marks) and any(
        m.kind == "thing" and m.end <= position for m in marks
    )


def build(text: str, words: Sequence[Word], marks: Sequence[Mark], start: int, end: int) -> Clause:
    """One clause with its marks."""
    own = tuple(mark for mark in marks if start <= mark.start < end)
    turn = next((mark.kind for mark in own if mark.kind in TURNS), "")
    opens = not start or bool(END.search(gap(text, words, start)))
    return Clause(start, end, own, turn, opens)
