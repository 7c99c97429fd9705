"""`studio extract`: comments to attributes, line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from studio.cli.main import main

GOOD = {"id": "a", "verdict": "liked", "comment": "nice colours but way too busy"}


@pytest.fixture
def extract(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """Write lines, run the command, return (status, document, stderr)."""

    def call(*lines: str, words: tuple[str, ...] = ()) -> tuple[int, Any, str]:
        file = tmp_path / "comments.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        code = main(["extract", str(file), *words, "--json"])
        out, err = capfd.readouterr()
        return code, json.loads(out), err

    return call


def test_every_comment_gets_its_attributes_in_order(extract):
    code, document, _ = extract(
        json.dumps(GOOD), "", json.dumps({**GOOD, "id": "b", "image": "p.png", "comment": ""})
    )
    assert code == 0
    assert [entry["id"] for entry in document] == ["a", "b"]
    assert [(a["label"], a["polarity"]) for a in document[0]["attributes"]] == [
        ("colours", "liked"),
        ("cluttered", "disliked"),
    ]
    assert set(document[0]["attributes"][0]) == {
        "phrase",
        "category",
        "label",
        "polarity",
        "weight",
    }
    assert document[1]["attributes"] == []


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[]",
        '{"id": "x"}',
        json.dumps({**GOOD, "verdict": "meh"}),
        json.dumps({**GOOD, "surprise": 1}),
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(extract, bad: str):
    code, document, err = extract(json.dumps(GOOD), bad, json.dumps({**GOOD, "id": "c"}))
    assert code == 1
    assert "line 2" in err
    assert [entry.get("id", entry.get("line")) for entry in document] == ["a", 2, "c"]
    assert document[2]["attributes"]


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["extract", str(tmp_path / "gone.jsonl"), "--json"]) == 1
    assert "gone.jsonl" in json.loads(capfd.readouterr().out)["error"]["message"]


def test_a_reader_that_lacks_something_says_how_to_get_it(extract):
    code, document, _ = extract(json.dumps(GOOD), words=("--backend", "local-llm"))
    assert code == 1
    assert "studio models pull llm" in document["error"]["message"]


def test_what_was_read_before_a_server_died_is_kept(extract, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STUDIO_OPENAI_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("STUDIO_OPENAI_MODEL", "m")
    silent = json.dumps({**GOOD, "id": "silent", "comment": " "})
    code, document, err = extract(silent, json.dumps(GOOD), words=("--backend", "openai"))
    assert code == 1
    assert document[0] == {"id": "silent", "attributes": []}
    assert "No server answers" in document[1]["error"]
    assert "reading stopped at a" in err
