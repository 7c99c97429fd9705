"""The blind test on the Profile page: every state, and nothing that tells the sides."""

import json
from pathlib import Path

import pytest

from studio.context import Studio
from studio.domain import BlindPair, Job, JobState, Pick, Picture, PictureKind, Polarity, Progress
from studio.domain import now as time_now
from studio.errors import InvalidInput
from studio.ui.components.blind import BlindAct, BlindPick, OfTest
from studio.ui.pages.profile_blind import BlindTests


@pytest.fixture
def profile(studio: Studio) -> str:
    profile = studio.profiles.create("My taste").id
    studio.profiles.add(profile, "thick black outlines", Polarity.LIKED)
    return profile


def draw(studio: Studio, profile: str) -> list[BlindPair]:
    """Pictures for all pairs of the newest test, as its job would store them."""
    test = studio.blind_tests.latest(profile)
    assert test is not None
    for pair in studio.blind_tests.pairs(test.id):
        if not pair.is_drawn:
            file = {"path": "tests/x.png", "sha256": "0", "width": 8, "height": 8}
            sides = [Picture(kind=PictureKind.TEST, **file) for _ in range(2)]
            studio.store.blind_tests.draw(pair, *sides)
    return studio.blind_tests.pairs(test.id)


def choose(page: BlindTests, profile: str, pair: BlindPair, choice: Pick) -> dict:
    pick = BlindPick(
        profile=profile,
        test=pair.test_id,
        pair=pair.number,
        choice=choice,
        client_id=f"{pair.test_id}-{pair.number}",
    )
    return page.answer(pick)["desk"]


def end(studio: Studio, job: Job, state: JobState, reason: str = "") -> None:
    """What the scheduler would write."""
    studio.store.jobs.move(job.id, tuple(JobState), state, finished=time_now(), reason=reason)


def test_an_empty_profile_has_nothing_to_test(studio: Studio) -> None:
    page = BlindTests(studio)
    empty = studio.profiles.create("Empty").id
    assert page.desk(None).buttons == ()
    assert page.desk(empty).buttons == ()
    with pytest.raises(InvalidInput, match="no attributes"):
        page.act(BlindAct(profile=empty, do="begin"))


def test_beginning_makes_one_job_whose_progress_is_shown(studio: Studio, profile: str) -> None:
    page = BlindTests(studio)
    desk = page.desk(profile)
    assert desk.text == "Not tested yet for version 1."
    assert desk.buttons[0].label.startswith("Take the blind test, 12 pairs, about ")
    page.act(BlindAct(profile=profile, do="begin"))
    (job,) = studio.jobs.active()
    assert job.title == "Blind test of “My taste”"
    progress = Progress(step=3, total=12, text="Preparing pair 4 of 12.", seconds_left=90)
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING, progress=progress)
    desk = page.desk(profile)
    assert (desk.state, desk.fraction) == ("preparing", 0.25)
    assert desk.text.startswith("Preparing pair 4 of 12. About 2 min left.")
    assert desk.pairs == ()


def test_stopped_drawing_goes_on_with_the_same_test(studio: Studio, profile: str) -> None:
    page = BlindTests(studio)
    test = page.act(BlindAct(profile=profile, do="begin"))["desk"]["test"]
    page.act(BlindAct(profile=profile, do="cancel"))
    desk = page.desk(profile)
    assert (desk.state, desk.bad, desk.buttons[0].label) == ("stopped", False, "Go on")
    page.act(BlindAct(profile=profile, do="draw"))
    (job,) = studio.jobs.active()
    assert job.params == {"test": test}
    end(studio, job, JobState.FAILED, "The disk is full.")
    desk = page.desk(profile)
    assert (desk.text, desk.bad, desk.buttons[0].label) == ("The disk is full.", True, "Try again")


def test_pairs_to_answer_do_not_tell_their_sides(studio: Studio, profile: str) -> None:
    page = BlindTests(studio)
    page.act(BlindAct(profile=profile, do="begin"))
    pairs = draw(studio, profile)
    desk = page.desk(profile)
    assert desk.text.startswith("You will see 12 pairs. One of each uses your profile.")
    sent = json.loads(desk.model_dump_json())
    assert {key for each in sent["pairs"] for key in each} == {
        *("number", "prompt", "left", "right", "answered")
    }
    assert len({pair.left for pair in pairs} | {pair.right for pair in pairs}) == 24
    sides = [pair.personal for pair in pairs]
    assert sides.count(Pick.LEFT) == sides.count(Pick.RIGHT) == 6
    assert str(Path(studio.paths.home)) not in desk.model_dump_json()
    assert "personal" not in desk.model_dump_json().replace("personalized", "")


def test_the_last_answer_brings_the_result_and_a_change_makes_it_old(
    studio: Studio, profile: str
) -> None:
    page = BlindTests(studio)
    page.act(BlindAct(profile=profile, do="begin"))
    pairs = draw(studio, profile)
    for pair in pairs:
        desk = choose(page, profile, pair, pair.personal)
    assert desk["state"] == "done"
    assert desk["pairs"] == []
    assert "in 12 of 12 pairs (100 %, likely between 76 % and 100 %)" in desk["text"]
    assert desk["text"].endswith("It works for you, at strength 0.5 with Sticker 128.")
    assert desk["caption"] == "Tested: v1 at strength 0.5 with Sticker 128."
    assert desk["buttons"] == []
    studio.profiles.add(profile, "flat colours", Polarity.LIKED)
    desk = page.desk(profile)
    assert desk.caption == "Tested for v1; this is v2."
    assert [button.do for button in desk.buttons] == ["begin"]


def test_luck_may_be_looked_at_again_once(studio: Studio, profile: str) -> None:
    page = BlindTests(studio)
    page.act(BlindAct(profile=profile, do="begin"))
    for pair in draw(studio, profile):
        desk = choose(page, profile, pair, Pick.LEFT)  # half of them: sides are balanced
    assert [button["label"] for button in desk["buttons"]] == ["Take 12 more"]
    page.act(BlindAct(profile=profile, do="more"))
    pairs = draw(studio, profile)
    assert len(pairs) == 24
    assert sum(each.answered for each in page.desk(profile).pairs) == 12
    for pair in pairs[12:]:
        desk = choose(page, profile, pair, Pick.LEFT)
    assert "looking twice makes luck look like skill" in desk["text"]
    assert desk["buttons"] == []


def test_a_choice_is_taken_back_before_the_end(studio: Studio, profile: str) -> None:
    page = BlindTests(studio)
    page.act(BlindAct(profile=profile, do="begin"))
    first, *_ = draw(studio, profile)
    choose(page, profile, first, Pick.NEITHER)
    desk = page.undo(OfTest(profile=profile, test=first.test_id))["desk"]
    assert not any(each["answered"] for each in desk["pairs"])
