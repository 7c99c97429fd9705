"""The Rater: react to pictures, say why, and see the profile grow beside the cards.

Its value is a `Desk`; it calls `answer`, `undo`, `open_deck`, `remove`,
`listen` and `read`.
"""

from pydantic import Field

from pipelines.spec import Frozen
from studio.domain import Chip, Polarity, Verdict
from studio.ui.components.ids import Id
from studio.ui.components.reading import ReadingState


class QuickChip(Frozen):
    """Something known about a picture that can be tapped: a vocabulary label and its words."""

    label: str
    text: str


class Card(Frozen):
    """A picture to rate, or one that was rated, with what was said about it."""

    id: str
    url: str
    caption: str
    chips: tuple[QuickChip, ...] = ()
    pixelated: bool = False
    verdict: Verdict | None = None
    comment: str = ""
    chosen: tuple[tuple[str, Polarity], ...] = ()


class HeardAttribute(Frozen):
    """One attribute as the person's words were read so far; `tally` is “+2 −1” where they liked it
    here and disliked it there."""

    id: str
    phrase: str
    polarity: Polarity
    dots: int = Field(ge=1, le=5)
    count: int
    draft: bool = False
    split: bool = False
    tally: str = ""


class Preview(Frozen):
    """The same picture without and with the taste so far, or when it will come."""

    text: str
    prompt: str = ""
    without: str = ""
    with_: str = Field(default="", serialization_alias="with")
    running: bool = False


class Heard(Frozen):
    """The side of the desk: what the studio has understood, in words and plain numbers."""

    attributes: tuple[HeardAttribute, ...] = ()
    reader: str = ""
    lines: tuple[str, ...] = ()
    enough: bool = False
    preview: Preview | None = None
    reading: ReadingState = ReadingState()


class Ask(Frozen):
    """What to ask once this card has its verdict."""

    id: str
    liked: str
    disliked: str


class Desk(Frozen):
    """Everything that the Rater shows when a profile or a deck is opened."""

    profile: str | None = None
    decks: tuple[tuple[str, str], ...] = ()  # name and words
    deck: str = ""
    total: int = 0
    cards: tuple[Card, ...] = ()
    rated: tuple[Card, ...] = ()
    ask: Ask | None = None
    heard: Heard = Heard()


class Reaction(Frozen):
    """What the page sends for one card. `client_id` makes a repeated sending harmless."""

    profile: Id
    deck: Id
    picture: Id
    verdict: Verdict
    comment: str = Field(default="", max_length=4000)
    chips: tuple[Chip, ...] = Field(default=(), max_length=12)
    client_id: Id
    have: tuple[Id, ...] = Field(default=(), max_length=100)


class Removal(Frozen):
    """Take an attribute out of the profile, on the spot."""

    profile: Id
    attribute: Id


class OfDeck(Frozen):
    """Another deck for this profile."""

    profile: Id | None
    deck: Id


class OfRating(Frozen):
    """One answer, to see and change it again."""

    rating: Id


class OfProfile(Frozen):
    """A question about one profile."""

    profile: Id
