"""`studio rate`: answers in from files and one by one."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.models.cards import assets_dir
from studio.cli.main import main

EXAMPLES = assets_dir() / "examples" / "comments.jsonl"


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    studio_call = call
    studio_call("profile", "create", "me")
    return studio_call


def test_the_bundled_examples_are_of_one_taste(studio) -> None:
    lines = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]
    assert {line["verdict"] for line in lines} == {"liked", "disliked"}
    done = studio("rate", "import", "me", str(EXAMPLES))
    assert done["imported"] == len(lines) >= 12
    kinds = {r["picture"]["kind"] for r in studio("rate", "list", "me")["ratings"]}
    assert kinds == {"deck"}  # they are recognized, not copied
    assert studio("profile", "learn", "me")["contradictions"] == []


def test_bad_lines_are_named_and_can_be_left_out(studio, tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "a.png")
    file = tmp_path / "r.jsonl"
    file.write_text('{"image": "a.png", "verdict": "liked"}\nnonsense\n', "utf-8")
    refused = studio("rate", "import", "me", str(file), code=1)
    assert "line 2" in refused["error"]["message"]
    assert studio("rate", "list", "me")["ratings"] == []
    done = studio("rate", "import", "me", str(file), "--keep-good")
    assert (done["imported"], [p["line"] for p in done["left_out"]]) == (1, [2])
    assert studio("rate", "import", "me", str(file), "--keep-good")["unchanged"] == 1


def test_one_answer_and_back(studio, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "a.png")
    image = str(tmp_path / "a.png")
    given = studio("rate", "add", "me", image, "--dislike", "--comment", "too glossy")
    assert (given["verdict"], given["comment"]) == ("disliked", "too glossy")
    assert studio("rate", "undo", "me")["taken_back"]["id"] == given["id"]
    assert studio("rate", "undo", "me")["taken_back"] is None
    assert main(["rate", "add", "me", image, "--like", "--comment", "nice"]) == 0
    assert "“nice” says that, not why" in capfd.readouterr().out
