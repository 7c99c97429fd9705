"""The Train page under quick hands: double presses, words left behind, other tabs, news meanwhile.

All in the made-up language, so that its words are tested as well."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from studio.context import Studio, build_studio
from studio.domain import JobState, Snapshot, Subject
from studio.paths import Paths
from studio.services.training import TrainingRequest, training_folder
from tests import photographs
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port
from tests.e2e.test_everyone import BARE

if TYPE_CHECKING:
    from playwright.sync_api import Page

POLL_MS = 30_000
PHOTOS = 5


def taught(studio: Studio, folder: Path) -> None:
    """A subject with photos, and a training of it that is done and from which nothing is used."""
    momo = studio.subjects.create("Momo", "fox")
    files = [folder / f"{number}.png" for number in range(PHOTOS)]
    for file, photo in zip(
        files, photographs.good_set("fox-openmoji", PHOTOS, seed=1), strict=True
    ):
        photo.save(file)
    studio.subjects.add_photos(momo.id, files)
    job = studio.training.job(TrainingRequest(subject=momo.id))
    studio.jobs.submit(job)
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.DONE)
    samples = training_folder(studio.paths, momo.id, job.id)
    samples.mkdir(parents=True)
    for step in (100, 200):
        Image.new("RGB", (8, 8), (step, 0, 0)).save(samples / f"{step}-1.png")
        studio.store.subjects.add_snapshot(
            Snapshot(
                subject_id=momo.id,
                job_id=job.id,
                model_id="sticker-128",
                step=step,
                path=f"{step}.safetensors",
                hash=f"{step:064d}",
                scores={"likeness": 0.5, "prompt": step / 400},
            )
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio whose person has taught one subject."""
    home = tmp_path_factory.mktemp("photos") / "home"
    with build_studio(Paths(home)) as studio:
        taught(studio, home.parent)
    server = Served(home, free_port(), ("--language", "qps"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(served: Served, visit: Callable) -> "Page":
    """Their Train tab."""
    page = visit(served.url).page
    steps.go(page, "train")
    page.wait_for_selector(".album-points")
    return page


def stored(served: Served, holds: Callable[[Subject], bool]) -> Subject:
    """The subject once something holds of it."""
    with build_studio(Paths(served.home)) as studio:
        deadline = time.monotonic() + POLL_MS / 1000
        while not holds(studio.subjects.all()[0]) and time.monotonic() < deadline:
            time.sleep(0.1)
        return studio.subjects.all()[0]


def focused(page: "Page") -> str:
    return page.evaluate("document.activeElement.className")


def test_every_word_comes_from_the_catalogue_or_says_that_it_does_not(
    page: "Page",
) -> None:
    page.wait_for_selector(".teaching-use")
    for fold in page.locator("#tab-train summary").element_handles():
        fold.click()
    assert page.evaluate(BARE.replace("PLACE", "tab-train")) == []


def test_words_are_kept_whatever_comes_next(served: Served, page: "Page") -> None:
    words = page.locator(".album-tools input")
    page.locator(".album-cell").nth(0).click()
    assert "album-cell" in focused(page)
    words.fill("Momo asleep")
    page.locator(".album-tools [data-do='leave out']").click()
    page.wait_for_selector(".album-item[data-left-out]")
    words.fill("Momo awake")
    words.press("Enter")
    assert "album-cell" in focused(page)
    words.fill("Momo runs")
    words.press("Escape")
    assert "album-cell" in focused(page)
    page.locator(".album-cell").nth(1).click()
    words.fill("Momo jumps")
    page.locator(".album-tip").first.click()
    kept = stored(served, lambda momo: momo.photos[1].caption == "Momo jumps")
    assert [photo.caption for photo in kept.photos[:3]] == ["Momo runs", "Momo jumps", ""]
    assert kept.photos[0].left_out


def test_a_double_press_deletes_one_photo(served: Served, page: "Page") -> None:
    before = stored(served, lambda momo: True).photos
    page.locator(".album-cell").nth(1).click()
    page.locator(".album-tools [data-do='remove']").dblclick()
    page.wait_for_function("n => document.querySelectorAll('.album-cell').length < n", arg=PHOTOS)
    page.wait_for_timeout(1500)
    after = stored(served, lambda momo: len(momo.photos) < len(before)).photos
    assert [photo.id for photo in after] == [p.id for n, p in enumerate(before) if n != 1]
    assert "album-cell" in focused(page)


def test_what_was_set_survives_another_tab(page: "Page") -> None:
    page.locator("#train-more button.label-wrap").click()
    page.fill("#train-prompts textarea", "Momo on the moon")
    page.locator("#train-prompts textarea").blur()
    page.locator("#train-preset input[type=radio]").nth(1).check()
    steps.go(page, "gallery")
    steps.go(page, "train")
    page.wait_for_timeout(1500)  # the tab is filled anew
    assert page.input_value("#train-prompts textarea") == "Momo on the moon"
    assert page.locator("#train-preset input[type=radio]").nth(1).is_checked()


def test_news_of_a_training_leave_alone_what_they_do_not_change(
    served: Served, page: "Page"
) -> None:
    use = page.locator(".teaching-use")
    assert "50" in page.locator(".teaching-row p").first.inner_text()  # likeness and prompt
    use.evaluate("button => { button.dataset.mine = '1'; button.focus(); }")
    with build_studio(Paths(served.home)) as studio:
        studio.subjects.rename("Momo", "Rex")
        try:
            page.wait_for_selector(".teaching >> text=Rex is ready", timeout=POLL_MS)
        finally:
            studio.subjects.rename("Rex", "Momo")
    assert "teaching-use" in focused(page)
    assert use.get_attribute("data-mine") == "1"
