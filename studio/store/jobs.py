"""Rows of long work. A state changes only from a state that allows it, in one step: whoever comes
second changes nothing and is told so."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, delete, func, select

from studio.domain import Job, JobState, Progress, now
from studio.errors import NotFound
from studio.store.database import Database
from studio.store.tables import JobRow, to_noun, to_row

ACTIVE = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)


class Jobs:
    """The queue, and what became of everything that was in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job) -> Job:
        """Put a job at the end of the queue."""
        with self._database.writing() as session:
            session.add(to_row(JobRow, job))
        return job

    def get(self, job_id: str) -> Job:
        """The job with this id.

        Raises:
            NotFound
        """
        with self._database.reading() as session:
            return to_noun(Job, _row(session, job_id))

    def all(
        self,
        states: Collection[JobState] = tuple(JobState),
        kind: str | None = None,
        limit: int | None = None,
    ) -> list[Job]:
        """Jobs in these states, newest first."""
        query = select(JobRow).where(col(JobRow.state).in_(states))
        if kind is not None:
            query = query.where(JobRow.kind == kind)
        return self._read(query.order_by(col(JobRow.number).desc()).limit(limit))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; states of none are left out."""
        query = select(JobRow.state, func.count()).group_by(col(JobRow.state))
        with self._database.reading() as session:
            return {JobState(state): number for state, number in session.exec(query)}

    def active(self) -> list[Job]:
        """Waiting, running and paused jobs, oldest first: the queue."""
        return self.all(ACTIVE)[::-1]

    def changed_since(self, moment: float) -> list[Job]:
        """Jobs whose row was written at `moment` or later, newest first: what a poll asks."""
        query = select(JobRow).where(col(JobRow.changed) >= moment)
        return self._read(query.order_by(col(JobRow.number).desc()))

    def move(
        self, job_id: str, allowed: Collection[JobState], to: JobState, **changes: Any
    ) -> Job | None:
        """Change the state, if it is one of `allowed`, together with other fields. Returns the job
        as it is then, or None if its state did not allow it.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            row = _row(session, job_id)
            if row.state not in allowed:
                return None
            return _write(row, state=to, **changes)

    def report(self, job_id: str, progress: Progress | None = None, **changes: Any) -> Job:
        """Write progress, heartbeat, pid …: anything but the state.

        Raises:
            NotFound
        """
        assert "state" not in changes, "states change through move()"
        if progress is not None:
            changes["progress"] = progress
        with self._database.writing() as session:
            return _write(_row(session, job_id), **changes)

    def delete(self, job_id: str) -> None:
        """Forget a job; the caller removes its folder."""
        with self._database.writing() as session:
            session.exec(delete(JobRow).where(col(JobRow.id) == job_id))

    def _read(self, query) -> list[Job]:
        with self._database.reading() as session:
            return [to_noun(Job, row) for row in session.exec(query)]


def _write(row: JobRow, **changes: Any) -> Job:
    job = to_noun(Job, row).model_copy(update={**changes, "changed": now()})
    row.sqlmodel_update(job.model_dump(mode="json"))
    return job


def _row(session: Session, job_id: str) -> JobRow:
    row = session.exec(select(JobRow).where(JobRow.id == job_id)).first()
    if row is None:
        raise NotFound(f"There is no job with id {job_id}. `studio jobs list` shows all.")
    return row
