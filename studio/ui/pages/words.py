"""How the pages say times, weights and readers, the same everywhere."""

import math
from datetime import datetime, timedelta

from studio.services.learning import CHIP
from studio.services.readings import BUILT_IN
from studio.ui.strings import text

MINUTE = 60
READERS = {BUILT_IN: "reader_basic", CHIP: "reader_chip"}


def dots(weight: float) -> int:
    """A weight in [0, 1] as one to five dots."""
    return max(1, min(5, math.ceil(weight * 5)))


def day(moment: float) -> str:
    """“today 14:02”, “yesterday 9:30”, “2026-11-20”."""
    then = datetime.fromtimestamp(moment).astimezone()
    today = datetime.now().astimezone().date()
    clock = then.strftime("%H:%M")
    if then.date() == today:
        return text("words.today", clock=clock)
    if then.date() == today - timedelta(days=1):
        return text("words.yesterday", clock=clock)
    return then.date().isoformat()


def duration(seconds: float) -> str:
    """“8 s”, “3 min”"""
    if seconds < MINUTE:
        return text("jobs.seconds", n=max(1, round(seconds)))
    return text("jobs.minutes", n=round(seconds / MINUTE))


def size(count: float) -> str:
    """Bytes for people: “90 MB”, “6.9 GB”."""
    if count < 1e6:
        return text("words.kilobytes", n=f"{count / 1e3:.0f}")
    if count < 1e9:
        return text("words.megabytes", n=f"{count / 1e6:.0f}")
    return text("words.gigabytes", n=f"{count / 1e9:.1f}")


def reader(backend: str) -> str:
    """Who read it: “basic reading”, or the id of the reader."""
    key = READERS.get(backend)
    return text(f"words.{key}") if key else backend
