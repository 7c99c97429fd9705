"""Follows jobs at work: what their folders say goes into their rows."""

import logging
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

from studio.domain import Job, JobState
from studio.errors import NotFound
from studio.jobs.executors import Executor
from studio.jobs.folder import Flag, JobFolder, Outcome, Report
from studio.jobs.reconcile import BEGUN, finish
from studio.paths import Paths
from studio.store.jobs import Jobs

ROW_SECONDS = 0.5  # progress is written this often at most
BEAT_SECONDS = 5.0  # and the heartbeat this often
CANCEL_SECONDS = 20.0  # how long a step may take before a cancelled job is ended

log = logging.getLogger(__name__)


@dataclass
class Followed:
    """What we remember of a job between looks."""

    job: Job  # with its process
    report: Report | None = None  # the last one read, while the row does not show it
    offset: int = 0  # in the reports
    written: float = 0.0
    asked_to_end: float | None = None
    trouble: str = ""  # the last error met while following it, so that it is logged once


class Follower:
    """Knows the jobs at work. `executor_of` says where a job is done."""

    def __init__(self, jobs: Jobs, paths: Paths, executor_of: Callable[[Job], Executor]) -> None:
        self._jobs = jobs
        self._paths = paths
        self._executor_of = executor_of
        self._followed: dict[str, Followed] = {}

    def begin(self, job: Job, process: psutil.Process) -> None:
        """Follow a job that has just been started in this process."""
        at = {"pid": process.pid, "pid_started": process.create_time()}
        self._followed[job.id] = Followed(job.model_copy(update=at))
        self.look(job)

    def look(self, job: Job) -> None:
        """Bring the row up to date with the folder. A folder that cannot be read is met again at
        the next look: it must not keep other jobs waiting."""
        try:
            self._look(job)
        except Exception as error:
            followed = self._followed.setdefault(job.id, Followed(job))
            if followed.trouble != repr(error):
                followed.trouble = repr(error)
                log.exception("Job %s cannot be followed; trying on", job.id)

    def drop_others(self, begun: Iterable[Job]) -> None:
        """End jobs that should be at work no more. One whose row is gone belonged to a profile that
        was deleted, and its folder goes too."""
        for job_id in self._followed.keys() - {job.id for job in begun}:
            job = self._followed.pop(job_id).job
            self._executor_of(job).kill(job)
            try:
                self._jobs.get(job_id)
            except NotFound:
                shutil.rmtree(self._folder(job).path, ignore_errors=True)

    def _folder(self, job: Job) -> JobFolder:
        return JobFolder(self._paths.jobs / job.id)

    def _look(self, job: Job) -> None:
        followed = self._followed.setdefault(job.id, Followed(job))
        if job.pid is None:
            at = followed.job
            job = self._jobs.report(job.id, pid=at.pid, pid_started=at.pid_started)
        folder = self._folder(job)
        outcome = self._executor_of(job).poll(job, folder)
        self._pass_on(job, folder, followed, last=outcome is not None)
        if outcome is None:
            self._insist(job, folder, followed)
        else:
            del self._followed[job.id]
            finish(self._jobs, job, as_asked(outcome, folder))

    def _pass_on(self, job: Job, folder: JobFolder, followed: Followed, last: bool) -> None:
        """Write what the worker reports into the row: a new state now, the rest now and then."""
        reports, followed.offset = folder.reports(followed.offset)
        followed.report = reports[-1] if reports else followed.report
        report, beat = followed.report, folder.last_beat() or 0.0
        if report and report.state is not job.state:
            reason = why_paused(folder) if report.state is JobState.PAUSED else ""
            self._jobs.move(job.id, BEGUN, report.state, reason=reason, progress=report.progress)
        elif last or (report and time.monotonic() - followed.written > ROW_SECONDS):
            self._jobs.report(job.id, report.progress if report else None, heartbeat=beat)
        elif beat - (job.heartbeat or 0.0) > BEAT_SECONDS:
            self._jobs.report(job.id, heartbeat=beat)
            return
        else:
            return
        followed.report, followed.written = None, time.monotonic()

    def _insist(self, job: Job, folder: JobFolder, followed: Followed) -> None:
        """End a job that was cancelled and does not come to its next step."""
        if not folder.is_up(Flag.CANCEL):
            return
        followed.asked_to_end = followed.asked_to_end or time.monotonic()
        if time.monotonic() - followed.asked_to_end > CANCEL_SECONDS:
            self._executor_of(job).kill(job)


def why_paused(folder: JobFolder) -> str:
    """Who holds the job."""
    if folder.is_up(Flag.PAUSE):
        return "Paused by you."
    return "Paused while a picture is made. Goes on by itself."


def as_asked(outcome: Outcome, folder: JobFolder) -> Outcome:
    """A job that we ended because the person cancelled it did not fail."""
    if folder.is_up(Flag.CANCEL) and folder.outcome() is None:
        return Outcome(state=JobState.CANCELLED, reason="Cancelled in the middle of a step.")
    return outcome
