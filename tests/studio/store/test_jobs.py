"""Rows of jobs: states change in one step, from states that allow it."""

import threading

import pytest

from studio.domain import Job, JobState, Progress
from studio.errors import NotFound
from studio.store import Store


def add(store: Store, title: str = "Counting", **values) -> Job:
    return store.jobs.add(Job(kind="count", title=title, **values))


def test_a_job_comes_back_as_it_was_stored(store: Store) -> None:
    job = add(store, params={"total": 5, "prompt": "ä"}, profile_id="p")
    assert store.jobs.get(job.id) == job
    with pytest.raises(NotFound):
        store.jobs.get("unknown")


def test_lists_are_newest_first_and_the_queue_oldest_first(store: Store) -> None:
    a, b, c = add(store, "a"), add(store, "b"), add(store, "c")
    store.jobs.move(b.id, (JobState.WAITING,), JobState.DONE)
    assert [job.title for job in store.jobs.all()] == ["c", "b", "a"]
    assert [job.title for job in store.jobs.all([JobState.DONE])] == ["b"]
    assert store.jobs.all(kind="other") == []
    assert store.jobs.active() == [a, c]


def test_a_state_changes_only_from_one_that_allows_it(store: Store) -> None:
    job = add(store)
    running = store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING, started=1.0)
    assert running is not None
    assert (running.state, running.started) == (JobState.RUNNING, 1.0)
    assert store.jobs.move(job.id, (JobState.WAITING,), JobState.CANCELLED) is None
    assert store.jobs.get(job.id) == running


def test_of_many_who_take_a_job_one_gets_it(store: Store) -> None:
    job = add(store)
    taken: list[Job | None] = []
    barrier = threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        taken.append(store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 8
    assert sum(result is not None for result in taken) == 1


def test_a_poll_sees_what_changed(store: Store) -> None:
    old, job = add(store, "old"), add(store, "job")
    reported = store.jobs.report(job.id, Progress(step=1, total=2), heartbeat=5.0)
    assert reported.progress.step == 1
    assert reported.changed > job.changed
    assert store.jobs.changed_since(reported.changed) == [reported]
    assert store.jobs.changed_since(old.changed) == [reported, old]


def test_a_forgotten_job_is_gone(store: Store) -> None:
    job = add(store)
    store.jobs.delete(job.id)
    assert store.jobs.all() == []
