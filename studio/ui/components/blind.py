"""Blind: does a profile work for its person? Pairs of pictures with hidden sides, then the answer.

Its value is a `BlindDesk`, in which no pair says where the personalized picture stands. It calls
`act`, `answer` and `undo`, each of which answers a new `desk`.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.domain import Pick
from studio.ui.components.ids import Id

Do = Literal["begin", "more", "draw", "cancel"]


class ShownPair(Frozen):
    """Two pictures of the same prompt and seed."""

    number: int
    prompt: str
    left: str  # addresses with random names
    right: str
    answered: bool = False


class BlindButton(Frozen):
    """Something that can be done now."""

    do: Do
    label: str
    main: bool = False


class BlindDesk(Frozen):
    """Where the newest test of a profile stands. It has pairs only while they can be answered."""

    profile: str | None = None
    test: str | None = None
    state: Literal["none", "preparing", "stopped", "ready", "done"] = "none"
    text: str = ""
    caption: str = ""  # what a result holds for
    bad: bool = False
    fraction: float | None = Field(default=None, ge=0.0, le=1.0)
    pairs: tuple[ShownPair, ...] = ()
    buttons: tuple[BlindButton, ...] = ()


class BlindAct(Frozen):
    """Press one of the buttons."""

    profile: Id
    do: Do


class BlindPick(Frozen):
    """What was chosen in one pair. `client_id` makes a repeated sending harmless."""

    profile: Id
    test: Id
    pair: int = Field(ge=1, le=1000)
    choice: Pick
    client_id: Id


class OfTest(Frozen):
    """Which test of which profile."""

    profile: Id
    test: Id
