"""UX.md section 9, scenario 1: from an empty studio to a picture in one's own taste."""

import time
from collections.abc import Callable

from tests.e2e import steps

ACTIONS = 40
LONGEST_WAIT = 20.0  # seconds that a person may wait for a reaction of the page


def test_first_picture_needs_few_actions_and_shows_one_seed_twice(served, visit: Callable) -> None:
    page = visit(served.url).page
    waits: list[float] = []

    def waited(action: Callable[[], object]) -> None:
        began = time.monotonic()
        action()
        waits.append(time.monotonic() - began)

    actions = 1
    waited(lambda: steps.name_profile(page, "My taste"))
    for verdict, words in steps.SENTENCES:
        waited(lambda v=verdict, w=words: steps.react(page, v, w))
        actions += 3  # verdict, words, Enter
    steps.saved(page)
    waited(lambda: page.get_by_role("button", name="Try it").click())
    actions += 1
    page.wait_for_selector("#generate-run", state="visible")
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value !== ''")
    waited(lambda: page.click("#generate-run"))
    actions += 1
    waited(lambda: page.wait_for_selector(".compare-status"))
    page.wait_for_selector(".compare-stack", timeout=steps.DRAWING_MS)
    assert actions <= ACTIONS
    assert max(waits) < LONGEST_WAIT
    alts = page.locator(".compare-stack img").evaluate_all("all => all.map(each => each.alt)")
    assert len(alts) == 2
    assert alts[0] == alts[1] == "a red apple"
    page.get_by_role("button", name="Details").click()
    assert "Seed" in page.locator(".compare-details").inner_text()


def test_the_profile_says_why(served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    chip = page.locator(".chips .st-chip").first
    chip.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".chips-proof")
    assert page.locator(".chips-proof mark").count() >= 1
    assert "basic reading" in page.locator(".chips-proof").first.inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"


def test_removing_an_attribute_can_be_undone(served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    before = steps.chips(page)
    page.locator(".chips .st-chip").first.focus()
    page.keyboard.press("Delete")
    page.wait_for_function(
        f"document.querySelectorAll('.chips .st-chip').length === {len(before) - 1}"
    )
    page.locator(".chips").get_by_role("button", name="Undo").click()
    page.wait_for_function(f"document.querySelectorAll('.chips .st-chip').length === {len(before)}")
    assert steps.chips(page) == before
