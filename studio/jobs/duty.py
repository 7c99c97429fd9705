"""Whose turn it is to run the scheduler: whoever holds the data folder's lock.

`studio serve` takes it for everybody (`for_all`). A call that waits for a job takes it only if
nobody has it, for its own jobs alone, and keeps it until it ends (`for_own`).
"""

import math
import time
from collections.abc import Mapping
from contextlib import ExitStack

from studio import lock
from studio.errors import Busy
from studio.jobs.kinds import Kind
from studio.jobs.scheduler import Scheduler
from studio.paths import Paths
from studio.store.jobs import Jobs

LOOK_SECONDS = 1.0  # how often a call that waits looks whether the lock is free


class Duty:
    """The scheduler of this process, while it has one."""

    def __init__(self, jobs: Jobs, paths: Paths, kinds: Mapping[str, Kind]) -> None:
        self._jobs = jobs
        self._paths = paths
        self._kinds = kinds
        self._own: set[str] = set()
        self._scheduler: Scheduler | None = None
        self._held = ExitStack()
        self._looked = -math.inf

    def for_all(self) -> None:
        """Do every job of the data folder. The caller holds the lock."""
        self._begin(own=None)

    def for_own(self, job_id: str) -> None:
        """See to it that somebody does this job: we, if nobody else schedules."""
        self._own.add(job_id)
        if self._scheduler or time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        try:
            self._held.enter_context(lock.writing(self._paths, "studio"))
        except Busy:  # somebody does
            return
        self._begin(own=self._own)

    def wake(self) -> None:
        """Something in the queue has changed."""
        if self._scheduler:
            self._scheduler.wake()

    def unload(self) -> None:
        """Give back the memory of the warm worker."""
        if self._scheduler:
            self._scheduler.unload()

    def end(self) -> None:
        """Stop the jobs that we do, and let go of the lock if we took it."""
        self._scheduler = None
        self._held.close()

    def _begin(self, own: set[str] | None) -> None:
        scheduler = Scheduler(self._jobs, self._paths, self._kinds, own=own)
        self._scheduler = self._held.enter_context(scheduler)
