"""What people chose of two pictures. Rows are added and never rewritten; `taken_back` alone can be
set, once. Every choice that was not taken back stands: the same pair may be asked again, and both
answers count.
"""

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from studio.domain import Choice, now
from studio.errors import NotFound
from studio.store.database import Database
from studio.store.tables import ChoiceRow, to_noun, to_row


class Choices:
    """The append-only log of choices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, choice: Choice) -> Choice:
        """Store a choice. The same `client_id` again stores nothing and returns the first one.

        Raises:
            NotFound: the profile or a picture does not exist.
        """
        with self._database.writing() as session:
            sent = select(ChoiceRow).where(ChoiceRow.client_id == choice.client_id)
            first = session.exec(sent).first()
            if first is not None:
                return to_noun(Choice, first)
            session.add(to_row(ChoiceRow, choice))
            try:
                session.flush()
            except IntegrityError as error:
                raise NotFound(
                    f"Not stored: there is no profile {choice.profile_id}, or one of the pictures "
                    f"{choice.left_id} and {choice.right_id} is gone. It may have been deleted."
                ) from error
        return choice

    def take_back_last(self, profile_id: str) -> Choice | None:
        """Undo the last choice that stands; it stays in the log. None if there is none."""
        query = _standing(profile_id).order_by(col(ChoiceRow.number).desc())
        with self._database.writing() as session:
            row = session.exec(query).first()
            if row is None:
                return None
            row.taken_back = now()
            return to_noun(Choice, row)

    def standing(self, profile_id: str) -> list[Choice]:
        """The choices of a profile that stand, oldest first: what is learnt from."""
        with self._database.reading() as session:
            rows = session.exec(_standing(profile_id).order_by(col(ChoiceRow.number)))
            return [to_noun(Choice, row) for row in rows]

    def history(self, profile_id: str) -> list[Choice]:
        """All choices ever made by a profile, taken back or not, newest first."""
        query = select(ChoiceRow).where(ChoiceRow.profile_id == profile_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(ChoiceRow.number).desc()))
            return [to_noun(Choice, row) for row in rows]


def shown_in_choices() -> tuple[SelectOfScalar[str], SelectOfScalar[str]]:
    """The ids of all pictures that anybody chose from, as a query a side."""
    return select(ChoiceRow.left_id), select(ChoiceRow.right_id)


def _standing(profile_id: str) -> SelectOfScalar[ChoiceRow]:
    return select(ChoiceRow).where(
        ChoiceRow.profile_id == profile_id, col(ChoiceRow.taken_back).is_(None)
    )
