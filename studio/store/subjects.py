"""Subjects that a person teaches, and what trainings learnt of them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, or_, select

from studio.domain import Snapshot, Subject, SubjectPhoto
from studio.errors import AlreadyExists, NotFound
from studio.store.database import Database
from studio.store.tables import JobRow, SnapshotRow, SubjectRow, to_noun, to_row

TRAIN = "train"  # the kind of the jobs that teach a subject; their params name it


class Subjects:
    """Names are unique without regard to case; each has a token of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, subject: Subject) -> Subject:
        """Store a new subject.

        Raises:
            AlreadyExists: the name is taken.
        """
        with _name_taken(subject.name), self._database.writing() as session:
            session.add(to_row(SubjectRow, subject))
        return subject

    def find(self, name_or_id: str) -> Subject:
        """The subject with this name, in any case, or with this id.

        Raises:
            NotFound: the message lists the names there are.
        """
        match = or_(col(SubjectRow.name) == name_or_id, col(SubjectRow.id) == name_or_id)
        with self._database.reading() as session:
            row = session.exec(select(SubjectRow).where(match)).first()
            if row is not None:
                return to_noun(Subject, row)
        names = ", ".join(subject.name for subject in self.all()) or "none yet"
        raise NotFound(f"There is no subject “{name_or_id}”. Subjects: {names}.")

    def all(self) -> list[Subject]:
        """All subjects, oldest first."""
        with self._database.reading() as session:
            rows = session.exec(select(SubjectRow).order_by(col(SubjectRow.created)))
            return [to_noun(Subject, row) for row in rows]

    def change(self, subject_id: str, **changes: Any) -> Subject:
        """Replace some of its fields.

        Raises:
            NotFound, InvalidSpec
            AlreadyExists: the new name is taken.
        """
        name = str(changes.get("name", ""))
        with _name_taken(name), self._database.writing() as session:
            row = _row(session, subject_id)
            subject = Subject.parse({**to_noun(Subject, row).model_dump(), **changes})
            row.sqlmodel_update(subject.model_dump(mode="json"))
        return subject

    def change_photos(
        self,
        subject_id: str,
        change: Callable[[tuple[SubjectPhoto, ...]], Iterable[SubjectPhoto]],
    ) -> Subject:
        """Replace its photos by what `change` makes of those it has at this moment, which nobody
        else can change meanwhile.

        Raises:
            NotFound; and whatever `change` raises, which then changes nothing.
        """
        with self._database.writing() as session:
            row = _row(session, subject_id)
            subject = to_noun(Subject, row)
            photos = tuple(change(subject.photos))
            subject = subject.model_copy(update={"photos": photos})
            row.sqlmodel_update(subject.model_dump(mode="json"))
        return subject

    def add_snapshot(self, snapshot: Snapshot) -> Snapshot:
        """Store a snapshot; the one that the same job made at the same step is replaced, since a
        training that was interrupted may come by again.

        Raises:
            NotFound: the subject is gone.
        """
        same = (
            col(SnapshotRow.job_id) == snapshot.job_id,
            col(SnapshotRow.step) == snapshot.step,
        )
        with self._database.writing() as session:
            _row(session, snapshot.subject_id)
            if snapshot.job_id is not None:
                old = session.exec(select(SnapshotRow).where(*same)).first()
                if old is not None:  # whoever picked it still has it
                    snapshot = snapshot.model_copy(update={"id": old.id})
                    session.delete(old)
                    session.flush()
            session.add(to_row(SnapshotRow, snapshot))
        return snapshot

    def change_snapshot(self, snapshot_id: str, **changes: Any) -> Snapshot:
        """Replace some fields of a snapshot: its scores, once they are known.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            row = session.get(SnapshotRow, snapshot_id)
            if row is None:
                raise NotFound(f"There is no snapshot {snapshot_id}.")
            snapshot = Snapshot.parse({**to_noun(Snapshot, row).model_dump(), **changes})
            row.sqlmodel_update(snapshot.model_dump(mode="json"))
        return snapshot

    def snapshots(self, subject_id: str) -> list[Snapshot]:
        """All snapshots of a subject, in the order of their trainings and steps."""
        query = select(SnapshotRow).where(col(SnapshotRow.subject_id) == subject_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(SnapshotRow.created), col(SnapshotRow.step)))
            return [to_noun(Snapshot, row) for row in rows]

    def of_hashes(self, hashes: Collection[str]) -> dict[str, Snapshot]:
        """Snapshots by the hash of their weights; what is not here is left out."""
        query = select(SnapshotRow).where(col(SnapshotRow.hash).in_(hashes))
        with self._database.reading() as session:
            return {row.hash: to_noun(Snapshot, row) for row in session.exec(query)}

    def drop_snapshots(self, snapshot_ids: Collection[str]) -> None:
        """Forget snapshots; the caller removes their files."""
        with self._database.writing() as session:
            session.exec(delete(SnapshotRow).where(col(SnapshotRow.id).in_(snapshot_ids)))

    def delete(self, subject_id: str) -> list[str]:
        """Delete for good, with its snapshots and the rows of its trainings. Returns their job
        ids: the caller removes the folders, then calls `Store.scrub`.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            subject = _row(session, subject_id)
            trainings = session.exec(select(JobRow).where(JobRow.kind == TRAIN))
            ids = [job.id for job in trainings if job.params.get("subject") == subject_id]
            session.exec(delete(JobRow).where(col(JobRow.id).in_(ids)))
            session.delete(subject)  # and by their foreign key the snapshots
        return ids


def _row(session: Session, subject_id: str) -> SubjectRow:
    row = session.get(SubjectRow, subject_id)
    if row is None:
        raise NotFound(f"There is no subject with id {subject_id}. It may have been deleted.")
    return row


@contextmanager
def _name_taken(name: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise AlreadyExists(
            f"There is already a subject “{name}”. Choose another name, or rename that one."
        ) from error
