"""A slow reader at work, as the Rate and Profile pages tell it."""

from pathlib import Path

import pytest

from pipelines.errors import ExtractionError
from studio.context import Studio
from studio.domain import Job, JobState, Progress, Verdict, now
from studio.errors import InvalidInput
from studio.jobs.kinds import KINDS, Resource
from studio.services.learn_job import check_memory
from studio.settings import save_settings
from studio.ui.components.chips import OfAttribute
from studio.ui.components.rater import OfRating, Removal
from studio.ui.components.reading import ReadingAsk
from studio.ui.pages.profile import Profiles
from studio.ui.pages.profile_board import cut
from studio.ui.pages.profile_versions import History
from studio.ui.pages.rate import Rate
from studio.ui.pages.reading import Reading

WORDS = ("flat", "thick outlines", "pastel", "simple", "white ground", "bold lines", "soft", "warm")


@pytest.fixture
def profile(studio: Studio) -> str:
    """Eight comments, read by the built-in reader."""
    profile = studio.profiles.create("My taste").id
    pictures = studio.decks.pictures("stickers")
    for picture, words in zip(pictures, WORDS, strict=False):
        studio.rating.rate(profile, picture.id, Verdict.LIKED, words)
    return profile


@pytest.fixture
def server(studio: Studio) -> None:
    """A server is chosen to read."""
    save_settings(studio.paths, {"extractor": "openai", "openai_model": "carver"})


def end(studio: Studio, job: Job, state: JobState, **fields: object) -> None:
    """What the scheduler would write."""
    studio.store.jobs.move(job.id, tuple(JobState), state, finished=now(), **fields)


def test_basic_reading_never_becomes_a_job(studio: Studio, profile: str) -> None:
    reading = Reading(studio)
    reading.after_comment(profile, 8)
    assert studio.jobs.active() == []
    with pytest.raises(InvalidInput, match="instant"):
        reading.read(ReadingAsk(profile=profile, do="again"))
    assert Profiles(studio).read_again(profile).startswith("Version 1:")
    assert Profiles(studio).read_again(profile) == "Nothing new. Version 1 stays."


@pytest.mark.usefixtures("server")
def test_eight_comments_start_one_reading_and_no_second(studio: Studio, profile: str) -> None:
    reading = Reading(studio)
    reading.after_comment(profile, 7)
    assert studio.jobs.active() == []
    for comments in (8, 9):
        reading.after_comment(profile, comments)
    (job,) = studio.jobs.active()
    assert job.title == "Reading the comments of My taste"
    assert KINDS[job.kind].resource is Resource.NETWORK  # the server computes
    state = reading.state(profile)
    assert state.active
    assert state.text.startswith("Reading 8 comments with the server. Until then")


def test_the_local_model_computes_here(studio: Studio, profile: str) -> None:
    assert KINDS[studio.profiles.learning(profile, "local-llm").kind].resource is Resource.COMPUTE


@pytest.mark.usefixtures("server")
def test_progress_and_result_are_told_where_it_was_started(studio: Studio, profile: str) -> None:
    reading = Reading(studio)
    job = reading.start(profile)
    progress = Progress(step=5, total=8, text="Reading 8 comments, 5 done.")
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING, progress=progress)
    state = reading.state(profile)
    assert (state.text, state.fraction) == ("Reading 8 comments, 5 done.", 5 / 8)
    version = studio.profiles.learn(profile, "openai")
    result = {"version": version.number, "note": "2 new, 1 changed"}
    end(studio, job, JobState.DONE, result=result)
    assert reading.state(profile).text == "Version 1: 2 new, 1 changed."
    studio.profiles.remove(profile, version.attributes[0].id)
    assert reading.state(profile).text == ""  # the next version is no work of the reader


@pytest.mark.usefixtures("server")
def test_a_failure_says_what_was_used_instead_and_is_not_repeated(
    studio: Studio, profile: str
) -> None:
    reading = Reading(studio)
    end(studio, reading.start(profile), JobState.FAILED, reason="No network.")
    state = reading.state(profile)
    assert state.bad
    assert state.text == "No network. Basic reading was used for 8 comments."
    reading.after_comment(profile, 12)
    assert studio.jobs.active() == []  # it would only fail again
    reading.read(ReadingAsk(profile=profile, do="again"))
    assert len(studio.jobs.active()) == 1
    reading.read(ReadingAsk(profile=profile, do="cancel"))
    assert reading.state(profile).text == "Stopped. Version 0 stays."


@pytest.mark.usefixtures("server")
def test_a_failed_reader_that_was_changed_is_no_longer_spoken_of(
    studio: Studio, profile: str
) -> None:
    reading = Reading(studio)
    end(studio, reading.start(profile), JobState.FAILED, reason="No network.")
    save_settings(studio.paths, {"extractor": "built-in"})
    assert reading.state(profile).text == ""


def test_a_model_that_does_not_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    huge = tmp_path / "huge.gguf"
    with huge.open("wb") as file:
        file.truncate(10**13)  # a sparse file: it takes no room
    with pytest.raises(ExtractionError, match=r"it needs 12000\.0 GB, .* GB is free"):
        check_memory(huge)
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    check_memory(tmp_path / "small.gguf")


def test_the_rating_behind_a_chip_opens_with_its_answer(studio: Studio, profile: str) -> None:
    page = Profiles(studio)
    page.learnt(profile)
    chip = next(c for c in page.board(profile).liked if "lines" in c.phrase)
    proofs = page.evidence(OfAttribute(profile=profile, attribute=chip.id))["evidence"]
    cards = [page.reopen(OfRating(rating=proof["rating"]))["card"] for proof in proofs]
    assert [card["comment"] for card in cards] == ["thick outlines", "bold lines"]
    assert {card["verdict"] for card in cards} == {"liked"}


def test_two_versions_are_compared_in_words(studio: Studio, profile: str) -> None:
    page = Profiles(studio)
    page.learnt(profile)
    studio.profiles.remove(profile, page.board(profile).liked[0].id)
    history = History(studio)
    said = history.compare(profile, 2, 1)
    assert said.startswith("From v1 to v2: −1. −")
    assert history.compare(profile, 1, 1) == "Between v1 and v1 nothing changed."
    assert history.compare(profile, None, 1) == ""
    assert history.back_to(profile, 1) == "Back to how it was. Version 3."
    assert [number for _, number in history.lines(profile)] == [3, 2, 1]
    assert history.compare(profile, 1, 3) == "Between v1 and v3 nothing changed."


@pytest.mark.parametrize(
    ("spans", "marked"), [([(0, 4)], ["bold"]), ([(0, 4), (2, 6), (9, 11)], ["bold l", "an"])]
)
def test_decisive_words_are_marked_and_no_letter_is_lost(
    spans: list[tuple[int, int]], marked: list[str]
) -> None:
    parts = cut("bold likeand so on", spans)
    assert "".join(words for words, _ in parts) == "bold likeand so on"
    assert [words for words, decisive in parts if decisive] == marked


def test_what_is_liked_and_disliked_is_one_chip_with_its_tally(
    studio: Studio, profile: str
) -> None:
    page = Rate(studio)
    for number, (verdict, words) in enumerate(
        (
            (Verdict.LIKED, "love the neon colours"),
            (Verdict.LIKED, "neon colours, great"),
            (Verdict.DISLIKED, "neon colours again, horrible"),
        )
    ):
        picture = studio.decks.pictures("stickers")[20 + number]
        studio.rating.rate(profile, picture.id, verdict, words)
    (split,) = [a for a in page.hearing.heard(profile).attributes if "neon" in a.phrase]
    assert (split.split, split.tally) == (True, "+2 −1")
    left = page.remove(Removal(profile=profile, attribute=split.id))["heard"]["attributes"]
    assert [a for a in left if "neon" in a["phrase"]] == []
