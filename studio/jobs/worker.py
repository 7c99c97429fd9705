"""The worker: runs the function of one job folder, step by step. `python -m studio.jobs.worker DIR`

A job's function is a generator:

    def run(params: dict, context: JobContext) -> Iterator[Progress | dict]:
        for step, loss in enumerate(training, start=1):
            yield Progress(step=step, total=800, text="Teaching Momo")
        yield {"path": ...}

Each `yield` is a step boundary: there it can be cancelled (GeneratorExit: `finally` blocks run) or
held until it may go on. A yielded dict is the result so far; the last one counts, and it is kept
when the job is cancelled or fails later.
"""

import errno
import importlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.domain import Job, JobState, Progress
from studio.jobs.context import JobContext
from studio.jobs.folder import Flag, JobFolder, Outcome, Report, Spec
from studio.jobs.reasons import NO_ROOM, reason_of

HEARTBEAT_SECONDS = 2.0
HELD_POLL_SECONDS = 0.05
Steps = Iterator[Progress | dict[str, Any]]


def run_folder(folder: JobFolder, kept: dict[str, Any]) -> Outcome:
    """Do the work of a job folder and write its outcome. `kept` lives on between jobs of a warm
    worker; the functions of jobs put loaded models there."""
    spec = folder.spec()
    with heartbeat(folder), JobContext(spec, folder, kept) as context:
        outcome = Walk(folder, spec.job).through(spec, context)
    folder.finish(outcome)
    return outcome


class Walk:
    """One job from its first step to its outcome."""

    def __init__(self, folder: JobFolder, job: Job) -> None:
        self._folder = folder
        self._job = job
        self._last = Progress()
        self._result: dict[str, Any] = {}
        self._pace = Pace()

    def through(self, spec: Spec, context: JobContext) -> Outcome:
        """Take every step; whatever happens, the outcome says it in a sentence."""
        try:
            return self._walk(find_function(spec.function)(dict(spec.job.params), context))
        except (Exception, SystemExit) as error:
            self._folder.write_log("".join(traceback.format_exception(error)))
            reason = reason_of(error, self._job, Path(spec.home))
            return self._outcome(JobState.FAILED, reason)

    def _walk(self, steps: Steps) -> Outcome:
        for step in steps:
            if isinstance(step, Progress):
                self._last = self._pace.timed(step)
                self._folder.report(Report(progress=self._last))
            else:
                self._result = step
            if ending := self._wait_while_held():
                steps.close()  # pyright: ignore[reportAttributeAccessIssue]  # generators have it
                return ending
        return self._outcome(JobState.DONE)

    def _wait_while_held(self) -> Outcome | None:
        """Return at once, or when the job may go on; with an outcome if it must end."""
        held = False
        while True:
            if self._folder.is_up(Flag.CANCEL):
                return self._outcome(JobState.CANCELLED, f"Cancelled{self._place()}.")
            if self._folder.is_up(Flag.STOP):
                reason = f"The studio was closed{self._place()}. Try again to go on."
                return self._outcome(JobState.INTERRUPTED, reason)
            if not (self._folder.is_up(Flag.PAUSE) or self._folder.is_up(Flag.YIELD)):
                break
            if not held:
                self._folder.report(Report(state=JobState.PAUSED, progress=self._last))
                held = True
            time.sleep(HELD_POLL_SECONDS)
            self._pace.pause(HELD_POLL_SECONDS)
        if held:
            self._folder.report(Report(progress=self._last))
        return None

    def _place(self) -> str:
        return f" at step {self._last.step} of {self._last.total}" if self._last.total else ""

    def _outcome(self, state: JobState, reason: str = "") -> Outcome:
        return Outcome(state=state, result=self._result, reason=reason)


class Pace:
    """Guesses how long the rest will take, from the steps so far and without the pauses."""

    def __init__(self) -> None:
        self._begun: tuple[float, int] | None = None

    def pause(self, seconds: float) -> None:
        """Do not count these."""
        if self._begun:
            self._begun = (self._begun[0] + seconds, self._begun[1])

    def timed(self, progress: Progress) -> Progress:
        """The same progress with a guess, unless it brings one. The first step is not counted: it
        is the one that loads things."""
        if self._begun is None or progress.step < self._begun[1]:
            self._begun = (time.monotonic(), progress.step)
        since, first = self._begun
        if progress.seconds_left is not None or progress.step <= first or not progress.total:
            return progress
        each = (time.monotonic() - since) / (progress.step - first)
        left = each * (progress.total - progress.step)
        return progress.model_copy(update={"seconds_left": round(left, 1)})


@contextmanager
def heartbeat(folder: JobFolder) -> Iterator[None]:
    """Touch the heartbeat file while the block runs, also through a step that takes minutes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            folder.beat()

    folder.beat()
    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def find_function(name: str) -> Callable[[dict[str, Any], JobContext], Steps]:
    """The function "module:function" of a kind."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)


def main(argv: list[str]) -> int:
    """Run one folder; the exit status matters only where no outcome could be written."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        run_folder(JobFolder(Path(argv[0])), kept={})
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return NO_ROOM
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
