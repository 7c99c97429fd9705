"""The worker: steps, flags, results so far, and reasons, without a process."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.errors import OutOfMemory
from studio.domain import Job, JobState, Progress
from studio.jobs.folder import Flag, JobFolder, Spec
from studio.jobs.reasons import died, reason_of
from studio.jobs.worker import Pace, run_folder
from studio.paths import Paths
from tests.studio.jobs.work import KINDS

JOB = Job(kind="count", title="Counting")


@pytest.fixture
def prepare(paths: Paths) -> Callable[..., JobFolder]:
    """A folder for a job of a kind."""

    def make(kind: str, **params: Any) -> JobFolder:
        job = Job(kind=kind, title="Counting", params=params)
        folder = JobFolder(paths.jobs / job.id)
        folder.prepare(Spec(job=job, function=KINDS[kind].function, home=str(paths.home)))
        return folder

    return make


def test_a_job_reports_every_step_and_ends_with_its_last_result(prepare) -> None:
    folder = prepare("count", total=3)
    outcome = run_folder(folder, {})
    assert outcome == folder.outcome()
    assert (outcome.state, outcome.result) == (JobState.DONE, {"counted": 3})
    steps = [report.progress.step for report in folder.reports()[0]]
    assert steps == [1, 2, 3]
    assert folder.last_beat() is not None


@pytest.mark.parametrize(
    ("flag", "state", "reason"),
    [
        (Flag.CANCEL, JobState.CANCELLED, "Cancelled at step 1 of 5."),
        (Flag.STOP, JobState.INTERRUPTED, "The studio was closed at step 1 of 5"),
    ],
)
def test_a_job_ends_within_one_step_and_keeps_what_it_made(
    prepare, flag: Flag, state: JobState, reason: str
) -> None:
    folder = prepare("count", total=5)
    folder.raise_(flag)
    outcome = run_folder(folder, {})
    assert outcome.state is state
    assert outcome.reason.startswith(reason)
    assert (folder.path / "counted").read_text() == "1"


@pytest.mark.parametrize("flag", [Flag.PAUSE, Flag.YIELD])
def test_a_held_job_says_so_and_can_still_be_cancelled(prepare, until, flag: Flag) -> None:
    folder = prepare("count", total=5)
    folder.raise_(flag)
    thread = threading.Thread(target=run_folder, args=(folder, {}))
    thread.start()
    until(lambda: [report.state for report in folder.reports()[0]][-1:] == [JobState.PAUSED])
    folder.raise_(Flag.CANCEL)
    thread.join(5)
    assert folder.outcome().state is JobState.CANCELLED
    assert (folder.path / "counted").read_text() == "1"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("ours", "The deck has no pictures. Choose another one."),
        ("foreign", "“Counting” stopped because of an error in the studio (ZeroDivisionError)"),
        ("disk", "“Counting” stopped: the disk is full ("),
        ("memory", "Not enough memory for “Counting”."),
    ],
)
def test_a_failure_is_a_sentence_and_its_trace_is_in_the_log(
    prepare, error: str, reason: str
) -> None:
    folder = prepare("fail", error=error)
    outcome = run_folder(folder, {})
    assert outcome.state is JobState.FAILED
    assert outcome.reason.startswith(reason)
    assert "Traceback" in "\n".join(folder.log_tail())


def test_a_function_that_is_not_there_fails_the_job_and_not_the_worker(prepare) -> None:
    assert run_folder(prepare("nowhere"), {}).state is JobState.FAILED


def test_sentences_of_the_pipelines_are_shown_as_they_are(paths: Paths) -> None:
    sentence = "4 pictures at 1024×1024 need about 13 GB, you have 12 GB."
    assert reason_of(OutOfMemory(sentence), JOB, paths.home) == sentence


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-9, "killed, signal 9): most often the memory ran out"),
        (-11, "signal 11, Segmentation fault"),
        (3, "exit status 3"),
        (28, "the disk is full"),
    ],
)
def test_a_process_that_died_gets_a_sentence(paths: Paths, code: int, words: str) -> None:
    outcome = died(JOB, paths.home, code)
    assert outcome.state is JobState.FAILED
    assert words in outcome.reason


def test_the_time_left_is_guessed_from_steps_and_not_from_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr("studio.jobs.worker.time.monotonic", lambda: clock[0])
    pace = Pace()
    assert pace.timed(Progress(step=1, total=11)).seconds_left is None
    clock[0] = 2.0
    assert pace.timed(Progress(step=2, total=11)).seconds_left == 18.0
    clock[0] = 102.0
    pace.pause(100.0)
    assert pace.timed(Progress(step=2, total=11)).seconds_left == 18.0
    assert pace.timed(Progress(step=3, total=11, seconds_left=1.0)).seconds_left == 1.0
    assert pace.timed(Progress(text="Loading")).seconds_left is None
