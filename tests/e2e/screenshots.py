"""Makes the README's pictures from a real session: `python -m tests.e2e.screenshots [FOLDER]`.

One person rates eight cards, looks at the profile, and draws a prompt without and with that taste.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests import browser
from tests.e2e import steps
from tests.e2e.conftest import CHECKOUT, Served, free_port

TARGET = CHECKOUT / "assets" / "screenshots"
SIZE = {"width": 1280, "height": 800}


def shoot(page: Page, folder: Path) -> None:
    """The three pages that the README shows."""
    steps.name_profile(page, "My taste")
    for verdict, words in steps.SENTENCES:
        steps.react(page, verdict, words)
    steps.saved(page)
    page.locator(".rater-card").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.type("thick outlines again, and it is so cheerful")
    page.wait_for_timeout(1000)  # the chips' transition
    page.screenshot(path=folder / "rate.png")
    steps.go(page, "profile")
    page.locator(".chips .st-chip").first.click()
    page.wait_for_selector(".chips-proof")
    page.wait_for_timeout(1000)
    page.screenshot(path=folder / "profile.png")
    steps.go(page, "generate")
    page.wait_for_function("document.querySelector('#generate-prompt textarea').value !== ''")
    page.click("#generate-run")
    steps.wait_done(page)
    page.wait_for_timeout(1000)
    page.screenshot(path=folder / "generate.png")


def main(folder: Path) -> None:
    """Serve an empty studio, visit it, leave it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        studio = Served(Path(home) / "home", free_port())
        studio.start()
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), args=list(browser.ARGUMENTS)
        )
        try:
            page = chromium.new_page(viewport=SIZE)  # pyright: ignore[reportArgumentType]
            page.set_default_timeout(steps.DRAWING_MS)
            page.goto(studio.url)
            page.wait_for_selector("[role=tab]")
            shoot(page, folder)
        finally:
            chromium.close()
            studio.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
