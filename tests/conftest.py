"""What every test may rely on: a data folder of its own, no hub, and a real browser if it asks."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Set before anything imports huggingface_hub, which reads it once: no test may reach for a hub.
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True)
def studio_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of this test. Never the person's own, whatever they have set."""
    for name in [name for name in os.environ if name.startswith("STUDIO_")]:
        if name != "STUDIO_CHROMIUM":
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("STUDIO_HOME", str(home))
    return home


@pytest.fixture
def apart() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs a coroutine to its end in a thread of its own: Playwright's loop holds the main one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield lambda coroutine: thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """A real browser, shared by the tests of a run; each test opens a context of its own."""
    path = browser.find()
    if path is None:
        pytest.skip("no Chromium: run `python3 launch.py test`, which installs one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(browser.ARGUMENTS))
        yield running
        running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever drives a browser is a browser test, marked or not."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped browser test is a failed one: it proved nothing."""
    report = yield
    if os.environ.get("CI") and report.skipped and item.get_closest_marker("browser"):
        report.outcome, report.longrepr = "failed", f"a browser test was skipped: {report.longrepr}"
    return report
