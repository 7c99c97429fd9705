"""UX.md section 9, scenario 7, and what a person does with a finished picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from studio.context import build_studio
from studio.domain import GalleryQuery, ImageRecord, Polarity
from studio.paths import Paths
from studio.store import open_store
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio with a profile that says something."""
    home = tmp_path_factory.mktemp("generate") / "home"
    with build_studio(Paths(home)) as studio:
        studio.profiles.create("Ada")
        studio.profiles.add("Ada", "bold black outline", Polarity.LIKED)
        studio.profiles.add("Ada", "blurry", Polarity.DISLIKED)
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


def stored(served: Served) -> list[tuple[ImageRecord, Path]]:
    """The pictures of the studio, newest first, and their files."""
    paths = Paths(served.home)
    store = open_store(paths.database, paths.backups)
    try:
        images = store.images.page(GalleryQuery()).images
        return [(image, paths.home / image.path) for image in images]
    finally:
        store.close()


def same(one: Path, other: Path) -> bool:
    """Whether two pictures are equal, pixel by pixel."""
    with Image.open(one) as a, Image.open(other) as b:
        return ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getbbox() is None


def test_a_sweep_begins_with_the_plain_picture(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.fill_form(page, "a rocket", show="Sweep")
    steps.press_generate(page)
    steps.wait_done(page)
    labels = page.locator(".compare-thumb[aria-pressed] > span").all_inner_texts()
    assert labels == ["plain", "0.25", "0.5", "0.75", "1"]
    sweep = {image.strength: file for image, file in stored(served)}
    page.get_by_label("Use my taste").uncheck()
    steps.press_generate(page)
    steps.wait_done(page)
    plain, file = stored(served)[0]
    assert plain.strength is None
    assert same(file, sweep[0.0])
    assert not same(file, sweep[1.0])


def test_the_strength_that_was_chosen_outlives_a_restart(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "generate")
    page.locator(".compare-earlier .compare-thumb").first.click()  # the sweep of the test before
    page.get_by_role("button", name="0.75").click()
    page.get_by_role("button", name="Use this strength").click()
    page.wait_for_function(
        "document.querySelector('#generate-strength input[type=number]').value === '0.75'"
    )
    page.close()
    served.stop()
    served.start()
    page = visit(served.url).page
    steps.go(page, "generate")
    page.wait_for_function(
        "document.querySelector('#generate-strength input[type=number]').value === '0.75'"
    )


def test_a_picture_is_recalled_with_its_settings_and_made_again(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    wanted, file = next((i, f) for i, f in stored(served) if i.strength == 0.5)
    steps.go(page, "gallery")
    page.locator(f".grid-cell[data-id='{wanted.id}']").click()
    page.wait_for_selector(".grid-large img")
    page.locator(".grid-side").focus()
    page.keyboard.press("r")
    page.wait_for_selector("#generate-run", state="visible")
    page.wait_for_function("document.querySelector('#generate-seed input').value === '4711'")
    assert page.locator("#generate-prompt textarea").input_value() == "a rocket"
    assert page.locator("#generate-strength input[type=number]").input_value() == "0.5"
    steps.press_generate(page)
    steps.wait_done(page)
    again, copy = stored(served)[0]
    assert again.id != wanted.id
    assert again.strength == 0.5
    assert same(copy, file)


def test_a_job_is_cancelled_by_its_own_button(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.fill_form(page, "a slow castle")
    page.get_by_role("button", name="More settings").click()
    page.locator("#generate-steps input[type=number]").fill("100")
    page.locator("#generate-steps input[type=number]").blur()
    first = steps.press_generate(page)
    second = steps.press_generate(page)
    steps.go(page, "jobs")
    row = page.locator(f".rows-row[data-id='{second}']")
    row.get_by_role("button", name="Cancel").click()
    page.wait_for_selector(f".rows-row[data-id='{second}'][data-state=cancelled]")
    assert page.locator(f".rows-row[data-id='{first}']").get_attribute("data-state") in (
        "running",
        "waiting",
    )
    row = page.locator(f".rows-row[data-id='{first}']")
    row.get_by_role("button", name="Cancel").click()
    page.wait_for_selector(
        f".rows-row[data-id='{first}'][data-state=cancelled]", timeout=steps.DRAWING_MS
    )


def test_ctrl_enter_in_the_prompt_generates_once(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.fill_form(page, "a boat")
    before = len(stored(served))
    steps.press_generate(page, by_key=True)
    steps.wait_done(page)
    assert [image.prompt for image, _ in stored(served)[:-before]] == ["a boat"]
