"""A profile as one file: a zip with `profile.json` and, if wanted, the pictures behind it.

A file comes from anywhere. It is read with limits, every name and value in it is checked before
anything is stored, and pictures are decoded and written anew like all that people bring.
"""

import json
import math
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from pipelines.spec import Frozen, Strength, explain
from studio import __version__
from studio.domain import Picture, PictureKind, Polarity, ProfileVersion, Rating
from studio.errors import InvalidInput
from studio.intake import MAX_BYTES

FORMAT = 1
SUFFIX = ".taste"
DOCUMENT = "profile.json"
PICTURE_NAME = re.compile(r"pictures/([0-9a-f]{12})\.(png|jpg|webp)")
MAX_ENTRIES = 5000
MAX_DOCUMENT = 64 * 2**20  # bytes
MAX_TOTAL = 2 * 2**30  # bytes that a file may unpack to
MAX_FACTS = 20_000  # characters a picture


class FiledPicture(Frozen):
    """A rated picture. Its file is in the zip under its id, or was left out."""

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    kind: PictureKind
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(ge=1, le=100_000)
    height: int = Field(ge=1, le=100_000)
    caption: str = Field(default="", max_length=2000)
    deck: str | None = Field(default=None, max_length=200)
    facts: dict[str, Any] = Field(default_factory=dict)

    @field_validator("facts")
    @classmethod
    def _small(cls, facts: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(facts)) > MAX_FACTS:
            raise ValueError(f"facts of more than {MAX_FACTS} characters")
        return facts


class ProfileDocument(Frozen):
    """What `profile.json` holds. Ids in it are of the studio that wrote it."""

    format: int = Field(ge=1, le=FORMAT)
    studio: str = Field(max_length=40)
    name: str = Field(min_length=1, max_length=80)
    strength: Strength
    versions: tuple[ProfileVersion, ...] = Field(max_length=10_000)
    ratings: tuple[Rating, ...] = Field(max_length=100_000)
    pictures: tuple[FiledPicture, ...] = Field(max_length=100_000)


@dataclass(frozen=True)
class Contents:
    """What is in a file, to be shown before it is imported."""

    name: str
    made_by: str  # version of the studio
    versions: int
    ratings: int
    comments: int
    pictures: int
    pictures_inside: int  # the others were left out, or belong to a deck
    liked: tuple[str, ...]
    disliked: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"“{self.name}”: {len(self.liked)} liked and {len(self.disliked)} disliked attributes, "
            f"{self.ratings} ratings ({self.comments} with words), {self.versions} versions, "
            f"{self.pictures_inside} pictures inside."
        )


def write_profile(
    target: Path, document: ProfileDocument, files: Iterable[tuple[str, Path]]
) -> None:
    """Write a profile file, whole or not at all; `files` are (picture id, file).

    Raises:
        InvalidInput: the folder is not there, or may not be written.
    """
    draft = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(DOCUMENT, document.model_dump_json(indent=1))
            for picture_id, file in files:
                archive.write(file, f"pictures/{picture_id}{file.suffix}", zipfile.ZIP_STORED)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(f"{target} cannot be written: {error.strerror}.") from error


class ProfileFile:
    """An opened profile file. Opening checks everything but the pixels of its pictures."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unpacked = 0  # bytes so far
        self._names = self._list()
        self.document = self._read_document()

    def contents(self) -> Contents:
        """What is inside."""
        document = self.document
        latest = (
            document.versions[-1] if document.versions else ProfileVersion(profile_id="", number=0)
        )
        return Contents(
            name=document.name,
            made_by=document.studio,
            versions=len(document.versions),
            ratings=len(document.ratings),
            comments=sum(bool(rating.comment.strip()) for rating in document.ratings),
            pictures=len(document.pictures),
            pictures_inside=len(self._names),
            liked=tuple(a.phrase for a in latest.side(Polarity.LIKED)),
            disliked=tuple(a.phrase for a in latest.side(Polarity.DISLIKED)),
        )

    @property
    def inside(self) -> tuple[str, ...]:
        """Ids of the pictures whose files are inside."""
        return tuple(self._names)

    def extract(self, picture_id: str, folder: Path) -> Path:
        """Write the file of a picture to a folder of our own, under a name of our own."""
        name = self._names[picture_id]
        target = folder / f"{picture_id}{Path(name).suffix}"
        target.write_bytes(self._read(name, MAX_BYTES))
        return target

    def _list(self) -> dict[str, str]:
        """Names of the pictures inside, by id; anything unknown is refused."""
        if not self.path.is_file():
            raise InvalidInput(f"{self.path} is not there, or is no file.")
        try:
            with zipfile.ZipFile(self.path) as archive:
                entries = archive.namelist()
        except Exception as error:  # zipfile raises a dozen kinds for damaged files
            raise self._damaged(f"it cannot be opened ({error})") from error
        if len(entries) > MAX_ENTRIES:
            raise self._damaged(f"it holds {len(entries)} files")
        if len(set(entries)) != len(entries) or DOCUMENT not in entries:
            raise self._damaged(f"it holds no {DOCUMENT}, or a name twice")
        names = {}
        for entry in entries:
            match = PICTURE_NAME.fullmatch(entry)
            if match:
                names[match[1]] = entry
            elif entry != DOCUMENT:
                raise self._damaged(f"it holds “{entry:.80}”, which no profile has")
        return names

    def _read(self, name: str, limit: int) -> bytes:
        """One file of the zip, at most `limit` bytes, whatever its header says."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(name) as stream:
                content = stream.read(limit + 1)
        except Exception as error:  # as above, and zlib's own
            raise self._damaged(f"{name} cannot be read ({error})") from error
        self._unpacked += len(content)
        if len(content) > limit or self._unpacked > MAX_TOTAL:
            raise self._damaged(f"{name} unpacks to more than a profile can have")
        return content

    def _read_document(self) -> ProfileDocument:
        try:
            text = self._read(DOCUMENT, MAX_DOCUMENT).decode("utf-8")
            values = json.loads(text, parse_constant=refuse, parse_float=finite)
            json.dumps(
                values, ensure_ascii=False
            ).encode()  # half a surrogate pair cannot be stored
            document = ProfileDocument.model_validate(values)
        except ValidationError as error:
            raise self._damaged(explain(error)[:600]) from error
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"{DOCUMENT} is no JSON of ours ({error})") from error
        self._check(document)
        return document

    def _check(self, document: ProfileDocument) -> None:
        pictures = {picture.id for picture in document.pictures}
        lost = [rating.id for rating in document.ratings if rating.picture_id not in pictures]
        if lost:
            raise self._damaged(f"rating {lost[0]} is of a picture that is not in it")
        if len({rating.id for rating in document.ratings}) != len(document.ratings):
            raise self._damaged("two ratings have the same id")
        times = [v.created for v in document.versions] + [r.created for r in document.ratings]
        times += [rating.taken_back or 0.0 for rating in document.ratings]
        if not all(map(math.isfinite, times)):  # pydantic takes the string "nan" for a number
            raise self._damaged("a time in it is no number")
        stray = self._names.keys() - pictures
        if stray:
            raise self._damaged(f"picture {min(stray)} belongs to no rating")

    def _damaged(self, why: str) -> InvalidInput:
        return InvalidInput(f"{self.path.name} is no profile file of this studio: {why}.")


def refuse(constant: str) -> float:
    """JSON has no NaN or Infinity; Python's reader would take them."""
    raise ValueError(f"{constant} is no number")


def finite(text: str) -> float:
    """A number that is one: 1e999 is not."""
    value = float(text)
    return value if math.isfinite(value) else refuse(text)


def filed(picture: Picture) -> FiledPicture:
    """A picture for a profile file; where it lay stays out of it."""
    return FiledPicture.model_validate(picture.model_dump(include=set(FiledPicture.model_fields)))


def document_of(
    name: str,
    strength: float,
    versions: Iterable[ProfileVersion],
    ratings: Iterable[Rating],
    pictures: Iterable[Picture],
) -> ProfileDocument:
    """What to write, oldest first."""
    return ProfileDocument(
        format=FORMAT,
        studio=__version__,
        name=name,
        strength=strength,
        versions=tuple(versions),
        ratings=tuple(ratings),
        pictures=tuple(filed(picture) for picture in pictures),
    )
