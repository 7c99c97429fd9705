"""Half answers and unsent ones: looking changes nothing, and a later visit sends what is left."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from studio.context import build_studio
from studio.domain import BlindTest
from studio.paths import Paths
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port
from tests.e2e.test_profile import prepare_test, teach

if TYPE_CHECKING:
    from playwright.sync_api import Page

DRAFTS = "Object.keys(localStorage).filter(name => name.startsWith('studio.drafts'))"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio with a profile and a test of it that can be answered."""
    home = tmp_path_factory.mktemp("kept") / "home"
    with build_studio(Paths(home)) as studio:
        prepare_test(studio, teach(studio, "Ada"))
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


def open_rating(page: "Page") -> str:
    """From an attribute to its rating; answers the words of the evidence."""
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    if not page.locator(".chips-proof").count():
        page.locator(".chips .st-chip").first.click()
    page.wait_for_selector(".chips-proof")
    words = page.locator(".chips-words").first.inner_text()
    page.get_by_role("button", name="Open the rating").first.click()
    page.wait_for_selector("#tab-rate", state="visible")
    return words


def wait_for_words(page: "Page", words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.rater-comment')?.value === words", arg=words
    )


def test_looking_at_a_rating_leaves_no_draft_and_takes_none_away(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    words = open_rating(page)
    wait_for_words(page, words)
    page.wait_for_timeout(1500)  # the tab is filled anew
    wait_for_words(page, words)
    assert page.evaluate(DRAFTS) == []
    page.locator(".rater-comment").fill("half a thought")
    assert len(page.evaluate(DRAFTS)) == 1
    open_rating(page)
    page.wait_for_timeout(1500)
    wait_for_words(page, "half a thought")


def latest(served: Served) -> tuple[BlindTest, int]:
    """The newest test, and how many of its pairs are answered."""
    with build_studio(Paths(served.home)) as studio:
        test = studio.blind_tests.latest(studio.profiles.find("Ada").id)
        assert test is not None
        return test, len(studio.blind_tests.answers(test.id))


def test_an_answer_that_was_not_sent_goes_out_with_the_next_visit(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    test, answers = latest(served)
    assert answers == 0
    left = {"profile": test.profile_id, "test": test.id, "pair": 1}
    left |= {"choice": "left", "client_id": "of-an-earlier-visit"}
    page.evaluate("left => localStorage.setItem('studio.outbox.blind', left)", json.dumps([left]))
    page.reload()
    page.wait_for_selector(".rater-card img")
    steps.go(page, "profile")
    page.wait_for_function("localStorage.getItem('studio.outbox.blind') === '[]'")
    assert latest(served)[1] == 1
    page.get_by_role("button", name="Go on with pair 2").wait_for()
