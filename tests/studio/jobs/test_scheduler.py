"""The scheduler with jobs in threads: what needs no process."""

import ast
import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.domain import Job, JobState, now
from studio.jobs.executors import InProcess
from studio.jobs.kinds import KINDS as REAL_KINDS
from studio.jobs.kinds import Kind
from studio.jobs.scheduler import Scheduler
from studio.paths import Paths
from studio.store import Store
from tests.studio.jobs.work import KINDS

Until = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that cannot be followed is waited for in vain."""
    monkeypatch.setattr("studio.jobs.scheduler.CLOSE_SECONDS", 0.1)


@pytest.fixture
def make(store: Store, paths: Paths) -> Callable[..., Scheduler]:
    """A scheduler of this data folder, not yet at work."""

    def build(**options) -> Scheduler:
        return Scheduler(store.jobs, paths, KINDS, process=InProcess(), warm=InProcess(), **options)

    return build


@pytest.fixture
def at_work(make: Callable[..., Scheduler]) -> Iterator[Scheduler]:
    """A scheduler at work."""
    with make() as scheduler:
        yield scheduler


def add(store: Store, kind: str, **params) -> str:
    return store.jobs.add(Job(kind=kind, title=kind, params=params)).id


def test_jobs_in_threads_end_like_jobs_in_processes(
    at_work: Scheduler, store: Store, until: Until
) -> None:
    counted, failed = add(store, "count", total=2), add(store, "fail", error="ours")
    at_work.wake()
    until(lambda: not store.jobs.active())
    assert store.jobs.get(counted).result == {"counted": 2}
    assert store.jobs.get(failed).reason.startswith("The deck has no pictures")


def test_a_row_of_another_process_is_seen_without_being_told(
    at_work: Scheduler, store: Store, until: Until
) -> None:
    job = add(store, "count", total=1)
    until(lambda: store.jobs.get(job).state is JobState.DONE)


def test_a_job_that_cannot_be_followed_keeps_nobody_waiting(
    at_work: Scheduler, store: Store, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    broken = add(store, "light", total=1000)
    until(lambda: store.jobs.get(broken).progress.step > 0)
    with (store.database.path.parent / "jobs" / broken / "reports.jsonl").open("a") as file:
        file.write("no report at all\n")
    other = add(store, "light", total=1)
    until(lambda: store.jobs.get(other).state is JobState.DONE)
    met = [r for r in caplog.records if broken in r.getMessage()]
    assert len(met) == 1


def test_a_kind_of_a_newer_studio_waits_and_blocks_nobody(
    at_work: Scheduler, store: Store, until: Until
) -> None:
    strange = add(store, "video")
    job = add(store, "count", total=1)
    until(lambda: store.jobs.get(job).state is JobState.DONE)
    assert store.jobs.get(strange).state is JobState.WAITING


def test_a_job_that_cannot_be_started_fails_with_the_reason(
    store: Store, paths: Paths, until: Until
) -> None:
    class NoProcess(InProcess):
        def start(self, job, folder):
            raise PermissionError(13, "Permission denied", "python")

    with Scheduler(store.jobs, paths, KINDS, process=NoProcess(), warm=InProcess()):
        job = add(store, "count", total=1)
        until(lambda: store.jobs.get(job).state is JobState.FAILED)
    assert "could not be started (PermissionError" in store.jobs.get(job).reason


def test_with_its_own_jobs_it_leaves_the_others_waiting(
    make: Callable[..., Scheduler], store: Store, until: Until
) -> None:
    theirs, mine = add(store, "count", total=1), add(store, "count", total=1)
    with make(own={mine}):
        until(lambda: store.jobs.get(mine).state is JobState.DONE)
    assert store.jobs.get(theirs).state is JobState.WAITING


def test_a_row_that_says_running_without_a_process_is_not_believed(
    make: Callable[..., Scheduler], store: Store
) -> None:
    job = store.jobs.add(Job(kind="count", title="t", state=JobState.RUNNING, started=now()))
    held = store.jobs.add(Job(kind="count", title="t", state=JobState.PAUSED))
    with make(own=()):
        assert store.jobs.get(job.id).state is JobState.INTERRUPTED
        assert "switched off" in store.jobs.get(job.id).reason
        assert store.jobs.get(held.id).state is JobState.PAUSED


@pytest.mark.parametrize("kind", REAL_KINDS.values(), ids=REAL_KINDS.keys())
def test_every_kind_of_the_studio_names_a_function_that_exists(kind: Kind) -> None:
    """Read, not imported: some of these modules import torch."""
    module, _, function = kind.function.partition(":")
    spec = importlib.util.find_spec(module)
    assert spec is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
