"""An empty database of today."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.domain import Profile
from studio.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store in a folder of its own."""
    with open_store(tmp_path / "data" / "studio.db", tmp_path / "data" / "backups") as opened:
        yield opened


@pytest.fixture
def anna(store: Store) -> Profile:
    """A profile."""
    return store.profiles.add(Profile(name="Anna"))
