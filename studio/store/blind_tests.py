"""Blind tests: their pairs, which know the sides, and what was chosen.

Pairs are planned when a test begins and get their pictures later; nothing else of them changes.
Answers are added and never rewritten: a pair takes another one once its answer was taken back.
"""

from collections.abc import Iterable

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from studio.domain import BlindAnswer, BlindPair, BlindTest, Picture, now
from studio.errors import AlreadyExists, NotFound
from studio.store.database import Database
from studio.store.tables import (
    BlindAnswerRow,
    BlindPairRow,
    BlindTestRow,
    PictureRow,
    to_noun,
    to_row,
)


class BlindTests:
    """Rows about tests; their picture files belong to the services."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, test: BlindTest, pairs: Iterable[BlindPair]) -> BlindTest:
        """Store a new test and all that is fixed about it beforehand."""
        with self._database.writing() as session:
            session.add(to_row(BlindTestRow, test))
            session.flush()
            session.add_all([to_row(BlindPairRow, pair) for pair in pairs])
        return test

    def look_again(self, test_id: str, pairs: Iterable[BlindPair]) -> BlindTest:
        """Add pairs for a second look, and remember that it is one.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            row = _row(session, test_id)
            row.looks += 1
            session.add_all([to_row(BlindPairRow, pair) for pair in pairs])
            return to_noun(BlindTest, row)

    def get(self, test_id: str) -> BlindTest:
        """The test with this id.

        Raises:
            NotFound
        """
        with self._database.reading() as session:
            return to_noun(BlindTest, _row(session, test_id))

    def of_profile(self, profile_id: str) -> list[BlindTest]:
        """All tests of a profile, newest first."""
        query = select(BlindTestRow).where(BlindTestRow.profile_id == profile_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(BlindTestRow.number).desc()))
            return [to_noun(BlindTest, row) for row in rows]

    def pairs(self, test_id: str) -> list[BlindPair]:
        """The pairs of a test, as shown."""
        query = select(BlindPairRow).where(BlindPairRow.test_id == test_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(BlindPairRow.number)))
            return [to_noun(BlindPair, row) for row in rows]

    def draw(self, pair: BlindPair, left: Picture, right: Picture) -> bool:
        """Store the pictures of a pair, and what `pair` says shows more with the profile. A pair
        that is drawn already keeps its pictures: somebody may have seen them. Says whether these
        were stored.

        Raises:
            NotFound: the test was deleted meanwhile.
        """
        with self._database.writing() as session:
            row = session.get(BlindPairRow, (pair.test_id, pair.number))
            if row is None:
                raise _not_found(pair.test_id)
            if row.left is not None and row.right is not None:
                return False
            session.add_all([to_row(PictureRow, left), to_row(PictureRow, right)])
            session.flush()
            row.left, row.right, row.gains = left.id, right.id, dict(pair.gains)
        return True

    def answer(self, answer: BlindAnswer) -> BlindAnswer:
        """Store an answer. The same `client_id` again stores nothing and returns the first one.

        Raises:
            NotFound: there is no such pair.
            AlreadyExists: another answer to this pair stands.
        """
        sent = select(BlindAnswerRow).where(BlindAnswerRow.client_id == answer.client_id)
        standing = _standing(answer.test_id).where(BlindAnswerRow.pair == answer.pair)
        with self._database.writing() as session:
            first = session.exec(sent).first()
            if first is not None:
                return to_noun(BlindAnswer, first)
            if session.get(BlindPairRow, (answer.test_id, answer.pair)) is None:
                raise _not_found(answer.test_id)
            if session.exec(standing).first() is not None:
                raise AlreadyExists(
                    f"Pair {answer.pair} has its answer already, which stands. Reload the page."
                )
            session.add(to_row(BlindAnswerRow, answer))
        return answer

    def take_back(self, test_id: str, after: int = 0) -> BlindAnswer | None:
        """Take back the last answer of a test; it stays in the log. Answers to pairs up to number
        `after` are left alone."""
        query = _standing(test_id).where(col(BlindAnswerRow.pair) > after)
        with self._database.writing() as session:
            row = session.exec(query.order_by(col(BlindAnswerRow.number).desc())).first()
            if row is None:
                return None
            row.taken_back = now()
            return to_noun(BlindAnswer, row)

    def answers(self, test_id: str) -> dict[int, BlindAnswer]:
        """The answers that stand, by the number of their pair."""
        query = _standing(test_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(BlindAnswerRow.number)))
            return {row.pair: to_noun(BlindAnswer, row) for row in rows}


def _standing(test_id: str) -> SelectOfScalar[BlindAnswerRow]:
    return select(BlindAnswerRow).where(
        BlindAnswerRow.test_id == test_id, col(BlindAnswerRow.taken_back).is_(None)
    )


def _row(session: Session, test_id: str) -> BlindTestRow:
    row = session.exec(select(BlindTestRow).where(BlindTestRow.id == test_id)).first()
    if row is None:
        raise _not_found(test_id)
    return row


def _not_found(test_id: str) -> NotFound:
    return NotFound(f"There is no such pair or blind test ({test_id}). It may have been deleted.")
