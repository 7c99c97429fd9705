"""`studio pairs`: what to ask, choices in, what they say."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.cli.main import main


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    call("profile", "create", "me")
    return call


def test_a_pair_is_asked_chosen_shown_and_taken_back(studio) -> None:
    (pair,) = studio("pairs", "next", "me")["pairs"]
    left, right = pair["left"], pair["right"]
    assert Path(left["path"]).is_file()
    words = ("pairs", "choose", "me", left["id"], right["id"], "left", "--token", "once")
    first = studio(*words)
    assert studio(*words)["id"] == first["id"]
    assert [first["left_id"], first["right_id"], first["pick"]] == [left["id"], right["id"], "left"]
    said = studio("pairs", "show", "me")
    assert (said["counted"], said["of"], said["interval"]) == (1, 0, None)
    assert said["explanation"]
    assert studio("pairs", "next", "me")["pairs"][0] != pair
    assert studio("pairs", "undo", "me")["taken_back"]["id"] == first["id"]
    assert studio("pairs", "undo", "me")["taken_back"] is None
    assert studio("pairs", "show", "me")["counted"] == 0


def test_a_picture_that_is_not_there_cannot_be_chosen(studio) -> None:
    error = studio("pairs", "choose", "me", "nowhere", "neither", "right", code=1)["error"]
    assert error["type"] == "NotFound"
    assert "nowhere" in error["message"]


def test_bad_lines_of_a_file_are_named_and_the_good_ones_stored(studio, tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{colour}.png")
    file = tmp_path / "pairs.jsonl"
    good = json.dumps({"prompt": "a square", "winner": "red.png", "loser": "blue.png"})
    file.write_text(f"{good}\n[]\n", encoding="utf-8")
    done = studio("pairs", "import", "me", str(file))
    assert done["imported"] == 1
    assert [line["line"] for line in done["left_out"]] == [2]
