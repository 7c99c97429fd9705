"""What is told of the disk: every folder that grows, also while files come and go."""

import os
from pathlib import Path

import pytest

from studio.paths import Paths
from studio.services import storage
from studio.services.storage import disk_use, size_of


def test_subjects_have_their_line(paths: Paths) -> None:
    photo = paths.subjects / "momo" / "photos" / "1.png"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(bytes(300))
    assert disk_use(paths)["subjects"] == 300


def test_files_that_vanish_while_we_look_count_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").write_bytes(bytes(20))
    listed = [*os.walk(tmp_path), (str(tmp_path), [], ["gone"])]
    monkeypatch.setattr(storage.os, "walk", lambda _path: listed)
    assert size_of(tmp_path) == 20
