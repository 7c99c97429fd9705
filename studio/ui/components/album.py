"""Album: the photos of a subject, how good they are, and what would make them better.

Its value is a `PhotoBoard`. It calls `edit`, which answers the new board.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.ui.components.ids import Id


class PhotoCell(Frozen):
    """One photo. `crop` and `suggested` are (left, top, width, height) in percent of it."""

    number: int
    url: str
    alt: str
    caption: str
    size: str
    left_out: bool
    crop: tuple[float, float, float, float] | None = None
    suggested: tuple[float, float, float, float] | None = None


class Tip(Frozen):
    """One sentence of advice; pressing it marks its photos."""

    points: str
    sentence: str
    photos: tuple[int, ...]


class PhotoBoard(Frozen):
    """Everything about the photos of one subject."""

    subject: str | None = None
    photos: tuple[PhotoCell, ...] = ()
    score: int | None = None
    verdict: str = ""
    parts: tuple[tuple[str, str], ...] = ()  # name, “12 of 15”
    tips: tuple[Tip, ...] = ()
    empty: str = ""


class EditPhoto(Frozen):
    """What to do with one photo."""

    subject: Id
    number: int = Field(ge=1)
    do: Literal["crop", "uncrop", "leave out", "take in", "remove", "caption"]
    caption: str = Field(default="", max_length=500)
