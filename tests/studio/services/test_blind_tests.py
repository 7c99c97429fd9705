"""Blind tests as a service: what is fixed beforehand, real pictures from a real job, answers."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.context import Studio, build_studio
from studio.domain import Pick, Picture, PictureKind, Polarity, Progress, Verdict
from studio.errors import AlreadyExists, Busy, InvalidInput, NotFound
from studio.jobs.context import JobContext
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.services.blind_job import FOLDER, keep
from studio.services.blind_plan import PAIRS, bundled_prompts, plan, unseen
from studio.services.blind_result import Finding
from studio.services.blind_tests import BlindTestService


@pytest.fixture
def studio(studio_home: Path) -> Iterator[Studio]:
    with build_studio(Paths(studio_home)) as opened:
        profile = opened.profiles.create("me")
        opened.profiles.add(profile.id, "thick black outlines", Polarity.LIKED)
        yield opened


@pytest.fixture
def tests(studio: Studio) -> BlindTestService:
    """The service, with chance that can be repeated."""
    rng = random.Random(5)
    return BlindTestService(studio.store, studio.models, studio.generation, rng=lambda: rng)


def drawn(studio: Studio, test_id: str) -> None:
    """Pictures for all pairs, as the job would store them."""
    for pair in studio.store.blind_tests.pairs(test_id):
        if not pair.is_drawn:
            name = f"{test_id}-{pair.number}"
            sides = [
                Picture(kind=PictureKind.TEST, path=f"{name}{n}", sha256="0", width=8, height=8)
                for n in range(2)
            ]
            studio.store.blind_tests.draw(pair, *sides)


def answer_all(tests: BlindTestService, test_id: str, chosen: str) -> None:
    """Answer open pairs: p the personalized picture, x the other, = can't tell."""
    done = tests.answers(test_id)
    open_ = [pair for pair in tests.pairs(test_id) if pair.number not in done]
    for pair, letter in zip(open_, chosen, strict=True):
        other = Pick.LEFT if pair.personal is Pick.RIGHT else Pick.RIGHT
        choice = {"p": pair.personal, "x": other, "=": Pick.NEITHER}[letter]
        tests.answer(test_id, pair.number, choice)


# -------------------------------------------------------------------- beforehand


def test_sides_are_mixed_evenly_and_prompts_come_once() -> None:
    for seed in range(20):
        pairs = plan("t", bundled_prompts(), random.Random(seed))
        assert [pair.number for pair in pairs] == list(range(1, PAIRS + 1))
        assert sum(pair.personal is Pick.LEFT for pair in pairs) == PAIRS // 2
        assert len({pair.prompt for pair in pairs}) == PAIRS
        assert len({pair.seed for pair in pairs}) == PAIRS


def test_prompts_that_were_rated_are_never_drawn_and_tested_ones_come_last() -> None:
    prompts = ["a snail", "a teapot", "an owl", "a drum"]
    rated = {"a teapot, thick outlines, white background", "an owl's nest"}
    assert unseen(prompts, rated, ["a snail"]) == ["a drum", "a snail"]
    assert unseen(prompts, {"a snailfish"}, []) == prompts  # another word


def test_a_test_knows_version_strength_and_model_and_goes_stale(
    studio: Studio, tests: BlindTestService
) -> None:
    test = tests.begin("me")
    assert (test.profile_version, test.strength, test.model_id) == (1, 0.5, "sticker-128")
    assert tests.bound(test) == tests.bound_now(test.profile_id)
    studio.profiles.set_strength("me", 0.7)
    assert tests.bound(test) != tests.bound_now(test.profile_id)


def test_a_test_of_a_model_that_was_removed_since_names_it_by_its_id(
    studio: Studio, tests: BlindTestService
) -> None:
    test = tests.begin("me").model_copy(update={"model_id": "removed-model"})
    assert tests.bound(test).model == "removed-model"


def test_what_would_change_nothing_cannot_be_tested(
    studio: Studio, tests: BlindTestService
) -> None:
    studio.profiles.create("empty")
    with pytest.raises(InvalidInput, match="no attributes"):
        tests.begin("empty")
    with pytest.raises(InvalidInput, match="strength 0"):
        tests.begin("me", 0.0)
    with pytest.raises(InvalidInput, match="1 to 12"):
        tests.begin("me", pairs=13)


def test_two_tests_share_no_prompt_while_there_are_others(
    studio: Studio, tests: BlindTestService
) -> None:
    fox = studio.decks.pictures("stickers")[0]
    studio.rating.rate(studio.profiles.find("me").id, fox.id, Verdict.LIKED)
    first, second = ({p.prompt for p in tests.pairs(tests.begin("me").id)} for _ in range(2))
    assert first & second == set()


def test_fewer_prompts_than_pairs_are_refused() -> None:
    with pytest.raises(InvalidInput, match="2 are left"):
        plan("t", ["a snail", "a drum"], random.Random(0), n=3)


# ------------------------------------------------------------------------ drawing


def context_of(studio: Studio, test_id: str, folder: Path) -> JobContext:
    job = studio.blind_tests.drawing(studio.store.blind_tests.get(test_id))
    spec = Spec(job=job, function="", home=str(studio.paths.home))
    return JobContext(spec, JobFolder(folder), {})


def test_a_job_draws_a_pair_from_one_seed_and_its_files_tell_nothing(
    studio: Studio, tests: BlindTestService, tmp_path: Path
) -> None:
    from studio.services.blind_job import run

    test = tests.begin("me", pairs=1)
    with context_of(studio, test.id, tmp_path) as context:
        events = list(run({"test": test.id}, context))
    (pair,) = tests.pairs(test.id)
    assert pair.is_drawn
    assert list(pair.gains) == ["thick black outlines"]
    pictures = studio.store.pictures.get_many([str(pair.left), str(pair.right)])
    files = [studio.paths.home / pictures[str(side)].path for side in (pair.left, pair.right)]
    left, right = (Image.open(file) for file in files)
    assert left.tobytes() != right.tobytes()
    for side in (left, right):
        assert "parameters" not in side.text  # type: ignore[attr-defined]
        side.close()
    assert {picture.caption for picture in pictures.values()} == {pair.prompt}
    steps = [event for event in events if isinstance(event, Progress)]
    assert len(steps) > 40  # a step boundary each: there the job pauses and stops
    assert events[-1] == {"test": test.id, "pairs": 1}
    with context_of(studio, test.id, tmp_path) as context:
        again = list(run({"test": test.id}, context))
    assert len(again) < 5  # nothing is drawn twice

    studio.profiles.delete("me")
    assert not any(file.exists() for file in files)


def kept(studio: Studio) -> list[Path]:
    folder = studio.paths.pictures / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_what_could_not_be_stored_leaves_no_file(
    studio: Studio, tests: BlindTestService, tmp_path: Path
) -> None:
    test = tests.begin("me", pairs=1)
    image = Image.new("RGB", (8, 8))
    (pair,) = tests.pairs(test.id)
    with context_of(studio, test.id, tmp_path) as context:
        keep(context, pair, image, image, {})
        first = kept(studio)
        assert len(first) == 2
        keep(context, pair, image, image, {})  # a second job comes late
        assert kept(studio) == first
        assert tests.pairs(test.id)[0].is_drawn
        with pytest.raises(NotFound):
            keep(context, pair.model_copy(update={"test_id": "deleted"}), image, image, {})
        assert kept(studio) == first


def test_the_job_that_draws_a_test_is_known_until_it_ends(
    studio: Studio, tests: BlindTestService
) -> None:
    test, other = tests.begin("me", pairs=1), tests.begin("me", pairs=1)
    assert tests.drawn_by(test) is None
    job = studio.jobs.submit(tests.drawing(test))
    assert tests.drawn_by(test) == job
    assert tests.drawn_by(other) is None
    studio.jobs.cancel(job.id)
    assert tests.drawn_by(test) is None


# ---------------------------------------------------------------------- answering


def test_the_result_comes_with_the_last_answer_and_undo_ends_there(
    studio: Studio, tests: BlindTestService
) -> None:
    test = tests.begin("me", pairs=6)
    with pytest.raises(Busy, match="not drawn"):
        tests.answer(test.id, 1, Pick.LEFT)
    drawn(studio, test.id)
    answer_all(tests, test.id, "pppppp")
    found = tests.result(test.id)
    assert found is not None
    assert (found.personal, found.finding) == (6, Finding.WORKS)
    with pytest.raises(Busy, match="result is known"):
        tests.undo(test.id)


def test_an_answer_can_be_taken_back_while_the_sides_are_secret(
    studio: Studio, tests: BlindTestService
) -> None:
    test = tests.begin("me", pairs=2)
    drawn(studio, test.id)
    tests.answer(test.id, 1, Pick.LEFT, client_id="a")
    tests.answer(test.id, 1, Pick.LEFT, client_id="a")
    assert tests.undo(test.id) is not None
    assert tests.answers(test.id) == {}


def test_a_second_look_asks_for_as_much_again_and_there_is_no_third(
    studio: Studio, tests: BlindTestService
) -> None:
    test = tests.begin("me", pairs=4)
    with pytest.raises(Busy, match="all pairs"):
        tests.look_again(test.id)
    drawn(studio, test.id)
    answer_all(tests, test.id, "ppxx")
    tests.look_again(test.id)
    assert [pair.number for pair in tests.pairs(test.id)] == list(range(1, 9))
    assert len({pair.prompt for pair in tests.pairs(test.id)}) == 8
    assert tests.result(test.id) is None
    drawn(studio, test.id)
    answer_all(tests, test.id, "pp==")
    found = tests.result(test.id)
    assert found is not None
    assert (found.pairs, found.confidence, found.looks) == (8, 0.99, 2)
    with pytest.raises(Busy, match="2 times"):
        tests.look_again(test.id)


def test_what_was_answered_before_a_result_stays(studio: Studio, tests: BlindTestService) -> None:
    test = tests.begin("me", pairs=2)
    drawn(studio, test.id)
    answer_all(tests, test.id, "pp")
    found = tests.result(test.id)
    with pytest.raises(AlreadyExists, match="Pair 1"):
        tests.answer(test.id, 1, Pick.NEITHER)  # a tab that was open all the while
    assert tests.result(test.id) == found
    first = tests.answers(test.id)
    tests.look_again(test.id)
    assert tests.undo(test.id) is None
    drawn(studio, test.id)
    tests.answer(test.id, 3, Pick.LEFT)
    assert tests.undo(test.id) is not None
    assert tests.undo(test.id) is None
    assert tests.answers(test.id) == first
