"""What the pages, the CLI and the API do with jobs."""

import subprocess
import sys

import pytest

from studio import lock
from studio.domain import Job, JobState, now
from studio.errors import Busy, InvalidInput, JobFailed, NotFound
from studio.jobs.executors import ROOT
from studio.paths import Paths
from studio.services.jobs import JobService
from studio.store import Store


def submit(jobs: JobService, kind: str = "count", **params) -> Job:
    return jobs.submit(Job(kind=kind, title=f"The {kind}", params={"total": 1, **params}))


def test_without_a_server_whoever_waits_does_the_job(jobs: JobService, paths: Paths) -> None:
    seen: list[JobState] = []
    done = jobs.wait(submit(jobs).id, lambda job: seen.append(job.state))
    assert done.result == {"counted": 1}
    assert (seen[0], seen[-1]) == (JobState.WAITING, JobState.DONE)
    assert jobs.wait(submit(jobs, "picture").id).state is JobState.DONE
    jobs.close()
    assert lock.running(paths) is None


SERVER = """
import time
from studio.context import build_studio
from studio.lock import writing
from studio.paths import Paths, data_folder
from studio.services.jobs import JobService
from tests.studio.jobs.work import KINDS
with writing(Paths(data_folder()), "studio serve"), build_studio() as studio:
    JobService(studio.store.jobs, studio.paths, KINDS).serve()
    print("serving", flush=True)
    time.sleep(60)
"""


def test_beside_a_server_a_call_waits_for_the_server_to_do_its_job(
    jobs: JobService, paths: Paths
) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout.readline() == "serving\n"
    job = submit(jobs)
    assert jobs.wait(job.id).result == {"counted": 1}
    assert lock.running(paths).pid == server.pid
    server.kill()
    server.wait()
    server.stdout.close()


def test_a_failed_job_raises_its_reason(jobs: JobService) -> None:
    with pytest.raises(JobFailed, match="The deck has no pictures"):
        jobs.wait(submit(jobs, "fail", error="ours").id)


def test_ctrl_c_cancels_what_one_waits_for(jobs: JobService) -> None:
    def interrupt(job: Job) -> None:
        if job.progress.step:
            raise KeyboardInterrupt

    job = submit(jobs, total=1000)
    with pytest.raises(KeyboardInterrupt):
        jobs.wait(job.id, interrupt)
    jobs.close()
    assert jobs.show(job.id).state is JobState.CANCELLED


def test_an_unknown_kind_is_refused_by_name(jobs: JobService) -> None:
    with pytest.raises(InvalidInput, match="no kind of job “video”"):
        submit(jobs, "video")
    assert jobs.all() == []


def test_a_waiting_job_is_cancelled_at_once(jobs: JobService) -> None:
    job, other = submit(jobs), submit(jobs)
    cancelled = jobs.cancel(job.id)
    assert (cancelled.state, cancelled.reason) == (
        JobState.CANCELLED,
        "Cancelled before it began.",
    )
    assert jobs.active() == [other]


def test_a_waiting_job_can_be_held_in_the_queue(jobs: JobService) -> None:
    held, other = submit(jobs), submit(jobs)
    assert jobs.pause(held.id).state is JobState.PAUSED
    jobs.wait(other.id)
    assert jobs.show(held.id).state is JobState.PAUSED
    assert jobs.resume(held.id).state is JobState.WAITING
    assert jobs.wait(held.id).state is JobState.DONE
    again = submit(jobs)
    jobs.pause(again.id)
    assert jobs.cancel(again.id).state is JobState.CANCELLED


@pytest.mark.parametrize("action", ["cancel", "pause", "resume"])
def test_what_has_ended_cannot_be_changed(jobs: JobService, action: str) -> None:
    job = submit(jobs)
    jobs.cancel(job.id)
    with pytest.raises(Busy, match=f"“The count” is cancelled already.*{action}"):
        getattr(jobs, action)(job.id)


@pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry", "remove", "log", "show"])
def test_an_unknown_job_is_named(jobs: JobService, action: str) -> None:
    with pytest.raises(NotFound, match="no job with id 0815"):
        getattr(jobs, action)("0815")


def test_only_what_ended_badly_is_tried_again(jobs: JobService) -> None:
    job = submit(jobs)
    with pytest.raises(Busy, match="waiting"):
        jobs.retry(job.id)
    jobs.cancel(job.id)
    assert jobs.retry(job.id).state is JobState.WAITING
    jobs.wait(job.id)
    with pytest.raises(Busy, match="done"):
        jobs.retry(job.id)


def test_a_job_is_forgotten_with_its_folder_once_it_has_ended(jobs: JobService) -> None:
    job = submit(jobs)
    with pytest.raises(Busy, match="has not ended"):
        jobs.remove(job.id)
    jobs.wait(job.id)
    folder = jobs.folder(job.id)
    assert folder.is_dir()
    jobs.remove(job.id)
    assert not folder.exists()
    assert jobs.all() == []


def test_jobs_of_long_ago_are_tidied_away(jobs: JobService, store: Store) -> None:
    old = Job(kind="count", title="old", state=JobState.DONE, finished=now() - 31 * 86400)
    new = Job(kind="count", title="new", state=JobState.DONE, finished=now() - 29 * 86400)
    waiting = Job(kind="count", title="waiting", created=now() - 99 * 86400)
    for job in (old, new, waiting):
        store.jobs.add(job)
    (jobs.folder(waiting.id)).mkdir()
    (jobs.folder(waiting.id).parent / "nobody").mkdir()
    jobs.tidy()
    assert [folder.name for folder in jobs.folder(waiting.id).parent.iterdir()] == [waiting.id]
    assert [job.title for job in jobs.all()] == ["waiting", "new"]


def test_a_waiting_job_names_the_one_that_it_waits_for(jobs: JobService, store: Store) -> None:
    running = store.jobs.add(Job(kind="count", title="first", state=JobState.RUNNING))
    store.jobs.add(Job(kind="light", title="light", state=JobState.RUNNING))
    waiting = submit(jobs)
    assert jobs.waits_for(waiting) == running
    assert jobs.waits_for(running) is None
