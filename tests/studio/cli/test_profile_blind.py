"""`studio profile test`: pairs without their secret, one letter an answer, and the result."""

import json
from typing import Any

import pytest

from studio.cli.main import main
from studio.context import Studio, build_studio
from studio.domain import BlindPair, Pick, Picture, PictureKind, Polarity
from studio.services.jobs import JobService


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]):
    """Run a command and return its document."""

    def call(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return call


def draw(studio: Studio, test_id: str) -> list[BlindPair]:
    """Pictures for all pairs, as the job would store them."""
    pairs = studio.blind_tests.pairs(test_id)
    for pair in pairs:
        file = {"sha256": "0", "width": 8, "height": 8}
        sides = [Picture(kind=PictureKind.TEST, path=f"{pair.number}{n}", **file) for n in range(2)]
        studio.store.blind_tests.draw(pair, *sides)
    return pairs


@pytest.fixture
def letters() -> str:
    """A test of four pairs, drawn as its job would; the letters of the personalized pictures."""
    with build_studio() as studio:
        profile = studio.profiles.create("me")
        studio.profiles.add(profile.id, "thick black outlines", Polarity.LIKED)
        test = studio.blind_tests.begin("me", pairs=4)
        pairs = draw(studio, test.id)
        return "".join("1" if pair.personal is Pick.LEFT else "2" for pair in pairs)


def test_pairs_are_listed_and_their_sides_are_not(command, letters: str) -> None:
    document = command("profile", "test", "me")
    assert [pair["number"] for pair in document["pairs"]] == [1, 2, 3, 4]
    assert set(document["pairs"][0]) == {"number", "prompt", "first", "second"}
    assert document["result"] is None
    assert "personal" not in json.dumps(document)


def test_answers_are_taken_bit_by_bit_and_end_in_a_sentence(command, letters: str) -> None:
    waiting = command("profile", "test", "me", "--answers", letters[:2])
    assert [pair["number"] for pair in waiting["pairs"]] == [3, 4]
    done = command("profile", "test", "me", "--answers", letters[2] + "=")
    assert (done["result"]["personal"], done["result"]["undecided"]) == (3, 1)
    assert done["sentence"].startswith("You chose the personalized picture in 3 of 3 pairs (100 %")
    command("profile", "strength", "me", "0.9")
    stale = command("profile", "test", "me")
    assert stale["sentence"].endswith(
        "Tested for v1 at strength 0.5 with Sticker 128; this is v1 at strength 0.9 "
        "with Sticker 128."
    )


@pytest.mark.parametrize("answers", ["12121", "3", "left"])
def test_answers_that_fit_no_pair_are_wrong_usage(command, letters: str, answers: str) -> None:
    document = command("profile", "test", "me", "--answers", answers, code=2)
    assert "up to 4 of the letters 1, 2 and =" in document["error"]["message"]


@pytest.mark.parametrize("words", [("--strength", "0.9"), ("--pairs", "6")])
def test_a_test_that_was_begun_keeps_its_strength_and_pairs(
    command, letters: str, words: tuple[str, str]
) -> None:
    document = command("profile", "test", "me", *words, code=2)
    assert "Add --new" in document["error"]["message"]


def test_a_test_that_is_being_drawn_gets_no_second_job(
    command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build_studio() as studio:
        profile = studio.profiles.create("me")
        studio.profiles.add(profile.id, "thick black outlines", Polarity.LIKED)
        test = studio.blind_tests.begin("me", pairs=2)
        begun = studio.jobs.submit(studio.blind_tests.drawing(test))
        waited = []

        def wait(_jobs: JobService, job_id: str, _progress: object) -> None:
            waited.append(job_id)
            draw(studio, test.id)

        monkeypatch.setattr(JobService, "wait", wait)
        assert len(command("profile", "test", "me")["pairs"]) == 2
        assert waited == [begun.id]
        assert [job.id for job in studio.jobs.all()] == [begun.id]
