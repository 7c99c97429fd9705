"""`studio profile`: the documents that others build on, and every verb on real data."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.models.cards import assets_dir
from studio.cli.main import main

EXAMPLES = str(assets_dir() / "examples" / "comments.jsonl")


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return call


@pytest.fixture
def taught(studio) -> Any:
    """A profile that has read the bundled examples."""
    studio("profile", "create", "me")
    studio("rate", "import", "me", EXAMPLES)
    studio("profile", "learn", "me")
    return studio


def phrases(document: dict, side: str) -> list[str]:
    return [attribute["label"] or attribute["phrase"] for attribute in document[side]]


def test_what_others_read_of_a_profile(taught) -> None:
    shown = taught("profile", "show", "me")
    assert shown["name"] == "me"
    assert shown["version"] == 1
    assert shown["backend"] == "built-in"
    assert shown["counts"]["ratings"] == 14
    heaviest = shown["liked"][0]
    assert heaviest.keys() >= {"phrase", "category", "label", "weight", "evidence"}
    assert heaviest["label"] == "thick outlines"
    assert heaviest["comments"] >= 4
    evidence = heaviest["evidence"][0]
    assert evidence["words"] in evidence["comment"]
    assert Path(evidence["picture"]["path"]).is_file()
    assert {"cute", "flat design", "vivid colours"} <= set(phrases(shown, "liked"))
    assert {"3d render", "glossy surfaces", "muted colours"} <= set(phrases(shown, "disliked"))
    assert shown["contradictions"] == []


def test_learning_twice_changes_nothing(taught) -> None:
    assert taught("profile", "learn", "me")["version"] == 1


def test_corrections_and_going_back(taught) -> None:
    before = taught("profile", "show", "me")
    taught("profile", "edit", "me", "cute", "--weight", "0.1")
    taught("profile", "turn", "me", "glossy surfaces")
    taught("profile", "remove", "me", "muted colours")
    taught("profile", "restore", "me", "muted colours")
    after = taught("profile", "add", "me", "lots of confetti", "--dislike", "--category", "detail")
    assert after["version"] == 6
    assert "glossy surfaces" in phrases(after, "liked")
    assert "lots of confetti" in phrases(after, "disliked")
    weights = {a["label"]: a["weight"] for a in after["liked"]}
    assert weights["cute"] == 0.1
    found = taught("profile", "compare", "me", "1", "6")
    assert found["summary"] == "+2, −1, 1 changed"
    again = taught("profile", "go-back", "me", "1")
    assert again["version"] == 7
    for side in ("liked", "disliked"):
        assert again[side] == before[side]
    notes = [version["note"] for version in taught("profile", "versions", "me")["versions"]]
    assert notes[0] == "back to version 1"
    assert len(notes) == 7


def test_contradictions_are_settled_by_name(studio, tmp_path: Path) -> None:
    studio("profile", "create", "me")
    fox, fish = sorted((assets_dir() / "decks" / "stickers").glob("*.webp"))[:2]
    studio("rate", "add", "me", str(fox), "--like", "--comment", "love the neon colours")
    studio("rate", "add", "me", str(fish), "--dislike", "--comment", "hate the neon colours")
    (found,) = studio("profile", "learn", "me")["contradictions"]
    assert found["sentence"].startswith("You like neon colours once (fox) and dislike it once (")
    shown = studio("profile", "resolve", "me", "neon colours", "--keep", "like")
    assert shown["contradictions"] == []
    assert phrases(shown, "liked") == ["neon colours"]


def test_names_copies_and_strength(taught) -> None:
    assert taught("profile", "rename", "me", "I")["name"] == "I"
    taught("profile", "duplicate", "I", "You")
    assert [p["name"] for p in taught("profile", "list")["profiles"]] == ["I", "You"]
    assert phrases(taught("profile", "show", "You"), "liked")
    assert taught("profile", "strength", "You", "0.8")["strength"] == 0.8
    error = taught("profile", "show", "me", code=1)
    assert "I, You" in error["error"]["message"]


def test_a_blend_can_be_looked_at_first(taught) -> None:
    taught("profile", "create", "other: two")
    taught("profile", "add", "other: two", "muted colours", "--like")
    parts = ("me:3", "other: two")
    looked = taught("profile", "blend", "both", *parts, "--look")
    assert len(looked["contradictions"]) == 1
    assert [p["name"] for p in taught("profile", "list")["profiles"]] == ["me", "other: two"]
    made = taught("profile", "blend", "both", *parts)
    assert [share for _, share in made["parents"]] == [3.0, 1.0]
    assert len(made["liked"]) + len(made["disliked"]) == len(looked["attributes"])


def test_a_profile_travels_as_one_file(taught, tmp_path: Path) -> None:
    file = str(tmp_path / "me.taste")
    contents = taught("profile", "export", "me", file)["contents"]
    assert (contents["ratings"], contents["pictures_inside"]) == (14, 0)
    assert taught("profile", "import", file, "--look")["contents"] == contents
    assert "already a profile" in taught("profile", "import", file, code=1)["error"]["message"]
    taught("profile", "import", file, "--name", "again")
    assert phrases(taught("profile", "show", "again"), "liked") == phrases(
        taught("profile", "show", "me"), "liked"
    )


def test_deleting_for_good_asks_first(taught) -> None:
    refused = taught("profile", "delete", "me", code=2)
    assert "14 ratings, 1 version" in refused["error"]["message"]
    assert taught("profile", "delete", "me", "--yes")["ratings"] == 14
    assert taught("profile", "list")["profiles"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nobody"), 1),
        (("create", ""), 1),
        (("add", "me", "x"), 2),
        (("edit", "me", "x"), 2),
        (("dance",), 2),
    ],
)
def test_what_cannot_be_done_is_said(studio, words: tuple[str, ...], code: int) -> None:
    studio("profile", "create", "me")
    assert studio("profile", *words, code=code)["error"]["message"]


def test_a_person_reads_signs_dots_and_words(taught, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "show", "me"]) == 0
    text = capfd.readouterr().out
    assert "me, version 1, from 14 ratings" in text
    assert "+ dark outline ••••" in text
    assert "(left out of pictures)" in text
