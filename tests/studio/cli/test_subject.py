"""`studio subject` from photos to a check, in JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.cli.main import main
from tests import photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    place.mkdir()
    for number, photo in enumerate(photographs.good_set("fox-openmoji", 4, seed=1), 1):
        photo.save(place / f"{number}.png")
    (place / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return place


def studio(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_from_photos_to_a_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = studio(capsys, "subject", "create", "Momo", "--class", "fox", "--photos", str(folder))
    assert len(made["subject"]["photos"]) == 4
    assert len(made["refused"]) == 1
    assert "broken.jpg" in made["refused"][0]
    checked = studio(capsys, "subject", "check", "Momo")
    assert checked["side"] == 128
    assert 0 < checked["score"] < 100
    assert sum(checked["parts"].values()) == pytest.approx(checked["score"], abs=1)
    assert checked["advice"][0]["kind"] == "few"
    applied = studio(capsys, "subject", "check", "momo", "--apply-crops")
    assert applied["crops"] == {}
    changed = studio(capsys, "subject", "photo", "Momo", "2", "--caption", "Momo runs")
    assert changed["subject"]["photos"][1]["caption"] == "Momo runs"
    assert [one["name"] for one in studio(capsys, "subject", "list")["subjects"]] == ["Momo"]
    studio(capsys, "subject", "rename", "Momo", "Fuchs")
    studio(capsys, "subject", "delete", "Fuchs", code=2)
    assert studio(capsys, "subject", "delete", "Fuchs", "--yes")["gone"] == "4 photos, 0 snapshots."


def test_no_subject_is_made_of_no_photos(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = str(folder / "broken.jpg")
    words = ("subject", "create", "Momo", "--class", "fox", "--photos")
    assert "is no picture" in studio(capsys, *words, broken, code=1)["error"]["message"]
    assert "is not there" in studio(capsys, *words, "/no/photos", code=1)["error"]["message"]
    assert studio(capsys, "subject", "list")["subjects"] == []


def test_a_creation_that_fails_half_way_leaves_no_subject(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.services.subjects.MOST", 3)
    words = ("subject", "create", "Momo", "--class", "fox", "--photos", str(folder))
    assert "too many" in studio(capsys, *words, code=1)["error"]["message"]
    assert studio(capsys, "subject", "list")["subjects"] == []


def test_a_crop_that_is_no_crop_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studio(capsys, "subject", "create", "Momo", "--class", "fox", "--photos", str(folder))
    photo = ("subject", "photo", "Momo", "1", "--crop")
    assert "no crop" in studio(capsys, *photo, "1,2,3", code=2)["error"]["message"]
    assert "no crop" in studio(capsys, *photo, "0,0,9999,9999", code=1)["error"]["message"]
    assert studio(capsys, *photo, "0,0,300,300")["subject"]["photos"][0]["crop"] == [0, 0, 300, 300]
    assert studio(capsys, *photo, "none")["subject"]["photos"][0]["crop"] is None
