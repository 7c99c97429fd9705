"""Album: the photos of a subject, how good they are, and what would make them better.

Its value is a `PhotoBoard`. It calls `edit`, which answers the new board.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.ui.components.ids import Id

Grade = Literal["few", "poor", "fair", "ready"]


class PhotoCell(Frozen):
    """One photo. `crop` and `suggested` are (left, top, width, height) in percent of it. Of a
    damaged one the file is gone or cannot be read."""

    id: str
    number: int
    url: str
    alt: str
    caption: str
    size: str
    left_out: bool
    crop: tuple[float, float, float, float] | None = None
    suggested: tuple[float, float, float, float] | None = None
    damaged: bool = False


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
    grade: Grade = "few"
    verdict: str = ""  # the grade in words
    parts: tuple[tuple[str, str], ...] = ()  # name, “12 of 15”
    tips: tuple[Tip, ...] = ()
    unscored: str = ""  # why there is no score


class EditPhoto(Frozen):
    """What to do with one photo: by its id, since its number may be another's by now."""

    subject: Id
    photo: Id
    do: Literal["crop", "uncrop", "leave out", "take in", "remove", "caption"]
    caption: str = Field(default="", max_length=500)
