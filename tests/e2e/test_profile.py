"""The Profile page: UX.md section 9, scenario 8 (blind test) and the end of 6, and its Manage."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.context import Studio, build_studio
from studio.domain import Picture, PictureKind, Verdict
from studio.paths import Paths
from studio.provenance import write_png
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

PAIRS = 12


def teach(studio: Studio, name: str) -> str:
    """A profile of four comments."""
    profile = studio.profiles.create(name).id
    for number, picture in enumerate(studio.decks.pictures("stickers")[:4]):
        verdict, words = steps.SENTENCES[number]
        studio.rating.rate(profile, picture.id, Verdict(verdict), words)
    studio.profiles.learn(profile)
    return profile


def prepare_test(studio: Studio, profile: str) -> None:
    """A blind test whose pairs are drawn, as its job does it: red the one, blue the other."""
    test = studio.blind_tests.begin(profile)
    for pair in studio.blind_tests.pairs(test.id):
        sides = []
        for side, colour in (("left", "red"), ("right", "blue")):
            picture = Picture(
                kind=PictureKind.TEST,
                path=f"pictures/tests/{test.id[:6]}{pair.number}{side[:1]}.png",
                sha256="0",
                width=64,
                height=64,
                caption=pair.prompt,
            )
            write_png(Image.new("RGB", (64, 64), colour), studio.paths.home / picture.path, None)
            sides.append(picture)
        studio.store.blind_tests.draw(pair, *sides)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio with two profiles, and a test of the second that can be answered."""
    home = tmp_path_factory.mktemp("profile") / "home"
    with build_studio(Paths(home)) as studio:
        teach(studio, "Bea")
        prepare_test(studio, teach(studio, "Ada"))
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


def chosen_profile(page) -> str:
    return page.locator("#studio-profile input").input_value()


def fold(page, name: str) -> None:
    """Open a folded part."""
    page.locator("#profile-manage").get_by_role("button", name=name).first.click()


def test_the_first_card_is_dealt_once(served: Served, visit: Callable) -> None:
    dealt = []
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    page.on("response", lambda r: dealt.append(r) if "predict" in r.url else None)
    page.reload()
    page.wait_for_selector(".rater-card img")
    page.wait_for_timeout(1500)
    full = [answer for answer in dealt if '"cards"' in answer.text()]
    assert len(full) == 1


def test_left_twelve_times_tells_no_side_before_and_a_whole_result_after(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    steps.go(page, "profile")
    blind = page.locator(".blind")
    blind.get_by_role("button", name="Begin").click()
    told = []
    for number in range(1, PAIRS + 1):
        blind.get_by_text(f"Pair {number} of {PAIRS}", exact=True).wait_for()
        alts = page.locator(".pair img").evaluate_all("all => all.map(each => each.alt)")
        assert alts == ["picture 1", "picture 2"]
        told.append(blind.evaluate("node => node.outerHTML"))
        page.keyboard.press("1")
        if number == 2:
            page.keyboard.press("u")
            blind.get_by_text(f"Pair 2 of {PAIRS}", exact=True).wait_for()
            page.keyboard.press("ArrowLeft")
    assert not re.search(r"personal|with my taste|without|plain|Ada", " ".join(told))
    result = blind.locator(".blind-text", has_text="pairs")
    result.wait_for()
    said = blind.inner_text()
    assert f"6 of {PAIRS} pairs (50 %, likely between 25 % and 75 %)" in said  # sides were mixed
    assert "v1 at strength 0.5 with Sticker 128" in said
    with build_studio(Paths(served.home)) as studio:
        test = studio.blind_tests.latest(studio.profiles.find("Ada").id)
        assert test is not None
        assert len(studio.blind_tests.answers(test.id)) == PAIRS


def test_evidence_leads_to_the_rating_with_its_words(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    page.locator(".rater-card").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("half a comment")
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    page.locator(".chips .st-chip").first.click()
    page.wait_for_selector(".chips-proof")
    words = page.locator(".chips-words").first.inner_text()
    page.get_by_role("button", name="Open the rating").first.click()
    page.wait_for_selector("#tab-rate", state="visible")
    page.wait_for_function(
        "words => document.querySelector('.rater-comment').value === words", arg=words
    )
    page.locator(".rater-card").focus()
    page.keyboard.press("Enter")  # leaves it as it is; the card before comes back
    page.wait_for_function("document.querySelector('.rater-comment').value === 'half a comment'")


def test_the_header_follows_rename_copy_blend_and_delete(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    page.get_by_role("button", name="Manage:").click()
    name = page.locator("#profile-name input, #profile-name textarea")
    page.wait_for_function(
        "document.querySelector('#profile-name :is(input, textarea)')?.value === 'Ada'"
    )
    name.fill("Ada Lovelace")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.wait_for_selector("#profile-headline >> text=Ada Lovelace")
    assert chosen_profile(page) == "Ada Lovelace"

    fold(page, "Blend with")
    page.wait_for_selector("#profile-mixture .st-chip")
    page.get_by_role("button", name="Create blend").click()
    page.wait_for_selector("#profile-headline >> text=Ada Lovelace and Bea")
    assert chosen_profile(page) == "Ada Lovelace and Bea"

    fold(page, "Delete for good")
    typed = page.locator("#profile-delete-name input, #profile-delete-name textarea")
    delete = page.locator("#profile-manage").get_by_role("button", name="Delete for good").last
    typed.fill("Ada")
    delete.click()
    page.wait_for_selector("text=Nothing was deleted.")
    typed.fill("Ada Lovelace and Bea")
    delete.click()
    page.wait_for_selector("text=is deleted for good.")
    assert chosen_profile(page) == "Ada Lovelace"


def test_a_profile_goes_out_as_a_file_and_comes_in_again(
    served: Served, visit: Callable, tmp_path: Path
) -> None:
    page = visit(served.url).page
    page.wait_for_selector(".rater-card img")
    steps.go(page, "profile")
    page.wait_for_selector(".chips .st-chip")
    before = steps.chips(page)
    page.get_by_role("button", name="Manage:").click()
    fold(page, "Export and import")
    with page.expect_download() as download:
        page.locator("#profile-export a").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "Ada Lovelace.taste"
    page.locator("#profile-import input[type=file]").set_input_files(file)
    page.wait_for_selector("#profile-inside .st-chip")
    inside = page.locator("#profile-inside").inner_text()
    assert re.search(r"“Ada Lovelace”: \d ratings, \d with words", inside)
    page.get_by_role("button", name="Import profile").click()
    page.wait_for_selector("#profile-headline >> text=Ada Lovelace 2")
    assert chosen_profile(page) == "Ada Lovelace 2"
    page.wait_for_selector(".chips .st-chip")
    assert steps.chips(page) == before
