"""What people answered. Rows are added and never rewritten; `taken_back` alone can be set, once.

An answer *stands* while it is not taken back and no later standing answer to the same picture by
the same profile is there. So taking back a changed mind brings the earlier answer back.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from studio.domain import Rating, Verdict, now
from studio.errors import NotFound
from studio.store.database import Database
from studio.store.tables import RatingRow, to_noun, to_row


@dataclass(frozen=True)
class RatingCounts:
    """How much a person has said: standing answers, and those among them with words."""

    liked: int
    disliked: int
    skipped: int
    with_words: int

    @property
    def opinions(self) -> int:
        """Likes and dislikes."""
        return self.liked + self.disliked


class Ratings:
    """The append-only log of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rating: Rating) -> Rating:
        """Store an answer. The same `client_id` again stores nothing and returns the first one.

        Raises:
            NotFound: the profile or the picture does not exist.
        """
        with self._database.writing() as session:
            sent = session.exec(select(RatingRow).where(RatingRow.client_id == rating.client_id))
            first = sent.first()
            if first is not None:
                return to_noun(Rating, first)
            session.add(to_row(RatingRow, rating))
            try:
                session.flush()
            except IntegrityError as error:
                raise NotFound(
                    f"Not stored: there is no picture {rating.picture_id} or no profile "
                    f"{rating.profile_id}. It may have been deleted."
                ) from error
        return rating

    def take_back(self, rating_id: str) -> Rating:
        """Undo an answer; it stays in the log. Taking it back twice changes nothing.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            row = _row(session, rating_id)
            row.taken_back = row.taken_back or now()
            return to_noun(Rating, row)

    def get(self, rating_id: str) -> Rating:
        """The answer with this id.

        Raises:
            NotFound
        """
        with self._database.reading() as session:
            return to_noun(Rating, _row(session, rating_id))

    def get_many(self, rating_ids: Collection[str]) -> dict[str, Rating]:
        """The answers with these ids, by id, such as the evidence of a profile."""
        query = select(RatingRow).where(col(RatingRow.id).in_(rating_ids))
        with self._database.reading() as session:
            return {row.id: to_noun(Rating, row) for row in session.exec(query)}

    def standing(self, profile_id: str) -> list[Rating]:
        """The answers of a profile that stand, one a picture, oldest first: what is learnt from."""
        query = select(RatingRow).where(RatingRow.profile_id == profile_id, stands(RatingRow))
        return self._read(query.order_by(col(RatingRow.number)))

    def history(self, profile_id: str, picture_id: str | None = None) -> list[Rating]:
        """All answers ever given by a profile, taken back or not, newest first."""
        query = select(RatingRow).where(RatingRow.profile_id == profile_id)
        if picture_id is not None:
            query = query.where(RatingRow.picture_id == picture_id)
        return self._read(query.order_by(col(RatingRow.number).desc()))

    def latest(self, profile_id: str) -> Rating | None:
        """The last answer not taken back: what Undo undoes."""
        query = select(RatingRow).where(
            RatingRow.profile_id == profile_id, col(RatingRow.taken_back).is_(None)
        )
        return next(iter(self._read(query.order_by(col(RatingRow.number).desc()).limit(1))), None)

    def of_pictures(self, picture_ids: Collection[str], profile_id: str) -> dict[str, Rating]:
        """The standing answers of a profile to these pictures, by picture."""
        query = select(RatingRow).where(
            col(RatingRow.picture_id).in_(picture_ids),
            RatingRow.profile_id == profile_id,
            stands(RatingRow),
        )
        return {rating.picture_id: rating for rating in self._read(query)}

    def counts(self, profile_id: str) -> RatingCounts:
        """How much this profile has said."""
        ratings = self.standing(profile_id)
        verdicts = [rating.verdict for rating in ratings]
        return RatingCounts(
            liked=verdicts.count(Verdict.LIKED),
            disliked=verdicts.count(Verdict.DISLIKED),
            skipped=verdicts.count(Verdict.SKIPPED),
            with_words=sum(bool(rating.comment.strip()) for rating in ratings),
        )

    def _read(self, query) -> list[Rating]:
        with self._database.reading() as session:
            return [to_noun(Rating, row) for row in session.exec(query)]


def stands(row: type[RatingRow]) -> ColumnElement[bool]:
    """The condition that an answer stands."""
    later = aliased(RatingRow)
    overruled = select(later.id).where(
        col(later.picture_id) == row.picture_id,
        col(later.profile_id) == row.profile_id,
        col(later.number) > row.number,
        col(later.taken_back).is_(None),
    )
    return col(row.taken_back).is_(None) & ~overruled.exists()


def _row(session: Session, rating_id: str) -> RatingRow:
    row = session.exec(select(RatingRow).where(RatingRow.id == rating_id)).first()
    if row is None:
        raise NotFound(f"There is no rating with id {rating_id}. It may have been deleted.")
    return row
