"""A studio for the handlers of the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.context import Studio, build_studio
from studio.paths import Paths


@pytest.fixture
def studio(studio_home: Path) -> Iterator[Studio]:
    """A studio that nobody serves: jobs wait."""
    with build_studio(Paths(studio_home)) as opened:
        yield opened
