"""Tiny jobs for the tests, and the table that names them."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studio.domain import Progress
from studio.errors import InvalidInput
from studio.jobs.context import JobContext
from studio.jobs.folder import JobFolder
from studio.jobs.kinds import Kind, Resource

Steps = Iterator[Progress | dict[str, Any]]
HERE = "tests.studio.jobs.work"


def count(params: dict[str, Any], context: JobContext) -> Steps:
    """Count to `total`, one step every `seconds`; write each step into a file of the folder."""
    begin = int((context.folder / "counted").read_text()) if params.get("resume") else 0
    for step in range(begin + 1, params["total"] + 1):
        time.sleep(params.get("seconds", 0.01))
        (context.folder / "counted").write_text(str(step))
        with (context.folder / "times").open("a") as times:
            times.write(f"{time.time()}\n")
        yield Progress(step=step, total=params["total"], text=f"Counted to {step}")
        yield {"counted": step}


def fail(params: dict[str, Any], context: JobContext) -> Steps:
    """Raise the named error after one step."""
    yield Progress(step=1, total=3)
    errors = {
        "ours": InvalidInput("The deck has no pictures. Choose another one."),
        "foreign": ZeroDivisionError("division by zero"),
        "disk": OSError(28, "No space left on device"),
        "memory": MemoryError(),
    }
    raise errors[params["error"]]


def die(params: dict[str, Any], context: JobContext) -> Steps:
    """End the process without a word."""
    yield Progress(step=1, total=3)
    print("last words", flush=True)
    if "signal" in params:
        os.kill(os.getpid(), params["signal"])
    os._exit(params.get("code", 3))


def stuck(params: dict[str, Any], context: JobContext) -> Steps:
    """A step that does not end."""
    yield Progress(step=1, total=2)
    time.sleep(60)
    yield Progress(step=2, total=2)


def picture(params: dict[str, Any], context: JobContext) -> Steps:
    """Like a generation: load once, then make; dies first if asked to."""
    context.kept["loads"] = context.kept.get("loads", 0) + 1
    yield Progress(step=0, total=2, text="Loading")
    if params.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    for step in (1, 2):
        time.sleep(params.get("seconds", 0.0))
        yield Progress(step=step, total=2)
    print("made a picture", flush=True)
    yield {"jobs_in_this_process": context.kept["loads"], "pid": os.getpid(), "at": time.time()}


def fill(params: dict[str, Any], context: JobContext) -> Steps:
    """Make every file that this process writes from now on lie on a full disk."""
    yield Progress(step=1, total=3)

    def write_to_full_disk(*_anything: object) -> None:
        with Path("/dev/full").open("w") as full:
            full.write("x")

    for name in params["writes"]:
        setattr(JobFolder, name, write_to_full_disk)
    yield Progress(step=2, total=3)


KINDS = {
    "count": Kind(f"{HERE}:count", Resource.COMPUTE),
    "light": Kind(f"{HERE}:count", Resource.LIGHT),
    "fail": Kind(f"{HERE}:fail", Resource.LIGHT),
    "die": Kind(f"{HERE}:die", Resource.LIGHT),
    "stuck": Kind(f"{HERE}:stuck", Resource.LIGHT),
    "fill": Kind(f"{HERE}:fill", Resource.LIGHT),
    "picture": Kind(f"{HERE}:picture", Resource.COMPUTE, first=True, warm=True),
    "nowhere": Kind(f"{HERE}:nothing", Resource.LIGHT),
}
