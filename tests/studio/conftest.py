"""The data folder of a test, its database, its decks, and its jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.paths import Paths
from studio.services.decks import DeckService
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
def decks(paths: Paths, store: Store) -> DeckService:
    """Its decks, the bundled one among them."""
    return DeckService(paths, store)


@pytest.fixture
def jobs(store: Store, paths: Paths) -> Iterator[JobService]:
    """Jobs that nobody does unless somebody waits for them."""
    service = JobService(store.jobs, paths, KINDS)
    yield service
    service.close()
