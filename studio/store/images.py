"""Generated pictures: the gallery, its search, and the trash."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, TextClause, literal_column
from sqlmodel import Session, col, column, delete, func, select, table, text, union, update

from studio.domain import GalleryPage, GalleryQuery, ImageRecord, Picture, now
from studio.errors import NotFound
from studio.store import search
from studio.store.choices import shown_in_choices
from studio.store.database import Database
from studio.store.ratings import stands
from studio.store.tables import (
    ImageRow,
    ImageSettingsRow,
    PictureRow,
    RatingRow,
    to_noun,
    to_row,
)

WORDS = table("gallery_words", column("rowid", Integer))
NUMBER = col(ImageRow.number)
SETTINGS = ImageSettingsRow.__table__  # pyright: ignore
WHOLE = select(ImageRow, ImageSettingsRow)  # a picture with its settings
Condition = ColumnElement[bool] | TextClause


class Images:
    """Each generated picture is two nouns with one id: a `Picture` and its `ImageRecord`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, picture: Picture, image: ImageRecord) -> ImageRecord:
        """Store one generated picture."""
        return self.add_many([(picture, image)])[0]

    def add_many(self, made: Iterable[tuple[Picture, ImageRecord]]) -> list[ImageRecord]:
        """Store generated pictures, all or none, in this order."""
        pairs = list(made)
        with self._database.writing() as session:
            session.add_all([to_row(PictureRow, picture) for picture, _ in pairs])
            session.flush()
            session.add_all([to_row(ImageRow, image) for _, image in pairs])
            session.flush()
            session.add_all([to_row(ImageSettingsRow, image) for _, image in pairs])
        return [image for _, image in pairs]

    def get(self, image_id: str) -> ImageRecord:
        """The generated picture with this id.

        Raises:
            NotFound
        """
        found = self._all(col(ImageRow.id) == image_id)
        if not found:
            raise NotFound(f"There is no generated picture {image_id}. It may have been deleted.")
        return found[0]

    def of_job(self, job_id: str) -> list[ImageRecord]:
        """What a job has made, in the order in which it was made."""
        return self._all(col(ImageRow.job_id) == job_id)

    def page(self, query: GalleryQuery, before: int | None = None, limit: int = 60) -> GalleryPage:
        """One page, newest first. `before` is the `next` of the page above it: reading on costs the
        same however far down one is."""
        source, number, conditions = _matching(query)
        if before is not None:
            conditions.append(number < before)
        found = WHOLE.select_from(source.join(SETTINGS, SETTINGS.c.id == col(ImageRow.id)))
        with self._database.reading() as session:
            wanted = found.where(*conditions).order_by(number.desc()).limit(limit + 1)
            rows = _read(session, wanted)
        shown = rows[:limit]
        return GalleryPage(
            images=tuple(image for _, image in shown),
            next=shown[-1][0] if len(rows) > limit else None,
        )

    def count(self, query: GalleryQuery) -> int:
        """How many pictures match."""
        source, _, conditions = _matching(query)
        counted = select(func.count()).select_from(source).where(*conditions)
        with self._database.reading() as session:
            return session.exec(counted).one()

    def models(self) -> list[str]:
        """Ids of the models that made pictures, for the filter."""
        with self._database.reading() as session:
            return sorted(session.exec(select(ImageRow.model_id).distinct()))

    def move(self, image_id: str, path: str) -> None:
        """Remember that the file now lies at `path`."""
        with self._database.writing() as session:
            for row in (ImageRow, PictureRow):
                session.exec(update(row).where(col(row.id) == image_id).values(path=path))

    def trash(self, image_ids: Collection[str]) -> None:
        """Put pictures into the trash."""
        self._set_trashed(image_ids, now())

    def restore(self, image_ids: Collection[str]) -> None:
        """Take pictures out of the trash."""
        self._set_trashed(image_ids, None)

    def trashed_before(self, moment: float) -> list[ImageRecord]:
        """Pictures that have been in the trash since before `moment`."""
        return self._all(col(ImageRow.trashed) < moment)

    def delete(self, image_ids: Collection[str]) -> None:
        """Delete for good. A picture that was rated or chosen from stays known without its
        file: the person's answers are theirs, and point at it."""
        ids = list(image_ids)
        rated = union(select(RatingRow.picture_id), *shown_in_choices())
        with self._database.writing() as session:
            session.exec(delete(ImageRow).where(col(ImageRow.id).in_(ids)))
            session.exec(
                delete(PictureRow).where(
                    col(PictureRow.id).in_(ids), col(PictureRow.id).not_in(rated)
                )
            )

    def _all(self, condition: Condition) -> list[ImageRecord]:
        """Pictures in the order in which they were made."""
        query = WHOLE.join(ImageSettingsRow).where(condition).order_by(NUMBER)
        with self._database.reading() as session:
            return [image for _, image in _read(session, query)]

    def _set_trashed(self, image_ids: Collection[str], moment: float | None) -> None:
        chosen = col(ImageRow.id).in_(image_ids)
        with self._database.writing() as session:
            session.exec(update(ImageRow).where(chosen).values(trashed=moment))


def _matching(query: GalleryQuery) -> tuple[FromClause, ColumnElement[int], list[Condition]]:
    """Where matching pictures come from, the number that orders them, and the conditions. With
    words, the index leads: it hands out the newest hit first, so that a page needs no sorting. The
    + forbids SQLite to ask it the other way round, picture by picture, which can take seconds."""
    match = search.query(query.words)
    if not match:
        return ImageRow.__table__, NUMBER, _conditions(query)  # pyright: ignore
    led = col(ImageRow.number) == literal_column("+gallery_words.rowid", Integer)
    hits = WORDS.join(ImageRow.__table__, led)  # pyright: ignore
    condition = text("gallery_words MATCH :match").bindparams(match=match)
    return hits, WORDS.c.rowid, [condition, *_conditions(query)]


def _conditions(query: GalleryQuery) -> list[Condition]:
    trashed = col(ImageRow.trashed)
    conditions: list[Condition] = [trashed.is_not(None) if query.trashed else trashed.is_(None)]
    if query.profile_id is not None:
        conditions.append(col(ImageRow.profile_id) == query.profile_id)
    if query.model_id is not None:
        conditions.append(col(ImageRow.model_id) == query.model_id)
    if query.since is not None:
        conditions.append(col(ImageRow.created) >= query.since)
    if query.until is not None:
        conditions.append(col(ImageRow.created) < query.until)
    if query.rating is not None:
        conditions.append(_rated(query))
    return conditions


def _rated(query: GalleryQuery) -> Condition:
    answers = select(RatingRow.picture_id).where(stands(RatingRow))
    if query.rated_by is not None:
        answers = answers.where(RatingRow.profile_id == query.rated_by)
    if query.rating == "unrated":
        return col(ImageRow.id).not_in(answers)
    return col(ImageRow.id).in_(answers.where(RatingRow.verdict == query.rating))


def _read(session: Session, query: Any) -> list[tuple[int, ImageRecord]]:
    """Pictures with their number."""
    return [
        (image.number or 0, to_noun(ImageRecord, image, record=settings.record))
        for image, settings in session.exec(query)
    ]
