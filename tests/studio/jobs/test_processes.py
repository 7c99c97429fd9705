"""Jobs in processes of their own: cancelled, killed, paused, repeated, taken up again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest

from studio.domain import Job, JobState
from studio.errors import Busy, JobCancelled, JobFailed
from studio.jobs.executors import ROOT, find_process
from studio.jobs.folder import JobFolder
from studio.paths import Paths
from studio.services.jobs import JobService
from studio.store import Store

Until = Callable[[Callable[[], object]], None]


def submit(jobs: JobService, kind: str, **params) -> Job:
    return jobs.submit(Job(kind=kind, title=f"The {kind}", params=params))


def state(jobs: JobService, job: Job) -> JobState:
    return jobs.show(job.id).state


def step(jobs: JobService, job: Job) -> int:
    return jobs.show(job.id).progress.step


def test_a_job_is_done_in_another_process(served: JobService) -> None:
    job = served.wait(submit(served, "count", total=5).id)
    assert job.result == {"counted": 5}
    assert (job.progress.step, job.progress.text) == (5, "Counted to 5")
    assert job.started < job.finished
    assert job.pid is None


def test_cancelling_hits_the_named_job_and_no_other(served: JobService, until: Until) -> None:
    mine = submit(served, "light", total=1000)
    other = submit(served, "light", total=1000)
    until(lambda: step(served, mine) > 0 and step(served, other) > 0)
    served.cancel(mine.id)
    with pytest.raises(JobCancelled, match="Cancelled at step"):
        served.wait(mine.id)
    before = step(served, other)
    until(lambda: step(served, other) > before)
    with pytest.raises(Busy, match="cancelled already"):
        served.cancel(mine.id)


def test_a_killed_process_is_noticed_and_the_next_job_works(
    served: JobService, until: Until
) -> None:
    job = submit(served, "count", total=1000)
    until(lambda: step(served, job) > 0)
    os.kill(served.show(job.id).pid, signal.SIGKILL)
    with pytest.raises(JobFailed, match="killed, signal 9"):
        served.wait(job.id)
    assert served.wait(submit(served, "count", total=1).id).result == {"counted": 1}


def test_what_a_dying_process_printed_is_in_the_log(served: JobService) -> None:
    job = submit(served, "die", code=3)
    with pytest.raises(JobFailed, match="exit status 3"):
        served.wait(job.id)
    assert served.log(job.id)[-1] == "last words"


def test_a_paused_job_stands_still_and_goes_on(served: JobService, until: Until) -> None:
    job = submit(served, "count", total=100)
    until(lambda: step(served, job) > 0)
    served.pause(job.id)
    until(lambda: state(served, job) is JobState.PAUSED)
    assert served.show(job.id).reason == "Paused by you."
    counted = (served.folder(job.id) / "counted").read_text()
    time.sleep(0.3)
    assert (served.folder(job.id) / "counted").read_text() == counted
    served.resume(job.id)
    assert served.wait(job.id).result == {"counted": 100}


def test_two_jobs_that_compute_take_turns(served: JobService) -> None:
    first, second = submit(served, "count", total=20), submit(served, "count", total=20)
    assert served.waits_for(served.show(second.id)) in (None, served.show(first.id))
    served.wait(second.id)
    assert served.show(first.id).finished <= served.show(second.id).started


def test_a_job_that_failed_is_tried_again_with_the_files_that_it_kept(served: JobService) -> None:
    job = submit(served, "fail", error="ours")
    with pytest.raises(JobFailed):
        served.wait(job.id)
    kept = served.folder(job.id) / "kept"
    kept.write_text("checkpoint")
    again = served.retry(job.id)
    assert (again.id, again.state, again.reason) == (job.id, JobState.WAITING, "")
    with pytest.raises(JobFailed, match="no pictures"):
        served.wait(job.id)
    assert kept.read_text() == "checkpoint"


def test_a_step_that_does_not_end_is_ended(
    served: JobService, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.jobs.follow.CANCEL_SECONDS", 0.2)
    job = submit(served, "stuck")
    until(lambda: step(served, job) == 1)
    pid = served.show(job.id).pid
    served.cancel(job.id)
    with pytest.raises(JobCancelled, match="in the middle of a step"):
        served.wait(job.id)
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("writes", [["report"], ["report", "write_log", "finish"]])
def test_a_full_disk_stops_a_job_with_a_sentence(served: JobService, writes: list[str]) -> None:
    job = submit(served, "fill", writes=writes)
    with pytest.raises(JobFailed, match="the disk is full"):
        served.wait(job.id)


def test_closing_the_studio_stops_its_jobs_and_says_so(
    jobs: JobService, store: Store, until: Until
) -> None:
    jobs.serve()
    running, waiting = submit(jobs, "count", total=1000), submit(jobs, "count", total=1)
    until(lambda: step(jobs, running) > 0)
    pid = jobs.show(running.id).pid
    jobs.close()
    assert not psutil.pid_exists(pid)
    stopped = store.jobs.get(running.id)
    assert stopped.state is JobState.INTERRUPTED
    assert stopped.reason.startswith("The studio was closed at step")
    assert store.jobs.get(waiting.id).state is JobState.WAITING


def test_a_job_whose_row_was_deleted_ends_with_its_folder(
    served: JobService, store: Store, until: Until
) -> None:
    job = submit(served, "count", total=1000)
    until(lambda: step(served, job) > 0)
    pid, folder = served.show(job.id).pid, served.folder(job.id)
    store.jobs.delete(job.id)
    until(lambda: not psutil.pid_exists(pid) and not folder.exists())


STUDIO = """
import sys, time
from studio.context import build_studio
from studio.services.jobs import JobService
from tests.studio.jobs.work import KINDS
with build_studio() as studio:
    service = JobService(studio.store.jobs, studio.paths, KINDS)
    service.serve()
    print("serving", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_studio(paths: Paths):
    """A studio in another process, that can be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUDIO], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "serving\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_after_a_crash_a_job_that_still_runs_is_taken_up_again(
    other_studio: subprocess.Popen, jobs: JobService, until: Until
) -> None:
    job = submit(jobs, "count", total=150)
    until(lambda: step(jobs, job) > 0)
    other_studio.kill()
    other_studio.wait()
    jobs.serve()
    assert state(jobs, job) is JobState.RUNNING
    assert jobs.wait(job.id).result == {"counted": 150}


def test_after_a_crash_a_job_whose_process_is_gone_was_interrupted(
    other_studio: subprocess.Popen, jobs: JobService, until: Until
) -> None:
    job = submit(jobs, "count", total=1000)
    until(lambda: step(jobs, job) > 0)
    other_studio.kill()
    other_studio.wait()
    psutil.Process(jobs.show(job.id).pid).kill()
    until(lambda: find_process(jobs.show(job.id)) is None)
    assert state(jobs, job) is JobState.RUNNING  # the row does not know yet
    jobs.serve()
    interrupted = jobs.show(job.id)
    assert interrupted.state is JobState.INTERRUPTED
    assert interrupted.reason.startswith(f"Stopped at step {interrupted.progress.step} of 1000: ")


def test_after_a_crash_a_job_that_ended_meanwhile_says_how(
    other_studio: subprocess.Popen, jobs: JobService, paths: Paths, until: Until
) -> None:
    job = submit(jobs, "count", total=60)
    until(lambda: step(jobs, job) > 0)
    other_studio.kill()
    other_studio.wait()
    until(lambda: JobFolder(paths.jobs / job.id).outcome())
    jobs.serve()
    assert state(jobs, job) is JobState.DONE
    assert jobs.show(job.id).result == {"counted": 60}


def test_a_reused_process_id_is_not_mistaken_for_the_job(store: Store) -> None:
    me = psutil.Process()
    job = Job(kind="count", title="t", pid=me.pid, pid_started=me.create_time())
    assert find_process(job) == me
    assert find_process(job.model_copy(update={"pid_started": 1.0})) is None
