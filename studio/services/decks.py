"""Decks: sets of pictures to react to, bundled or made by the person, known to the store.

A deck is a folder with a `deck.json` (see assets/decks/README.md). Its pictures become rows the
first time somebody asks for them, and keep their row when the folder moves, since they are known
by the hash of their file. The person's own and generated pictures are decks too.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from PIL import Image
from pydantic import Field, ValidationError

from pipelines.models.cards import assets_dir
from pipelines.spec import Frozen, explain
from studio.domain import Picture, PictureKind
from studio.errors import InvalidInput, NotFound
from studio.paths import Paths
from studio.store import Store

FILE = "deck.json"
DEFAULT = "stickers"
CHOICES = "choices"
OWN, GENERATED = "own", "generated"  # decks without a folder
TITLES = {OWN: "Pictures I added", GENERATED: "My pictures"}
KINDS = {OWN: PictureKind.OWN, GENERATED: PictureKind.GENERATED}


class DeckPicture(Frozen):
    """One entry of a deck file. What it holds beyond these fields are facts about the picture."""

    file: str = Field(pattern=r"^[^/\\]+$")
    caption: str = Field(min_length=1, max_length=500)
    sha256: str = ""
    width: int = 0
    height: int = 0
    facts: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def read(cls, entry: dict[str, Any]) -> "DeckPicture":
        """From the flat form that a deck file has."""
        own = {k: v for k, v in entry.items() if k in cls.model_fields and k != "facts"}
        facts = {k: v for k, v in entry.items() if k not in own}
        return cls.model_validate({**own, "facts": facts})


class Deck(Frozen):
    """A deck as its file says it."""

    name: str
    title: str
    about: str = ""
    use: Literal["rating", "pairs"] = "rating"
    folder: Path
    pictures: tuple[DeckPicture, ...]


@dataclass(frozen=True)
class DeckLine:
    """A deck in a list: "Stickers, 60 pictures" or "My pictures (34 unrated)"."""

    name: str
    title: str
    about: str
    count: int
    unrated: int | None = None  # None where no profile was asked about


class DeckService:
    """Finds decks and keeps their pictures known to the store."""

    def __init__(self, paths: Paths, store: Store) -> None:
        self._paths = paths
        self._store = store

    def all(self, profile_id: str | None = None) -> list[DeckLine]:
        """All decks to rate, bundled first; own and generated pictures where there are any. A deck
        that cannot be read says so and hides no other."""
        found = [self._line(folder, profile_id) for folder in self._folders()]
        lines = [line for line in found if line is not None]
        extra = [self._counted(name, title, "", profile_id) for name, title in TITLES.items()]
        return lines + [line for line in extra if line.count]

    def get(self, name: str) -> Deck:
        """The deck with this name.

        Raises:
            NotFound: the message lists the decks there are.
            InvalidInput: its file cannot be read.
        """
        for folder in self._folders():
            if folder.name == name:
                return read_deck(folder)
        names = ", ".join(folder.name for folder in self._folders())
        raise NotFound(f"There is no deck “{name}”. Decks: {names}.")

    def pictures(self, name: str) -> list[Picture]:
        """The pictures of a deck, in its order, as the store knows them."""
        if name in KINDS:
            return self._store.pictures.all(kind=KINDS[name])
        return self._register(self.get(name))

    def unrated(self, name: str, profile_id: str, limit: int | None = None) -> list[Picture]:
        """Pictures of a deck that this profile has not answered."""
        if name in KINDS:
            return self._store.pictures.unrated(profile_id, kind=KINDS[name], limit=limit)
        shown = {picture.id for picture in self.pictures(name)}  # not what left the deck
        unrated = self._store.pictures.unrated(profile_id, kind=PictureKind.DECK, deck=name)
        return [picture for picture in unrated if picture.id in shown][:limit]

    def register(self) -> None:
        """Make the pictures of all decks known, so that `find_file` finds them."""
        self.all()  # counting them does

    def find_file(self, file: Path) -> Picture | None:
        """The deck's or generated picture that is exactly this file: what is known of it then holds
        for an answer that came from elsewhere."""
        if not file.is_file():
            return None
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        kinds = (PictureKind.DECK, PictureKind.GENERATED)
        found = (self._store.pictures.find_file(sha256, kind) for kind in kinds)
        return next((picture for picture in found if picture), None)

    def file(self, picture: Picture) -> Path:
        """Where the file of a picture lies now."""
        return self._paths.home / picture.path  # an absolute path stays as it is

    def _line(self, folder: Path, profile_id: str | None) -> DeckLine | None:
        try:
            deck = read_deck(folder)
        except InvalidInput as error:
            return DeckLine(folder.name, folder.name, str(error), 0)
        if deck.use == "pairs":
            return None
        return self._counted(deck.name, deck.title, deck.about, profile_id)

    def _counted(self, name: str, title: str, about: str, profile_id: str | None) -> DeckLine:
        unrated = None if profile_id is None else len(self.unrated(name, profile_id))
        return DeckLine(name, title, about, len(self.pictures(name)), unrated)

    def _folders(self) -> Iterator[Path]:
        """Folders with a deck file; a person's deck cannot take the name of a bundled one."""
        taken: set[str] = set()
        for root in (assets_dir() / "decks", self._paths.decks):
            for file in sorted(root.glob(f"*/{FILE}")):
                if file.parent.name not in taken:
                    taken.add(file.parent.name)
                    yield file.parent

    def _register(self, deck: Deck) -> list[Picture]:
        wanted = [as_picture(entry, deck) for entry in deck.pictures]
        known = self._known(deck)
        if any(picture.sha256 not in known for picture in wanted):
            with FileLock(self._paths.decks / ".registering"):  # threads and other programs too
                known = self._known(deck)
                self._store.pictures.add_many([p for p in wanted if p.sha256 not in known])
            known = self._known(deck)
        return [self._refresh(known[picture.sha256], picture) for picture in wanted]

    def _known(self, deck: Deck) -> dict[str, Picture]:
        rows = self._store.pictures.all(PictureKind.DECK, deck=deck.name)
        return {picture.sha256: picture for picture in rows}

    def _refresh(self, known: Picture, now: Picture) -> Picture:
        """The row follows the file: the studio may lie elsewhere since, or captions be better."""
        current = now.model_copy(update={"id": known.id, "created": known.created})
        return known if current == known else self._store.pictures.update(current)


def read_deck(folder: Path) -> Deck:
    """The deck of a folder.

    Raises:
        InvalidInput: its file is no deck, or names a picture that is not there.
    """
    file = folder / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        deck = Deck(
            name=folder.name,
            title=content["title"],
            about=content.get("about", ""),
            use=content.get("use", "rating"),
            folder=folder,
            pictures=tuple(DeckPicture.read(entry) for entry in content["pictures"]),
        )
    except ValidationError as error:
        raise InvalidInput(f"{file} is no deck: {explain(error)}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{file} is no deck: {error!r}.") from error
    missing = [p.file for p in deck.pictures if not (folder / p.file).is_file()]
    if missing:
        raise InvalidInput(f"{file} names pictures that are not there: {', '.join(missing[:3])}.")
    return deck


def as_picture(entry: DeckPicture, deck: Deck) -> Picture:
    """A picture for the store; measured where the deck file leaves that out."""
    file = deck.folder / entry.file
    sha256, width, height = entry.sha256, entry.width, entry.height
    if not (sha256 and width and height):
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        with Image.open(file) as image:
            width, height = image.size
    return Picture(
        kind=PictureKind.DECK,
        path=str(file),
        sha256=sha256,
        width=width,
        height=height,
        caption=entry.caption,
        deck=deck.name,
        facts=entry.facts,
    )
