"""The folder of a job: every file by which a job and the studio talk.

job.json        what to do: the job, its function, the data folder
reports.jsonl   how far it is, one line a report, appended by the worker
heartbeat       touched every other second while the worker lives
cancel, stop, pause, yield    flags that the worker looks at before each step
outcome.json    how it ended, written in one step; its presence ends the job
log.txt         what was printed, and the trace of an error
…               whatever the job itself keeps: previews, checkpoints
"""

import os
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field

from pipelines.spec import Frozen
from studio.domain import Job, JobState, Progress

LOG_TAIL = 40  # lines; enough for a trace and what led to it
TAIL_BYTES = 64 * 1024


class Flag(StrEnum):
    """What the worker is asked to do. The first two end the job, the others hold it."""

    CANCEL = "cancel"  # by the person
    STOP = "stop"  # the studio closes
    PAUSE = "pause"  # by the person
    YIELD = "yield"  # by the scheduler, while something goes first


class Spec(Frozen):
    """What a worker has to know."""

    job: Job
    function: str  # "module:function"
    home: str  # the data folder


class Report(Frozen):
    """A line of `reports.jsonl`. `state` is RUNNING, or PAUSED from here on."""

    state: JobState = JobState.RUNNING
    progress: Progress = Progress()


class Outcome(Frozen):
    """How a job ended: a final state, what it made, and why it ended badly if it did."""

    state: JobState
    result: dict[str, Any] = Field(default_factory=dict)
    reason: str = ""


class JobFolder:
    """Both sides use this class: the worker writes reports and the outcome, the studio the rest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log.txt"
        self._spec = path / "job.json"
        self._reports = path / "reports.jsonl"
        self._heartbeat = path / "heartbeat"
        self._outcome = path / "outcome.json"

    def prepare(self, spec: Spec) -> None:
        """Make the folder ready for a run. What an earlier run kept (log, checkpoints) stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        for file in (self._reports, self._heartbeat, self._outcome):
            file.unlink(missing_ok=True)
        for flag in Flag:
            self.lower(flag)
        self._replace(self._spec, spec.model_dump_json(indent=2))

    def spec(self) -> Spec:
        """What to do."""
        return Spec.model_validate_json(self._spec.read_bytes())

    def raise_(self, flag: Flag) -> None:
        """Set a flag."""
        (self.path / flag).touch()

    def lower(self, flag: Flag) -> None:
        """Take a flag away."""
        (self.path / flag).unlink(missing_ok=True)

    def is_up(self, flag: Flag) -> bool:
        """Whether a flag is set."""
        return (self.path / flag).exists()

    def report(self, report: Report) -> None:
        """Append a report; a reader sees all of the line or none of it."""
        with self._reports.open("a", encoding="utf-8") as file:
            file.write(report.model_dump_json() + "\n")

    def reports(self, offset: int = 0) -> tuple[list[Report], int]:
        """Reports from a byte offset on, and the offset to go on from."""
        try:
            with self._reports.open("rb") as file:
                file.seek(offset)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return [], offset
        lines = whole.splitlines()
        return [Report.model_validate_json(line) for line in lines], offset + (
            len(whole) + 1 if whole else 0
        )

    def beat(self) -> None:
        """Say that the worker lives."""
        self._heartbeat.touch()

    def last_beat(self) -> float | None:
        """When the worker last said so, in seconds since the epoch."""
        try:
            return self._heartbeat.stat().st_mtime
        except FileNotFoundError:
            return None

    def finish(self, outcome: Outcome) -> None:
        """End the job."""
        self._replace(self._outcome, outcome.model_dump_json(indent=2))

    def outcome(self) -> Outcome | None:
        """How it ended; None while it has not."""
        try:
            return Outcome.model_validate_json(self._outcome.read_bytes())
        except FileNotFoundError:
            return None

    def write_log(self, text: str) -> None:
        """Append to the log."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text.rstrip()}\n")

    def log_tail(self, lines: int = LOG_TAIL) -> list[str]:
        """The last lines of the log; none if nothing was written."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
                return file.read().decode("utf-8", "replace").splitlines()[-lines:]
        except FileNotFoundError:
            return []

    def _replace(self, file: Path, text: str) -> None:
        """Write a file so that it is never seen half written, not even after a power cut."""
        draft = file.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)


def folders(root: Path) -> Iterator[JobFolder]:
    """All job folders below `root`."""
    return (JobFolder(path) for path in root.iterdir() if path.is_dir())
