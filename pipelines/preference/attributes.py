"""The nouns of a visual taste: a comment, the attributes read from it, the words that prove them.

Everything here is plain, frozen data. A comment belongs to one rated picture; an extractor turns
it into attributes; `profile.summarize` merges the attributes of many comments.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Polarity = Literal["liked", "disliked"]
Category = Literal[
    "medium",
    "palette",
    "line",
    "lighting",
    "texture",
    "composition",
    "subject",
    "mood",
    "detail",
]
EvidenceKind = Literal["words", "chip"]

POLARITIES: tuple[Polarity, ...] = get_args(Polarity)
CATEGORIES: tuple[Category, ...] = get_args(Category)


def opposite(polarity: Polarity) -> Polarity:
    """The other side."""
    return "disliked" if polarity == "liked" else "liked"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person wrote about one picture, and whether they liked that picture."""

    id: str
    verdict: Polarity
    text: str
    image: Path | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an attribute comes from: a comment, and the decisive words in it.

    `span` is the half-open character range of the words in the comment's text; None where a
    reader cannot point at them (a translated phrase, a tapped chip). A chip was tapped, not
    typed, so it says less: `profile` counts it half.
    """

    comment: str
    span: tuple[int, int] | None = None
    kind: EvidenceKind = "words"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One visual property that a person likes or dislikes, as read from one comment.

    `phrase` keeps the person's words, for they go into the prompt; `label` is the entry of the
    vocabulary that groups equal meanings ("loud colours" and "garish" are one), or the phrase
    itself where the vocabulary has none. `weight` in (0, 1] says how strongly it was put.
    `backend` and `prompt_version` say what read it, so that it can be read again by something
    better.
    """

    phrase: str
    category: Category
    label: str
    polarity: Polarity
    weight: float
    evidence: Evidence
    backend: str
    prompt_version: str

    def __post_init__(self) -> None:
        if not self.phrase or not self.label:
            raise ValueError(f"an attribute needs a phrase and a label, got {self!r}")
        if self.category not in CATEGORIES or self.polarity not in POLARITIES:
            raise ValueError(f"unknown category or polarity in {self!r}")
        if not 0 < self.weight <= 1:
            raise ValueError(f"weight must be in (0, 1], got {self.weight} for {self.phrase!r}")
