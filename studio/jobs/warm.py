"""The warm worker: does one job folder after another and keeps what they loaded between them.

Standard input carries one folder a line. When it ends, the studio is gone or wants us gone: the job
at hand is asked to stop at its next step, and after some patience the process ends anyway.
"""

import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.jobs.folder import Flag, JobFolder
from studio.jobs.reasons import NO_ROOM
from studio.jobs.worker import run_folder


class Desk:
    """The folders that came in, and the one being worked on."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._folders: queue.Queue[JobFolder | None] = queue.Queue()
        self._open: JobFolder | None = None
        self._closed = threading.Event()

    def receive(self) -> None:
        """Take in folders until the pipe closes, then see to it that the process ends."""
        for line in sys.stdin:
            self._folders.put(JobFolder(Path(line.rstrip("\n"))))
        self._closed.set()
        self._folders.put(None)
        if folder := self._open:
            folder.raise_(Flag.STOP)
        alarm = threading.Timer(self._patience, os._exit, (1,))
        alarm.daemon = True
        alarm.start()

    def work(self) -> None:
        """Do what comes in, in order."""
        kept: dict[str, Any] = {}
        while (folder := self._folders.get()) and not self._closed.is_set():
            self._open = folder
            with printing_to(folder.log):
                run_folder(folder, kept)
            self._open = None


@contextmanager
def printing_to(log: Path) -> Iterator[None]:
    """Send what is printed meanwhile, by Python or by C, into the log of the job."""
    sys.stdout.flush()
    sys.stderr.flush()
    before = [os.dup(1), os.dup(2)]
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, saved in zip((1, 2), before, strict=True):
            os.dup2(saved, stream)
            os.close(saved)


def main(argv: list[str]) -> int:
    """Serve until the pipe closes; the argument is the patience after that, in seconds."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    desk = Desk(patience=float(argv[0]))
    threading.Thread(target=desk.receive, name="receiver", daemon=True).start()
    try:
        desk.work()
    except OSError:
        logging.exception("The worker stopped")
        return NO_ROOM
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
