"""Jobs that are done, and waiting for what they do."""

import time
from collections.abc import Callable

import pytest

from studio.services.jobs import JobService


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
