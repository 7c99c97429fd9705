"""Chips: a profile that can be read, with the evidence of every attribute one key away.

Its value is a `Board`. It calls `evidence`, `reopen`, `weigh`, `turn`, `remove`, `resolve` and
`go_back`, and tells `changed` when a new version was made.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen, Strength
from studio.domain import Polarity, Verdict
from studio.ui.components.ids import Id


class ProfileChip(Frozen):
    """One attribute: sign, phrase, weight as dots, and how many comments speak for it."""

    id: str
    phrase: str
    polarity: Polarity
    weight: Strength
    dots: int = Field(ge=1, le=5)
    count: int
    split: bool = False
    edited: bool = False
    doubt: str = ""


class Conflict(Frozen):
    """Something liked here and disliked there, left out of generation until it is decided."""

    id: str
    text: str


class Board(Frozen):
    """A profile as it is now."""

    profile: str | None = None
    version: int = 0
    liked: tuple[ProfileChip, ...] = ()
    disliked: tuple[ProfileChip, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class Proof(Frozen):
    """One rating that speaks for an attribute. `parts` is the comment, cut where the decisive
    words begin and end."""

    rating: str
    url: str
    caption: str
    verdict: Verdict
    parts: tuple[tuple[str, bool], ...] = ()
    chip: str | None = None
    read_by: str = ""


class OfAttribute(Frozen):
    """Which attribute of which profile."""

    profile: Id
    attribute: Id


class Weighing(OfAttribute):
    """How much it counts from now on."""

    weight: Strength


class Decision(OfAttribute):
    """Which side of a contradiction stays."""

    keep: Literal["liked", "disliked", "none"]


class Return(Frozen):
    """Which version to go back to."""

    profile: Id
    version: int = Field(ge=0)
