"""Make rows true after a crash: never trust "running" in a row."""

from contextlib import suppress

from filelock import Timeout

from studio import lock
from studio.domain import Job, JobState, now
from studio.jobs.executors import find_process
from studio.jobs.folder import JobFolder, Outcome
from studio.jobs.reasons import interrupted
from studio.paths import Paths
from studio.store.jobs import Jobs

BEGUN = (JobState.RUNNING, JobState.PAUSED)


def reconcile(jobs: Jobs, paths: Paths) -> None:
    """Look at every job that a studio before this one had begun. What still runs stays so; what has
    ended meanwhile says how; what is gone was interrupted. Call it only while nobody schedules."""
    for job in jobs.all(BEGUN):
        held_in_queue = job.state is JobState.PAUSED and job.pid is None
        folder = JobFolder(paths.jobs / job.id)
        ended = folder.outcome()
        if held_in_queue or (ended is None and find_process(job)):
            continue
        reports, _ = folder.reports()
        at = reports[-1].progress if reports else job.progress
        jobs.report(job.id, at, heartbeat=folder.last_beat())
        finish(jobs, job, ended or interrupted(at))


def reconcile_if_alone(jobs: Jobs, paths: Paths) -> None:
    """The same, unless somebody holds the data folder: then the jobs are theirs to mind."""
    with suppress(Timeout), lock.os_lock(paths):
        reconcile(jobs, paths)


def finish(jobs: Jobs, job: Job, outcome: Outcome) -> None:
    """Write into the row how a job ended."""
    jobs.move(
        job.id,
        BEGUN,
        outcome.state,
        result=outcome.result,
        reason=outcome.reason,
        finished=now(),
        pid=None,
        pid_started=None,
    )
