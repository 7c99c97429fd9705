"""What a person does on the pages, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SENTENCES = (  # what somebody says who likes flat, bold, simple pictures
    ("liked", "thick dark outlines and few colours"),
    ("liked", "I love the flat colours"),
    ("disliked", "too glossy and shiny"),
    ("liked", "bold black lines, like a woodcut"),
    ("disliked", "too much detail, busy background"),
    ("liked", "muted pastel colours"),
    ("liked", "simple shapes and lots of white"),
    ("disliked", "neon colours hurt my eyes"),
)
DRAWING_MS = 600_000  # for a picture; two cores, a model to load, and other tests beside it
KEYS = {"liked": "ArrowRight", "disliked": "ArrowLeft"}


def name_profile(page: "Page", name: str) -> None:
    """Give a taste a name; card 1 appears."""
    page.fill("#studio-new-name textarea, #studio-new-name input", name)
    page.click("#studio-create")
    page.wait_for_selector(".rater-card img")


def react(page: "Page", verdict: str, words: str) -> None:
    """One card: verdict, words, Enter."""
    page.locator(".rater-card").focus()
    page.keyboard.press(KEYS[verdict])
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def saved(page: "Page") -> None:
    """Wait until the studio has every answer."""
    page.wait_for_function("(JSON.parse(localStorage.getItem('studio.outbox')) ?? []).length === 0")


def teach(page: "Page") -> None:
    """Eight cards with sentences."""
    for verdict, words in SENTENCES:
        react(page, verdict, words)
    saved(page)


def go(page: "Page", place: str) -> "Locator":
    """Open a tab; answers its panel once it is on screen."""
    page.evaluate(f"studio.keys.goTo('{place}')")
    panel = page.locator(f"#tab-{place}")
    panel.wait_for(state="visible")
    return panel


def heard(page: "Page") -> list[str]:
    """The attributes beside the cards."""
    return page.locator(".heard-item .st-chip > span:first-child").all_inner_texts()


def chips(page: "Page") -> list[str]:
    """The attributes of the profile page."""
    return page.locator(".chips .st-chip > span:first-child").all_inner_texts()


def fill_form(page: "Page", prompt: str, *, show: str = "Pictures") -> None:
    """A quick picture: one, in two steps, with a seed that is kept."""
    go(page, "generate")
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value !== ''")
    write_prompt(page, prompt)
    page.get_by_label(show, exact=True).check()
    page.fill("#generate-seed input", "4711")
    page.get_by_role("button", name="More settings").click()
    steps = page.locator("#generate-steps input[type=number]")
    steps.fill("2")
    steps.blur()
    choose(page, "#generate-count", "1")
    page.get_by_role("button", name="More settings").click()


def write_prompt(page: "Page", prompt: str) -> None:
    """Typed key by key: Gradio does not take notice of a value that is only set."""
    page.locator("#generate-prompt textarea").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(prompt)


def choose(page: "Page", place: str, words: str) -> None:
    """Choose from one of Gradio's lists."""
    page.locator(f"{place} input").click()
    page.get_by_role("option", name=words, exact=True).click()


def press_generate(page: "Page", *, by_key: bool = False) -> str:
    """Press Generate, or Ctrl+Enter; answers the id of the job once the page shows it."""
    before = page.locator(".compare").get_attribute("data-job")
    if by_key:
        page.locator("#generate-prompt textarea").press("Control+Enter")
    else:
        page.click("#generate-run")
    page.wait_for_function(
        "old => (document.querySelector('.compare')?.dataset.job ?? null) !== old", arg=before
    )
    return str(page.locator(".compare").get_attribute("data-job"))


def wait_done(page: "Page") -> None:
    """Wait until the batch on screen is done."""
    page.wait_for_selector(".compare[data-state=done]", timeout=DRAWING_MS)
