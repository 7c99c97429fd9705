"""Reading: how far a slow reader is with the comments of a profile, and what can be done about it.

Its value is a `ReadingState`. It calls `read` and tells `finished` when a reading has ended.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.ui.components.ids import Id


class ReadingState(Frozen):
    """One sentence about the last reading; empty when there is nothing to say."""

    profile: str | None = None
    job: str = ""
    active: bool = False
    text: str = ""
    bad: bool = False
    fraction: float | None = Field(default=None, ge=0.0, le=1.0)


class ReadingAsk(Frozen):
    """Read again, or stop the reading that is under way."""

    profile: Id
    do: Literal["again", "cancel"]
