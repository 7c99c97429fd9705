"""UX.md section 9, scenario 12: light and dark, wide and narrow, less motion, other languages and
the other direction."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from studio.context import build_studio
from studio.domain import Verdict
from studio.paths import Paths
from tests import photographs
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLACES = ("rate", "profile", "generate", "train", "gallery", "jobs", "settings")
SUBJECT = "bus-streamline-ultimate-color"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SERIOUS = """
axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations
  .filter((each) => ['serious', 'critical'].includes(each.impact))
  .map((each) => `${each.nodes[0].target.join(' ')}: ${each.nodes[0].failureSummary}`))
"""
# Words on screen that are in no sentence of the catalogue: in the made-up language those stand in
# brackets. What people, models and jobs are called, and what they say, is marked with dir="auto";
# chips are the vocabulary's; the drop zone for files is Gradio's own and stays English.
BARE = """
[...document.querySelectorAll('#PLACE, #studio-head')].flatMap((root) => {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode, at = node.parentElement, words = node.textContent.trim();
    if (!/\\p{L}{2}/u.test(words) || !at.getClientRects().length) continue;
    const others = '[dir=auto], kbd, style, script, .st-unseen, .st-chip, .upload-container, '
      + '#profile-headline';
    if (at.closest(others)) continue;
    const whole = at.closest('p, li, label, button, h1, h2, h3, dt, td, th')?.textContent ?? words;
    if (!(words + whole).includes('[')) found.push(words.slice(0, 60));
  }
  return found;
})
"""
MOVING = """
document.getAnimations().filter((each) => each.playState === 'running'
  && each.effect.getComputedTiming().duration > 0
  && each.effect.target.closest('.st')).length
"""


def taught(home: Path) -> None:
    """A studio with a profile and a subject, so that the pages show something."""
    with build_studio(Paths(home)) as studio:
        profile = studio.profiles.create("Ada")
        for number, picture in enumerate(studio.decks.pictures("stickers")[:4]):
            verdict, words = steps.SENTENCES[number]
            studio.rating.rate(profile.id, picture.id, Verdict(verdict), words)
        studio.profiles.learn(profile.id)
        photos = home.parent / "photos"
        photos.mkdir()
        for number, photo in enumerate(photographs.good_set(SUBJECT, 5, seed=1)):
            photo.save(photos / f"{number}.png")
        studio.subjects.create("Momo", "bus")
        studio.subjects.add_photos("Momo", sorted(photos.iterdir()))


@pytest.fixture(scope="module", params=["en", "qps", "qps-plocm"])
def language(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def served(language: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("everyone") / "home"
    taught(home)
    server = Served(home, free_port(), ("--language", language))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_can_be_used_by_everyone(
    served: Served, visit: Callable, language: str, scheme: str, size: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    page = visit(served.url, viewport=size, color_scheme=scheme, reduced_motion="reduce").page
    page.wait_for_selector(".rater-card img")
    page.evaluate(script)
    direction = "rtl" if language == "qps-plocm" else "ltr"
    assert page.evaluate("getComputedStyle(document.body).direction") == direction
    for place in PLACES:
        steps.go(page, place)
        unfold(page, place)
        # at the page's end nothing lies under the button that stays in sight
        page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(500)
        if language != "en":
            assert page.evaluate(BARE.replace("PLACE", f"tab-{place}")) == [], place
        assert page.evaluate(SERIOUS) == [], place
        assert page.evaluate(MOVING) == 0, place
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], place


def unfold(page: "Page", place: str) -> None:
    """Open every section of the tab that is folded."""
    folded = page.locator(f"#tab-{place} button.label-wrap:not(.open)")
    for fold in folded.element_handles():  # a locator would count anew after each one
        fold.evaluate("button => button.click()")  # on the phone something may lie over it


def test_the_skip_link_leads_to_the_content(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    page.locator("#studio-skip a").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('[role=tabpanel]') !== null")
