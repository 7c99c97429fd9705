"""UX.md section 9, scenario 10: photos, advice that names them, a training watched, a pick used.

The training is of a tiny model, so that it takes seconds; what the page does is the same.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from studio.paths import Paths
from studio.settings import save_settings
from tests import photographs
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port
from tests.pipelines.conftest import save_tiny

if TYPE_CHECKING:
    from playwright.sync_api import Page

TRAINING_MS = 300_000
NAME = "bus-streamline-ultimate-color"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio whose model is tiny."""
    home = tmp_path_factory.mktemp("train") / "home"
    card = save_tiny(home.parent / "tiny", "sd1")
    paths = Paths(home).make()
    fields = card.model_dump(
        include={"id", "name", "family", "source", "width", "height", "guidance"}
    )
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    paths.own_cards.write_text("\n".join(["[[model]]", 'licence = "none"', *lines]))
    save_settings(paths, {"model": card.id})
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photos, of which one is broken, one is another once more, one is blurred."""
    folder = tmp_path_factory.mktemp("photos")
    pictures = photographs.good_set(NAME, 12, seed=1)
    pictures = photographs.doubled(photographs.blurred(pictures, 2, by=36), 8, 3)
    for number, picture in enumerate(pictures, 1):
        picture.save(folder / f"{number:02d}.png")
    whole = (folder / "12.png").read_bytes()
    (folder / "12.png").write_bytes(whole[: len(whole) // 3])
    good = folder / "good"
    good.mkdir()
    for number, picture in enumerate(photographs.good_set(NAME, 14, seed=7)[12:], 1):
        picture.save(good / f"{number}.png")
    return folder


def score(page: "Page") -> int:
    return int(page.locator(".album-points").inner_text())


def tip(page: "Page", words: str) -> str:
    found = page.locator(".album-tip", has_text=words)
    found.wait_for()
    return found.inner_text()


def edit(page: "Page", number: int, do: str) -> None:
    """Open a photo and press one of its buttons."""
    cell = page.locator(f".album-cell[data-number='{number}']")
    if cell.get_attribute("aria-expanded") == "false":
        cell.click()
    page.locator(f".album-tools [data-do='{do}']").click()


def test_photos_are_checked_and_a_training_is_watched_and_picked_from(
    served: Served, visit: Callable, photos: Path
) -> None:
    page = visit(served.url).page
    steps.go(page, "train")
    page.fill("#train-name textarea, #train-name input", "Momo")
    page.fill("#train-word input", "bus")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Create", exact=True).last.click()
    page.locator("#train-files input[type=file]").set_input_files(sorted(photos.glob("*.png")))
    page.wait_for_selector(".album-points")

    assert page.locator(".album-cell").count() == 11
    assert "12.png is damaged" in page.locator("#tab-train .st-bad").first.inner_text()
    assert "Photo 3 is blurred" in tip(page, "blurred")
    assert "Photos 4 and 9 are almost the same" in tip(page, "almost the same")
    page.locator(".album-tip", has_text="blurred").click()
    assert page.locator(".album-item[data-marked]").count() == 1

    before = score(page)
    edit(page, 9, "remove")
    page.wait_for_function("document.querySelectorAll('.album-cell').length === 10")
    edit(page, 3, "remove")
    page.wait_for_function("document.querySelectorAll('.album-cell').length === 9")
    page.locator("#train-files input[type=file]").set_input_files(sorted(photos.glob("good/*")))
    page.wait_for_function("document.querySelectorAll('.album-cell').length === 11")
    assert score(page) > before

    page.get_by_role("button", name="More settings").last.click()
    page.fill("#train-steps input", "4")
    page.fill("#train-prompts textarea", "Momo\nMomo on a beach")
    page.locator("#train-prompts textarea").blur()
    page.click("#train-start")
    page.wait_for_selector(".teaching[data-state=done]", timeout=TRAINING_MS)
    assert page.locator(".teaching-shot").count() == 4
    assert page.locator(".teaching-row img").count() == 4
    page.locator(".teaching-shot[aria-checked=true]").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent").startswith(("3", "● 3"))
    page.locator(".teaching-use").click()
    page.wait_for_selector("#tab-generate", state="visible")
    page.wait_for_function(
        "document.querySelector('#generate-prompt textarea').value.includes('<subject:Momo>')"
    )


def test_a_deleted_subject_is_gone(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "train")
    page.wait_for_selector(".album-points")
    page.get_by_role("button", name="Delete for good").last.click()
    page.locator("#train-delete input, #train-delete textarea").fill("Momo")
    page.locator("#train-delete button.stop").click()
    page.wait_for_selector("#train-new", state="visible")
    assert not any((served.home / "subjects").iterdir())
