"""Decks made with a model: prompts and styles spread evenly, and nothing made twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import PipelineError
from pipelines.preference.vocabulary import load_vocabulary
from studio.context import Studio, build_studio
from studio.domain import Progress
from studio.errors import AlreadyExists, InvalidInput
from studio.jobs.context import JobContext
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.services.deck_job import building, load_styles, plan, read_prompts, run


@pytest.fixture
def studio(studio_home: Path) -> Iterator[Studio]:
    with build_studio(Paths(studio_home)) as opened:
        yield opened


@pytest.mark.parametrize("table", ["sticker", "general"])
def test_styles_offer_labels_of_the_vocabulary(table: str) -> None:
    styles = load_styles(table)
    assert len(styles) >= 17
    assert len({style.phrase for style in styles}) == len(styles)
    chips = {chip for style in styles for chip in style.chips}
    assert chips <= load_vocabulary().labels.keys()


def test_prompts_and_styles_are_spread_evenly(studio: Studio) -> None:
    entries = list(plan(read_prompts(None), studio.engine.card(), 48, seed=7))
    assert len({entry.prompt for entry in entries}) == 48
    styles = [entry.style.phrase for entry in entries]
    counts = [styles.count(style) for style in set(styles)]
    assert (len(counts), max(counts) - min(counts)) == (17, 1)
    assert [entry.seed for entry in entries] == list(range(7, 55))
    assert len({entry.background for entry in entries}) >= 5


def test_wildcards_in_prompts_are_separate_pictures(studio: Studio) -> None:
    entries = list(plan(["a {red|blue} car"], studio.engine.card(), 2, seed=1))
    assert [entry.subject for entry in entries] == ["a red car", "a blue car"]


def test_other_models_get_other_styles(studio: Studio) -> None:
    card = studio.engine.card().model_copy(update={"embedded": False})
    entries = list(plan(["a fox"], card, 24, seed=1))
    assert len({entry.style.phrase for entry in entries}) == 24
    assert "watercolour" in entries[0].prompt
    assert not any(entry.background for entry in entries)
    again = list(plan(["a fox", "a cat"], card, 48, seed=1))
    assert len({entry.prompt for entry in again}) == 48


def test_a_name_that_is_taken_or_none_is_refused(studio: Studio) -> None:
    card = studio.engine.card()
    with pytest.raises(AlreadyExists):
        building(studio.decks, card, "stickers", ["x"], n=1)
    for name in ("", "Two words", "own", "generated", "..", "a/b"):
        with pytest.raises(InvalidInput):
            building(studio.decks, card, name, ["x"], n=1)
    with pytest.raises(InvalidInput, match="no prompt"):
        building(studio.decks, card, "mine", [], n=1)
    with pytest.raises((InvalidInput, PipelineError)):
        building(studio.decks, card, "mine", ["{a|b|c|d|e|f|g|h|i}" * 3], n=1)


@pytest.mark.slow
def test_a_stopped_deck_goes_on_where_it_was(studio: Studio, tmp_path: Path) -> None:
    job = building(studio.decks, studio.engine.card(), "mine", ["a fox", "a cat"], n=2)
    job = job.model_copy(update={"params": job.params | {"steps": 2}})
    folder = JobFolder(tmp_path / "job")
    folder.prepare(Spec(job=job, function="unused", home=str(studio.paths.home)))
    kept: dict = {}
    first = tmp_path / "job" / "deck" / "001.png"
    with JobContext(folder.spec(), folder, kept) as context:
        steps = run(job.params, context)
        for _ in steps:
            if first.exists():
                break
        steps.close()  # type: ignore[attr-defined]  # cancelled after the first picture
    assert [line.name for line in studio.decks.all()] == ["stickers"]
    made = first.stat().st_mtime_ns
    with JobContext(folder.spec(), folder, kept) as context:
        *progress, result = run(job.params, context)
    assert result["pictures"] == 2
    assert all(isinstance(step, Progress) for step in progress)
    fox, cat = studio.decks.pictures("mine")
    assert (studio.paths.decks / "mine" / "001.png").stat().st_mtime_ns == made
    assert fox.facts["prompt"].startswith("a fox, flat illustration")
    assert (fox.width, cat.facts["seed"], cat.facts["model"]) == (128, 2, "sticker-128")
