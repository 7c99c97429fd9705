"""`studio deck`: list, show, and make one with a model."""

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


def test_the_sticker_deck_is_there(studio) -> None:
    (line,) = studio("deck", "list")["decks"]
    assert (line["name"], line["count"], line["unrated"]) == ("stickers", 60, None)
    shown = studio("deck", "show", "stickers")
    assert len(shown["pictures"]) == 60
    assert all(Path(picture["path"]).is_file() for picture in shown["pictures"])


def test_what_a_profile_has_not_rated_is_counted(studio) -> None:
    studio("profile", "create", "me")
    first = studio("deck", "show", "stickers")["pictures"][0]["path"]
    studio("rate", "add", "me", first, "--like")
    (line,) = studio("deck", "list", "--profile", "me")["decks"]
    assert line["unrated"] == 59


@pytest.mark.parametrize(
    "words",
    [
        ("show", "nothing"),
        ("build", "stickers"),
        ("build", "My Deck"),
        ("build", "own"),
        ("build", "../x"),
        ("build", "mine", "-n", "0"),
        ("build", "mine", "--model", "nothing"),
        ("build", "mine", "--prompts", "gone.txt"),
    ],
)
def test_what_cannot_be_done_is_said(studio, words: tuple[str, ...]) -> None:
    assert studio("deck", *words, code=1)["error"]["message"]
