"""UX.md section 9, scenarios 2, 3 and 4: keys alone, hostile words, a refresh."""

from collections.abc import Callable

import pytest

from studio.paths import Paths
from studio.store import open_store
from tests.e2e import steps
from tests.e2e.conftest import Served

HOSTILE = (
    "${alert(1)} thick outlines",
    "cost is ${ and flat colours",
    "<img src=x onerror=alert(1)> muted colours",
    "خطوط سميكة وألوان قليلة",
    "{{constructor.constructor('alert(1)')()}} & \"quotes\" soft shading",
)


def answers(served: Served) -> list[tuple[str, str, bool]]:
    """What the studio has stored: verdict, comment, taken back."""
    paths = Paths(served.home)
    store = open_store(paths.database, paths.backups)
    try:
        (profile,) = [p for p in store.profiles.all() if p.name == "Keys"]
        history = store.ratings.history(profile.id)
        return [(r.verdict.value, r.comment, r.taken_back is not None) for r in history]
    finally:
        store.close()


def test_keys_alone_answer_ten_cards_and_focus_never_falls_to_the_page(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    steps.name_profile(page, "Keys")
    page.locator(".rater-card").focus()
    presses = [
        *("ArrowRight", "Enter"),
        *("ArrowLeft", "Enter"),
        "s",
        *("1", "ArrowRight", "Enter"),
        *("ArrowRight", "Escape", "c", "Enter"),
        "s",
        *("ArrowRight", "Enter"),
        "u",
        *("ArrowLeft", "Enter"),
        *("ArrowLeft", "Enter"),
        "s",
        *("ArrowRight", "Enter"),
    ]
    on_body = []
    for key in presses:
        page.keyboard.press(key)
        if key == "u":
            page.wait_for_selector(".rater-note >> text=Taken back.")
        on_body.append(page.evaluate("document.activeElement === document.body"))
    steps.saved(page)
    assert not any(on_body)
    stored = answers(served)
    assert len(stored) == 11  # ten cards, one of them answered twice
    assert [verdict for verdict, _, back in stored if back] == ["liked"]
    assert sum(not back for *_, back in stored) == 10


def test_hostile_words_are_shown_letter_for_letter(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    for words in HOSTILE:
        steps.react(page, "liked", words)
    steps.saved(page)
    page.locator(".rater-thumb").first.click()
    assert page.locator(".rater-comment").input_value() == HOSTILE[-1]
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    found = []
    for chip in page.locator(".chips .st-chip").all():
        chip.click()
        page.wait_for_selector(".chips-panel .chips-words, .chips-panel .st-quiet")
        found += page.locator(".chips-panel .chips-words").all_inner_texts()
        page.keyboard.press("Escape")
    for words in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[4]):
        assert words in found
    assert page.locator(".error-container").count() == 0


@pytest.mark.parametrize("name", ["${name} <b>bold</b>", "ملفي"])
def test_hostile_names_are_shown_letter_for_letter(
    served: Served, visit: Callable, name: str
) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    steps.choose(page, "#studio-profile", "New profile…")
    page.wait_for_selector("#studio-new-name", state="visible")
    steps.name_profile(page, name)
    page.wait_for_function(
        "name => document.querySelector('#studio-profile input').value === name", arg=name
    )
    steps.go(page, "profile")
    page.wait_for_selector("#profile-headline h2")
    assert page.locator("#profile-headline h2").inner_text() == name
    assert page.locator("#profile-headline b").count() == 0


def test_a_refresh_loses_no_word_and_finds_the_running_picture(
    served: Served, visit: Callable
) -> None:
    seen = visit(served.url)
    page = seen.page
    page.wait_for_selector(".rater-card img")
    caption = page.locator(".rater-card img").get_attribute("alt")
    page.locator(".rater-card").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("half a comment")
    steps.fill_form(page, "a rocket")
    job = steps.press_generate(page)
    with page.expect_response(lambda r: "a rocket over the sea" in (r.request.post_data or "")):
        steps.write_prompt(page, "a rocket over the sea")
    page.reload()
    page.wait_for_selector(".header-machine:not(:empty)")
    steps.go(page, "rate")
    page.wait_for_selector(".rater-card img")
    assert page.locator(".rater-card img").get_attribute("alt") == caption
    assert page.locator(".rater-comment").input_value() == "half a comment"
    steps.go(page, "generate")
    page.wait_for_function(
        "document.querySelector('#generate-prompt textarea').value === 'a rocket over the sea'"
    )
    page.wait_for_selector(f".compare[data-job='{job}']")
    steps.wait_done(page)
    assert page.locator(".compare-stage img").count() >= 1
