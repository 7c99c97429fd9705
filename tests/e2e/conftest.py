"""The real server in a process of its own, with an empty data folder, and a page of a browser.

Timeouts are generous on purpose: CI has two slow cores, and the model draws on them meanwhile.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHECKOUT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
WAIT_MS = 60_000
OWN_HOST = re.compile(r"^(https?://127\.0\.0\.1[:/]|data:|blob:|about:)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Served:
    """A running studio: where it is, and how to end and begin it again."""

    home: Path
    port: int
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it says that it is open."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        before = len(self.log())
        command = [
            sys.executable,
            "-m",
            "studio",
            "serve",
            "--no-browser",
            "--port",
            str(self.port),
        ]
        env = {
            **os.environ,
            "STUDIO_HOME": str(self.home),
            "HF_HUB_OFFLINE": "1",
            "GOMP_SPINCOUNT": "0",
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        with self.log_file.open("a") as log:
            self.process = subprocess.Popen(
                [*command, *self.arguments], cwd=CHECKOUT, env=env, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while "Taste Studio is open at" not in self.log()[before:]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"studio serve did not open:\n{self.log()[before:]}")
            time.sleep(0.2)

    @property
    def log_file(self) -> Path:
        return self.home.parent / "serve.log"

    def log(self) -> str:
        """Everything that it printed."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def stop(self) -> int:
        """End it as a person does, with Ctrl+C; answers its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One studio for the tests of a file, which go on where the one before stopped."""
    studio = Served(tmp_path_factory.mktemp("e2e") / "home", free_port())
    studio.start()
    yield studio
    studio.stop()


@dataclass
class Visit:
    """A page, and everything it did that a page of ours must not do."""

    page: "Page"
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def described(message: "ConsoleMessage") -> str:
    """What a page complained about, and where."""
    return f"{message.text} ({message.location.get('url', '')})"


@pytest.fixture
def visit(chromium: "Browser") -> Iterator[Callable[..., Visit]]:
    """Opens pages; in the end none of them may have failed or asked another machine."""
    visits: list[Visit] = []
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, context: "BrowserContext | None" = None, **options: object) -> Visit:
        if context is None:
            chosen = {"viewport": {"width": 1280, "height": 800}, **options}
            context = chromium.new_context(**chosen)  # pyright: ignore[reportArgumentType]
            contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        seen = Visit(page)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on(
            "console", lambda m: seen.errors.append(described(m)) if m.type == "error" else None
        )
        page.on("dialog", lambda dialog: (seen.errors.append(dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda r: None if OWN_HOST.match(r.url) else seen.elsewhere.append(r.url),
        )
        page.goto(url)
        page.wait_for_selector(".header-machine:not(:empty)", state="attached")
        visits.append(seen)
        return seen

    yield open_page
    for context in contexts:
        context.close()
    assert [error for v in visits for error in v.errors] == []
    assert [url for v in visits for url in v.elsewhere] == []
