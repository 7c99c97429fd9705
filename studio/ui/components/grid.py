"""PictureGrid: pages of generated pictures, rated, recalled and trashed in place.

Its value is a `Shelf`. It calls `turn_page`, `detail`, `rate`, `trash` and `restore`, and tells
`recall` and `without` with the id of a picture, and `cleared` when every filter should go.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.domain import Verdict
from studio.ui.components.rater import Id


class Cell(Frozen):
    """A thumbnail: its words are the prompt."""

    id: str
    thumb: str
    alt: str
    verdict: Verdict | None = None
    pixelated: bool = False


class Filters(Frozen):
    """What the person looks for. Empty means any."""

    words: str = Field(default="", max_length=500)
    profile: str = Field(default="", max_length=80)
    model: str = Field(default="", max_length=200)
    rating: Literal["", "liked", "disliked", "unrated"] = ""
    days: int = Field(default=0, ge=0, le=3650)  # made in the last so many; 0: at any time
    trashed: bool = False


class Shelf(Frozen):
    """One page of the gallery. `next` is where the following page begins."""

    profile: str | None = None
    filters: Filters = Filters()
    items: tuple[Cell, ...] = ()
    next: int | None = None
    count: str = ""
    empty: str = ""
    narrowed: bool = False  # by words or filters, which can be cleared


class PageOf(Frozen):
    """Another page of the same search."""

    profile: Id | None = None
    filters: Filters = Filters()
    before: int | None = None


class OfPicture(Frozen):
    """One picture, as this profile sees it."""

    profile: Id | None = None
    picture: Id


class Pictures(Frozen):
    """Pictures to move into the trash or out of it."""

    pictures: tuple[Id, ...] = Field(min_length=1, max_length=200)
