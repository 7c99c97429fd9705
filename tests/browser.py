"""Finds the Chromium that browser tests drive; `python -m tests.browser` gets one if none is there.

In this order: STUDIO_CHROMIUM, a browser on PATH, Debian's package (as root), Playwright's own
download. Without any the browser tests are skipped, which CI does not accept.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ARGUMENTS = ("--no-sandbox",)  # root, as in CI, has no sandbox


def find() -> str | None:
    """Path of a browser, or None."""
    chosen = os.environ.get("STUDIO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return chosen or downloaded()


def downloaded() -> str | None:
    """The browser that Playwright downloaded, if it did."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> None:
    """Get a browser without asking a question."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-qq", *words], env=env, stdin=subprocess.DEVNULL, check=False
            )
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    """Exit status 0 when a browser is there in the end."""
    if not find():
        print("  getting Chromium for the browser tests")
        install()
    if not find():
        print("No Chromium could be had: browser tests are skipped. Install Chromium or Chrome.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
