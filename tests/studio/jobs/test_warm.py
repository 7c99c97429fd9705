"""The warm worker: keeps what it loaded, survives its own death, and goes when it should."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studio.domain import Job, JobState
from studio.errors import JobCancelled, JobFailed
from studio.jobs.executors import ROOT, WarmProcess
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.services.jobs import JobService
from tests.studio.jobs.work import KINDS

Until = Callable[[Callable[[], object]], None]


def submit(jobs: JobService, kind: str, **params) -> Job:
    return jobs.submit(Job(kind=kind, title=f"The {kind}", params=params))


def picture(jobs: JobService, **params) -> dict:
    """Make one and return its result."""
    return jobs.wait(submit(jobs, "picture", **params).id).result


def is_dead(pid: int) -> bool:
    """It has ended with all its threads, which hold its pipes open; its exit code may not have been
    asked for yet."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() == 1
    except psutil.NoSuchProcess:
        return True


def test_one_process_makes_picture_after_picture_and_is_replaced_when_it_dies(
    served: JobService, until: Until
) -> None:
    first, second = picture(served), picture(served)
    assert first["pid"] == second["pid"]
    assert second["jobs_in_this_process"] == 2

    with pytest.raises(JobFailed, match="killed, signal 9"):
        picture(served, die=True)
    third = picture(served)
    assert third["pid"] != first["pid"]
    assert third["jobs_in_this_process"] == 1

    os.kill(third["pid"], signal.SIGKILL)  # while it has nothing to do
    until(lambda: is_dead(third["pid"]))  # the signal takes a moment on a busy machine
    assert picture(served)["jobs_in_this_process"] == 1


def test_a_cancelled_picture_leaves_the_worker_warm(served: JobService, until: Until) -> None:
    first = picture(served)
    job = submit(served, "picture", seconds=0.5)
    until(lambda: served.show(job.id).state is JobState.RUNNING)
    served.cancel(job.id)
    with pytest.raises(JobCancelled):
        served.wait(job.id)
    assert picture(served)["pid"] == first["pid"]


def test_what_a_picture_prints_is_in_its_own_log(served: JobService) -> None:
    jobs = [submit(served, "picture") for _ in range(2)]
    for job in jobs:
        served.wait(job.id)
        assert served.log(job.id) == ["made a picture"]


def test_memory_comes_back_when_told(served: JobService, until: Until) -> None:
    pid = picture(served)["pid"]
    served.unload()
    until(lambda: not psutil.pid_exists(pid))
    assert picture(served)["jobs_in_this_process"] == 1


def test_memory_comes_back_after_a_while_without_work(
    paths: Paths, tmp_path: Path, until: Until
) -> None:
    warm = WarmProcess(tmp_path / "log.txt", idle_seconds=0.3)
    job = Job(kind="picture", title="t")
    folder = JobFolder(paths.jobs / job.id)
    folder.prepare(Spec(job=job, function=KINDS["picture"].function, home=str(paths.home)))
    process = warm.start(job, folder)
    job = job.model_copy(update={"pid": process.pid, "pid_started": process.create_time()})
    until(lambda: warm.poll(job, folder))
    warm.rest()
    assert warm.pid == process.pid
    until(lambda: warm.rest() or warm.pid is None)
    assert not process.is_running()
    warm.close()


def test_a_picture_makes_a_training_pause_and_it_goes_on_by_itself(
    served: JobService, until: Until
) -> None:
    training = submit(served, "count", total=120)
    until(lambda: served.show(training.id).progress.step > 0)
    job = submit(served, "picture", seconds=0.3)
    until(lambda: served.show(job.id).state is JobState.RUNNING)
    held = served.show(training.id)
    assert held.state is JobState.PAUSED
    assert held.reason == "Paused while a picture is made. Goes on by itself."
    made = served.wait(job.id)
    assert served.wait(training.id).result == {"counted": 120}
    times = [float(t) for t in (served.folder(training.id) / "times").read_text().split()]
    assert [t for t in times if made.started < t < made.result["at"]] == []


PARENT = """
import sys, time
from pathlib import Path
from studio.domain import Job
from studio.jobs.executors import WarmProcess
from studio.jobs.folder import JobFolder, Spec
home, seconds, patience = sys.argv[1:]
job = Job(id="job", kind="picture", title="t", params={"seconds": float(seconds)})
folder = JobFolder(Path(home) / "jobs" / job.id)
folder.prepare(Spec(job=job, function="tests.studio.jobs.work:picture", home=home))
warm = WarmProcess(Path(home) / "log.txt", patience=float(patience))
print(warm.start(job, folder).pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("seconds", "patience"),
    [(0.0, 60.0), (1.0, 60.0), (60.0, 0.3)],
    ids=["with nothing to do", "at its next step", "in a step that does not end"],
)
def test_the_worker_ends_when_its_parent_dies(
    paths: Paths, until: Until, seconds: float, patience: float
) -> None:
    command = [sys.executable, "-c", PARENT, str(paths.home), str(seconds), str(patience)]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    folder = JobFolder(paths.jobs / "job")
    until(lambda: folder.outcome() if seconds == 0.0 else folder.reports()[0])
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not psutil.pid_exists(pid))
    ended = folder.outcome()
    expected = {0.0: JobState.DONE, 1.0: JobState.INTERRUPTED, 60.0: None}
    assert (ended.state if ended else None) is expected[seconds]
