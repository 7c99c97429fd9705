"""`studio backup` and `studio restore`."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.cli.main import main


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return call


def test_what_is_saved_on_one_machine_is_brought_back_on_another(
    studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio("profile", "create", "Anna")
    saved = studio("backup", str(tmp_path / "studio.zip"))
    assert saved["bytes"] == (tmp_path / "studio.zip").stat().st_size
    assert saved["file"] == str(tmp_path / "studio.zip")

    monkeypatch.setenv("STUDIO_HOME", str(tmp_path / "other"))
    restored = studio("restore", str(tmp_path / "studio.zip"))
    assert restored["home"] == str(tmp_path / "other")
    assert studio("profile", "show", "Anna")["name"] == "Anna"


def test_what_is_there_is_not_lost_without_asking(studio, tmp_path: Path) -> None:
    studio("profile", "create", "Anna")
    studio("backup", str(tmp_path / "studio.zip"))
    studio("profile", "create", "Bert")
    assert (
        "--replace" in studio("restore", str(tmp_path / "studio.zip"), code=1)["error"]["message"]
    )
    studio("restore", str(tmp_path / "studio.zip"), "--replace")
    assert studio("profile", "show", "Bert", code=1)["error"]["type"] == "NotFound"


def test_a_backup_never_overwrites_a_file(studio, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    error = studio("backup", str(tmp_path / "thesis.txt"), code=1)["error"]
    assert error["type"] == "AlreadyExists"
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
