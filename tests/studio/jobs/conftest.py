"""A data folder with an open store, and jobs of the kinds in `work`."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.paths import Paths
from studio.services.jobs import JobService
from studio.store import Store, open_store
from tests.studio.jobs.work import KINDS


@pytest.fixture
def paths(studio_home: Path) -> Paths:
    """The data folder of this test."""
    return Paths(studio_home).make()


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    """Its database."""
    with open_store(paths.database, paths.backups) as opened:
        yield opened


@pytest.fixture
def jobs(store: Store, paths: Paths) -> Iterator[JobService]:
    """Jobs that nobody does unless somebody waits for them."""
    service = JobService(store.jobs, paths, KINDS)
    yield service
    service.close()


@pytest.fixture
def served(jobs: JobService) -> JobService:
    """Jobs that are done as soon as they can be, in processes of their own."""
    jobs.serve()
    return jobs


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so, for a generous while."""

    def wait(condition: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.02)

    return wait
