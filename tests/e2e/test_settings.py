"""What is chosen in Models & settings counts at once, on every page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.models.cards import find_card
from studio.context import build_studio
from studio.paths import Paths
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

CARD = """
[[model]]
id = "large"
name = "Large"
family = "sd1"
source = {source!r}
width = 256
height = 192
steps = 31
guidance = 6.5
"""
SHOWN_STEPS = "document.querySelector('#generate-steps input[type=number]')?.value"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio with a second model."""
    home = tmp_path_factory.mktemp("settings") / "home"
    with build_studio(Paths(home)) as studio:
        studio.profiles.create("Ada")
        card = CARD.format(source=str(find_card("sticker-128").folder))
        studio.paths.own_cards.write_text(card)
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


def test_another_model_is_followed_by_header_and_form(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "generate")
    page.get_by_role("button", name="More settings (20 steps, 128×128)").click()
    page.wait_for_function(f"{SHOWN_STEPS} === '20'")
    steps.go(page, "settings")
    row = page.locator(".rows-row[data-id=large]")
    row.get_by_role("button", name="Use").click()
    page.wait_for_function(
        "document.querySelector('.header-machine').textContent.includes('Large')"
    )
    steps.go(page, "generate")
    page.wait_for_function(f"{SHOWN_STEPS} === '31'")
    page.get_by_role("button", name="More settings (31 steps, 256×192)").wait_for()
    with build_studio(Paths(served.home)) as studio:  # as `studio models use` does
        studio.models.use("sticker-128")
    page.wait_for_function(f"{SHOWN_STEPS} === '20'")


def test_the_strength_moves_by_keys(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "generate")
    field = "document.querySelector('#generate-strength input[type=number]')?.value"
    page.wait_for_function(f"{field} === '0.5'")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_function(f"{field} === '0.6'")
    page.keyboard.press("-")
    page.wait_for_function(f"{field} === '0.55'")
    page.locator("#generate-prompt textarea").press("-")
    assert page.evaluate(field) == "0.55"


def test_the_theme_is_chosen_and_stays(served: Served, visit: Callable) -> None:
    page = visit(served.url, color_scheme="light").page
    steps.go(page, "settings")
    page.locator("#settings-behaviour button.label-wrap").click()
    page.get_by_label("Dark", exact=True).check()
    page.wait_for_function("document.body.classList.contains('dark')")
    page.get_by_text("Saved.").wait_for()
    other = visit(served.url, color_scheme="light").page
    other.wait_for_function("document.body.classList.contains('dark')")


def test_the_check_of_this_computer_is_shown_check_by_check(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    steps.go(page, "settings")
    page.locator("#settings-check button.label-wrap").click()
    row = page.locator("#settings-check .rows-row[data-id=model-sticker-128]")
    row.wait_for(timeout=steps.DRAWING_MS)
    assert "fine" in row.inner_text()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc here")
def test_the_process_of_the_pages_never_loads_torch(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.fill_form(page, "a rocket")
    steps.press_generate(page)
    steps.wait_done(page)
    for place in ("rate", "profile", "gallery", "jobs", "settings"):
        steps.go(page, place)
        page.wait_for_timeout(500)
    assert served.process is not None
    maps = Path(f"/proc/{served.process.pid}/maps").read_text()
    assert "libtorch" not in maps
    assert Path(known_library()).name in maps  # the file does name what is loaded


def known_library() -> str:
    """A library that the pages do load."""
    import _ssl

    return _ssl.__file__
