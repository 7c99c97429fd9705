"""The data folder of a test, its database, and its decks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.paths import Paths
from studio.services.decks import DeckService
from studio.store import Store, open_store


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
