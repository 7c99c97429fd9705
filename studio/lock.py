"""One writer a data folder: an operating system lock, and a note that says who holds it.

The system frees the lock when its holder ends, however it ends; the note may outlive a crash and is
believed only while the lock is held. Workers of a studio belong to its holder and take no lock.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from studio.errors import Busy
from studio.paths import Paths


@dataclass(frozen=True)
class Holder:
    """Who writes into a data folder."""

    pid: int
    since: str  # local time, "2026-11-23 14:02:11"
    command: str
    address: str = ""  # of its page, once it listens

    def sentence(self, home: Path) -> str:
        """Why a second writer is refused, and what to do."""
        place = f" at {self.address}" if self.address else ""
        return (
            f"A studio is already open{place} with the data in {home} ({self.command}, process "
            f"{self.pid}, since {self.since}). Use that one, or close it first."
        )


class WriterLock:
    """The right to write into a data folder, held until the block of `writing` is left."""

    def __init__(self, note: Path, holder: Holder) -> None:
        self._note = note
        self._holder = holder
        self.announce("")

    def announce(self, address: str) -> None:
        """Write down where the page of this studio is, for whoever is refused."""
        self._holder = replace(self._holder, address=address)
        draft = self._note.with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self._holder)), encoding="utf-8")
        draft.replace(self._note)


@contextmanager
def writing(paths: Paths, command: str) -> Iterator[WriterLock]:
    """Hold the data folder as its only writer.

    Raises:
        Busy: another process holds it; the sentence says which one, since when and where.
    """
    paths.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os_lock(paths)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(refusal(paths)) from None
    since = datetime.now().isoformat(sep=" ", timespec="seconds")
    try:
        yield WriterLock(paths.holder, Holder(os.getpid(), since, command))
    finally:
        paths.holder.unlink(missing_ok=True)
        lock.release()


def running(paths: Paths) -> Holder | None:
    """The studio that holds this data folder now, if one does and says so."""
    if not paths.lock.exists():
        return None
    try:
        with os_lock(paths):
            return None
    except Timeout:
        return read_note(paths.holder)


def os_lock(paths: Paths) -> FileLock:
    """The lock itself. It refuses at once, and a file system without locks is an error."""
    return FileLock(paths.lock, timeout=0, fallback_to_soft=False)


def read_note(note: Path) -> Holder | None:
    """What the holder wrote about itself; nothing if it has not yet, or was cut off writing."""
    try:
        return Holder(**json.loads(note.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None


def refusal(paths: Paths) -> str:
    """The sentence for a second writer."""
    holder = read_note(paths.holder)
    if holder:
        return holder.sentence(paths.home)
    return f"Another program holds {paths.lock}. Close the other studio first."
