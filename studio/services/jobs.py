"""Jobs: submit, follow, stop, repeat. What the pages, the CLI and the API do with long work.

Every action names a job by its id and reaches that job only. Actions are rows and flags in the
job's folder, so that they work from any process, whoever runs the scheduler.
"""

import shutil
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from studio.domain import Job, JobState, Progress, now
from studio.errors import Busy, JobCancelled, JobFailed
from studio.jobs.duty import Duty
from studio.jobs.folder import LOG_TAIL, Flag, JobFolder
from studio.jobs.kinds import KINDS, Kind, Resource, kind_of
from studio.paths import Paths
from studio.store.jobs import Jobs

POLL_SECONDS = 0.1
KEPT_DAYS = 30
ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED, JobState.INTERRUPTED)


class JobService:
    """Long work of one data folder."""

    def __init__(self, jobs: Jobs, paths: Paths, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._jobs = jobs
        self._paths = paths
        self._kinds = kinds
        self._duty = Duty(jobs, paths, kinds)

    def serve(self) -> None:
        """Do all jobs of this data folder until `close`. The caller holds `studio.lock`."""
        self.tidy()
        self._duty.for_all()

    def close(self) -> None:
        """Stop what this studio runs, and let go of the lock if `wait` took it."""
        self._duty.end()

    def submit(self, job: Job) -> Job:
        """Put a job at the end of the queue.

        Raises:
            InvalidInput: there is no such kind of job.
        """
        kind_of(job.kind, self._kinds)
        self._jobs.add(job)
        self._duty.wake()
        return job

    def wait(self, job_id: str, on_progress: Callable[[Job], None] = lambda job: None) -> Job:
        """Return the job once it is done; see to it that somebody does it. Ctrl+C cancels it.

        Raises:
            JobCancelled, JobFailed: with the reason.
        """
        try:
            job = self._wait(job_id, on_progress)
        except KeyboardInterrupt:
            self.cancel(job_id)
            raise
        if job.state is JobState.CANCELLED:
            raise JobCancelled(job.reason)
        if job.state is not JobState.DONE:
            raise JobFailed(job.reason)
        return job

    def show(self, job_id: str) -> Job:
        """One job.

        Raises:
            NotFound
        """
        return self._jobs.get(job_id)

    def all(
        self,
        states: Collection[JobState] = tuple(JobState),
        kind: str | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Jobs in these states, of one kind if it is given, newest first."""
        return self._jobs.all(states, kind, limit)

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; states of none are left out."""
        return self._jobs.counts()

    def active(self) -> list[Job]:
        """What waits, runs or is paused, oldest first."""
        return self._jobs.active()

    def changed_since(self, moment: float) -> list[Job]:
        """Jobs whose row changed at `moment` or later: what a page polls."""
        return self._jobs.changed_since(moment)

    def folder(self, job_id: str) -> Path:
        """Where the job keeps its files, such as previews."""
        return self._paths.jobs / self._jobs.get(job_id).id

    def log(self, job_id: str, lines: int = LOG_TAIL) -> list[str]:
        """The last lines of its log."""
        return JobFolder(self.folder(job_id)).log_tail(lines)

    def cancel(self, job_id: str) -> Job:
        """Stop a job: at once if it waits, at its next step if it runs.

        Raises:
            NotFound
            Busy: it has ended already.
        """
        job = self._jobs.get(job_id)
        if job.pid is None and job.state is not JobState.RUNNING and not job.state.is_final:
            told = {"reason": "Cancelled before it began.", "finished": now()}
            gone = self._jobs.move(job_id, (job.state,), JobState.CANCELLED, **told)
            if gone:
                return gone
        return self._raise(job_id, Flag.CANCEL, "cancel")

    def pause(self, job_id: str) -> Job:
        """Hold a job at its next step, or in the queue, until it is resumed.

        Raises:
            NotFound
            Busy: it has ended already.
        """
        held = self._jobs.move(
            job_id, (JobState.WAITING,), JobState.PAUSED, reason="Paused by you."
        )
        return held or self._raise(job_id, Flag.PAUSE, "pause")

    def resume(self, job_id: str) -> Job:
        """Let a paused job go on, as soon as nothing else computes.

        Raises:
            NotFound
            Busy: it has ended already.
        """
        job = self._jobs.get(job_id)
        if job.state is JobState.PAUSED and job.pid is None:
            back = self._jobs.move(job_id, (JobState.PAUSED,), JobState.WAITING, reason="")
            self._duty.wake()
            return back or self._jobs.get(job_id)
        check_under_way(job, "resume")
        folder = JobFolder(self.folder(job_id))
        if kind_of(job.kind, self._kinds).resource is Resource.COMPUTE:
            folder.raise_(Flag.YIELD)  # the scheduler lowers it when the processor is free
        folder.lower(Flag.PAUSE)
        self._duty.wake()
        return job

    def retry(self, job_id: str) -> Job:
        """Put a job that ended badly into the queue again, with the files it kept.

        Raises:
            NotFound
            Busy: it is under way or done.
        """
        job = self._jobs.move(
            job_id,
            ENDED_BADLY,
            JobState.WAITING,
            reason="",
            result={},
            progress=Progress(),
            started=None,
            finished=None,
        )
        if job is None:
            state = self._jobs.get(job_id).state
            raise Busy(f"This job is {state}; only one that ended badly can be tried again.")
        self._duty.wake()
        return job

    def remove(self, job_id: str) -> None:
        """Forget a job that has ended, and its folder.

        Raises:
            NotFound
            Busy: it has not ended.
        """
        job = self._jobs.get(job_id)
        if not job.state.is_final:
            raise Busy(f"“{job.title}” has not ended. Cancel it first.")
        self._jobs.delete(job_id)
        shutil.rmtree(self._paths.jobs / job_id, ignore_errors=True)

    def tidy(self, days: float = KEPT_DAYS) -> None:
        """Forget jobs that ended long ago, and folders that no job has any more."""
        for job in self._jobs.all([state for state in JobState if state.is_final]):
            if now() - (job.finished or job.created) > days * 86400:
                self.remove(job.id)
        known = {job.id for job in self._jobs.all()}
        for folder in self._paths.jobs.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def unload(self) -> None:
        """Give back the memory that generation keeps, once it has nothing to do."""
        self._duty.unload()

    def waits_for(self, job: Job) -> Job | None:
        """The job that a waiting one has to wait for, if it does."""
        if job.state is not JobState.WAITING or job.kind not in self._kinds:
            return None
        needs = self._kinds[job.kind].resource
        busy = [other for other in self._jobs.active() if other.state is JobState.RUNNING]
        same = [o for o in busy if o.kind in self._kinds and self._kinds[o.kind].resource is needs]
        return same[0] if same else None

    def _wait(self, job_id: str, on_progress: Callable[[Job], None]) -> Job:
        seen = None
        while True:
            job = self._jobs.get(job_id)
            if job.changed != seen:
                on_progress(job)
                seen = job.changed
            if job.state.is_final:
                return job
            self._duty.for_own(job_id)
            time.sleep(POLL_SECONDS)

    def _raise(self, job_id: str, flag: Flag, verb: str) -> Job:
        job = self._jobs.get(job_id)
        check_under_way(job, verb)
        JobFolder(self.folder(job_id)).raise_(flag)
        self._duty.wake()
        return job


def check_under_way(job: Job, verb: str) -> None:
    """Refuse what comes too late.

    Raises:
        Busy
    """
    if job.state.is_final:
        raise Busy(f"“{job.title}” is {job.state} already; there is nothing to {verb}.")
