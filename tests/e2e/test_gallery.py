"""UX.md section 9, scenario 11: find, rate, recall, trash, among 300 pictures."""

from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from studio.context import Studio, build_studio
from studio.domain import ImageRecord, Picture, PictureKind, Verdict
from studio.paths import Paths
from studio.provenance import write_png
from studio.store import open_store
from tests.e2e import steps
from tests.e2e.conftest import Served, free_port

SUBJECTS = ("a fox drinking tea", "a rocket", "a castle in the snow")
FOXES = 100
LIKED = 20


def record(prompt: str, seed: int) -> dict[str, object]:
    """What a picture remembers, as generation writes it."""
    spec = {"prompt": prompt, "seed": seed, "steps": 7, "sampler": "euler"}
    model = {"id": "sticker-128", "hash": ""}
    sizes = {"width": 128, "height": 128, "guidance": 3.5}
    return {"prompt": prompt, "seed": seed, "spec": spec, "model": model, **sizes}


def fill(studio: Studio) -> None:
    """300 pictures of three subjects; some foxes are liked."""
    profile = studio.profiles.create("Ada")
    made = []
    for number in range(300):
        name, prompt = f"{number:012x}", SUBJECTS[number % 3]
        path = studio.paths.pictures / f"{name}.png"
        colour = (number % 256, 80, 255 - number % 256)
        write_png(Image.new("RGB", (64, 64), colour), path, None)
        known = {"path": path.relative_to(studio.paths.home).as_posix(), "id": name}
        picture = Picture(
            kind=PictureKind.GENERATED, sha256=name, width=64, height=64, caption=prompt, **known
        )
        details = record(prompt, number)
        image = ImageRecord(
            prompt=prompt, seed=number, model_id="sticker-128", record=details, **known
        )
        made.append((picture, image))
    studio.store.images.add_many(made)
    for number in range(0, 3 * LIKED, 3):
        studio.rating.rate(profile.id, f"{number:012x}", Verdict.LIKED)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("gallery") / "home"
    with build_studio(Paths(home)) as studio:
        fill(studio)
    server = Served(home, free_port())
    server.start()
    yield server
    server.stop()


def count(page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('.grid-shelf > p').textContent === words", arg=words
    )


def test_search_and_rating_find_pictures_with_words_as_alt_text(
    served: Served, visit: Callable
) -> None:
    page = visit(served.url).page
    steps.go(page, "gallery")
    count(page, "300 pictures")
    page.locator("#gallery-search textarea, #gallery-search input").click()
    page.keyboard.type("fox")
    count(page, f"{FOXES} pictures")
    steps.choose(page, "#gallery-rating", "liked")
    count(page, f"{LIKED} pictures")
    alts = page.locator(".grid-cell img").evaluate_all("all => all.map(each => each.alt)")
    assert len(alts) == LIKED
    assert set(alts) == {"a fox drinking tea, liked"}


def test_pages_are_turned_and_turned_back(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "gallery")
    count(page, "300 pictures")
    first = page.locator(".grid-cell").first.get_attribute("data-id")
    page.get_by_role("button", name="Older").click()
    page.wait_for_function(
        "first => document.querySelector('.grid-cell').dataset.id !== first", arg=first
    )
    page.get_by_role("button", name="Newer").click()
    page.wait_for_function(
        "first => document.querySelector('.grid-cell').dataset.id === first", arg=first
    )


def test_a_key_rates_the_picture_that_has_the_focus(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "gallery")
    page.wait_for_selector(".grid-cell")
    page.locator(".grid-cell").nth(1).focus()
    name = page.locator(".grid-cell").nth(1).get_attribute("data-id")
    page.keyboard.press("l")
    page.wait_for_selector(f".grid-cell[data-id='{name}'] [data-verdict=liked]")
    assert page.evaluate("document.activeElement.dataset.id") == name
    paths = Paths(served.home)
    store = open_store(paths.database, paths.backups)
    try:
        (profile,) = store.profiles.all()
        stored = store.ratings.of_pictures([str(name)], profile.id)
        assert stored[str(name)].verdict is Verdict.LIKED
    finally:
        store.close()


def test_recall_fills_generate_with_exactly_these_settings(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "gallery")
    page.wait_for_selector(".grid-cell")
    page.locator(".grid-cell[data-id='00000000012b']").click()
    page.get_by_role("button", name="Recall").click()
    page.wait_for_function("document.querySelector('#generate-seed input')?.value === '299'")
    page.get_by_role("button", name="More settings").click()
    values = {
        "prompt": page.locator("#generate-prompt textarea").input_value(),
        "steps": page.locator("#generate-steps input[type=number]").input_value(),
        "taste": page.get_by_label("Use my taste").is_checked(),
    }
    assert values == {"prompt": "a castle in the snow", "steps": "7", "taste": False}


def test_a_trashed_picture_comes_back(served: Served, visit: Callable) -> None:
    page = visit(served.url).page
    steps.go(page, "gallery")
    count(page, "300 pictures")
    name = page.locator(".grid-cell").first.get_attribute("data-id")
    page.locator(".grid-cell").first.focus()
    page.keyboard.press("Delete")
    count(page, "299 pictures")
    assert page.locator(f".grid-cell[data-id='{name}']").count() == 0
    page.keyboard.press("Enter")  # the focus is on Undo
    count(page, "300 pictures")
    page.wait_for_selector(f".grid-cell[data-id='{name}']")
