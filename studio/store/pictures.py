"""Everything that can be looked at and rated."""

from collections.abc import Collection, Iterable

from sqlmodel import col, select

from studio.domain import Picture, PictureKind
from studio.errors import NotFound
from studio.store.database import Database
from studio.store.tables import ImageRow, PictureRow, RatingRow, to_noun, to_row


class Pictures:
    """Rows about picture files; the files themselves belong to the services."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, picture: Picture) -> Picture:
        """Store one picture."""
        return self.add_many([picture])[0]

    def add_many(self, pictures: Iterable[Picture]) -> list[Picture]:
        """Store several pictures, all or none, in this order."""
        stored = list(pictures)
        with self._database.writing() as session:
            session.add_all([to_row(PictureRow, picture) for picture in stored])
        return stored

    def update(self, picture: Picture) -> Picture:
        """Replace what is known about a picture: its path, caption, facts …

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            row = session.exec(select(PictureRow).where(PictureRow.id == picture.id)).first()
            if row is None:
                raise _not_found(picture.id)
            row.sqlmodel_update(picture.model_dump(mode="json"))
        return picture

    def get(self, picture_id: str) -> Picture:
        """The picture with this id.

        Raises:
            NotFound
        """
        found = self.get_many([picture_id])
        if not found:
            raise _not_found(picture_id)
        return found[picture_id]

    def get_many(self, picture_ids: Collection[str]) -> dict[str, Picture]:
        """The pictures with these ids, by id; unknown ids are left out."""
        query = select(PictureRow).where(col(PictureRow.id).in_(picture_ids))
        with self._database.reading() as session:
            return {row.id: to_noun(Picture, row) for row in session.exec(query)}

    def find_file(self, sha256: str, kind: PictureKind) -> Picture | None:
        """The picture of this kind whose file has this hash, so that none is added twice."""
        query = select(PictureRow).where(PictureRow.sha256 == sha256, PictureRow.kind == kind)
        with self._database.reading() as session:
            row = session.exec(query.order_by(col(PictureRow.number))).first()
            return to_noun(Picture, row) if row else None

    def all(self, kind: PictureKind | None = None, deck: str | None = None) -> list[Picture]:
        """All pictures of a kind or of a deck, in the order in which they were added."""
        query = _of(kind, deck).order_by(col(PictureRow.number))
        with self._database.reading() as session:
            return [to_noun(Picture, row) for row in session.exec(query)]

    def unrated(
        self,
        profile_id: str,
        kind: PictureKind | None = None,
        deck: str | None = None,
        limit: int | None = None,
    ) -> list[Picture]:
        """Pictures without a standing answer of this profile, newest first; none in the trash."""
        answered = select(RatingRow.id).where(
            col(RatingRow.picture_id) == PictureRow.id,
            col(RatingRow.profile_id) == profile_id,
            col(RatingRow.taken_back).is_(None),
        )
        thrown_away = select(ImageRow.id).where(
            col(ImageRow.id) == PictureRow.id, col(ImageRow.trashed).is_not(None)
        )
        query = _of(kind, deck).where(~answered.exists(), ~thrown_away.exists())
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(PictureRow.number).desc()).limit(limit))
            return [to_noun(Picture, row) for row in rows]


def _of(kind: PictureKind | None, deck: str | None):
    query = select(PictureRow)
    if kind is not None:
        query = query.where(PictureRow.kind == kind)
    if deck is not None:
        query = query.where(PictureRow.deck == deck)
    return query


def _not_found(picture_id: str) -> NotFound:
    return NotFound(f"There is no picture with id {picture_id}. It may have been deleted.")
