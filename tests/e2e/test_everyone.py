"""UX.md section 9, scenario 12: light and dark, wide and narrow, less motion, other languages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.context import build_studio
from studio.domain import Verdict
from studio.paths import Paths
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

PLACES = ("rate", "profile", "generate", "gallery", "jobs", "settings")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SERIOUS = """
axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations
  .filter((each) => ['serious', 'critical'].includes(each.impact))
  .map((each) => `${each.id}: ${each.nodes[0].target.join(' ')}`))
"""
MOVING = """
document.getAnimations().filter((each) => each.playState === 'running'
  && each.effect.getComputedTiming().duration > 0
  && each.effect.target.closest('.st')).length
"""


def taught(home: Path) -> None:
    """A studio with a profile, so that the pages show something."""
    with build_studio(Paths(home)) as studio:
        profile = studio.profiles.create("Ada")
        for number, picture in enumerate(studio.decks.pictures("stickers")[:4]):
            verdict, words = steps.SENTENCES[number]
            studio.rating.rate(profile.id, picture.id, Verdict(verdict), words)


@pytest.fixture(scope="module", params=["en", "qps"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("everyone") / "home"
    taught(home)
    server = Served(home, free_port(), ("--language", request.param))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_can_be_used_by_everyone(
    served: Served, visit: Callable, scheme: str, size: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    page = visit(served.url, viewport=size, color_scheme=scheme, reduced_motion="reduce").page
    page.wait_for_selector(".rater-card img")
    page.evaluate(script)
    for place in PLACES:
        steps.go(page, place)
        page.wait_for_timeout(500)
        assert page.evaluate(SERIOUS) == [], place
        assert page.evaluate(MOVING) == 0, place
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], place


def test_the_skip_link_leads_to_the_content(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    page.locator("#studio-skip a").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('[role=tabpanel]') !== null")
