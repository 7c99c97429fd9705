"""Who goes next. Pure: what the active jobs look like in, what to do with them out.

One job computes at a time. One that goes first (a picture) makes a computing job pause at its next
step and waits for that; the paused one goes on before anything else starts. A job that the person
paused keeps its place in memory and blocks nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.domain import Job, JobState
from studio.jobs.kinds import AT_ONCE, Kind, Resource


class Do(StrEnum):
    """What the scheduler does with a job."""

    START = "start"
    HOLD = "hold"  # raise its YIELD flag
    GO_ON = "go on"  # lower its YIELD flag


@dataclass(frozen=True)
class Seen:
    """An active job as the scheduler sees it."""

    job: Job
    kind: Kind
    paused: bool = False  # the person's flag is up
    yielding: bool = False  # our flag is up

    @property
    def waits(self) -> bool:
        """It has not begun."""
        return self.job.state is JobState.WAITING

    @property
    def works(self) -> bool:
        """It uses its resource: it runs, or has been told that it may."""
        if self.job.state is JobState.PAUSED:
            return not (self.paused or self.yielding)
        return self.job.state is JobState.RUNNING


def decide(active: Sequence[Seen]) -> list[tuple[Do, Seen]]:
    """What to do now, given all active jobs, oldest first."""
    steps: list[tuple[Do, Seen]] = []
    for resource, limit in AT_ONCE.items():
        mine = [seen for seen in active if seen.kind.resource is resource]
        steps += decide_one(mine, limit, makes_way=resource is Resource.COMPUTE)
    return steps


def decide_one(active: Sequence[Seen], limit: int, makes_way: bool) -> list[tuple[Do, Seen]]:
    """The same for one resource."""
    working = [seen for seen in active if seen.works]
    waiting = [seen for seen in active if seen.waits]
    urgent = [seen for seen in waiting if seen.kind.first]
    held = [seen for seen in active if seen.yielding and not seen.paused]
    on_hold = [seen for seen in held if not seen.works]
    steps: list[tuple[Do, Seen]] = []
    if makes_way and urgent:
        asked = [seen for seen in working if not (seen.kind.first or seen.yielding)]
        steps += [(Do.HOLD, seen) for seen in asked]
    elif not any(seen.kind.first for seen in working):
        # nobody needs it to make way any more, and it has not stopped yet
        steps += [(Do.GO_ON, seen) for seen in held if seen.works]
    free = limit - len(working)
    queue = [(Do.START, s) for s in urgent] + [(Do.GO_ON, s) for s in on_hold]
    queue += [(Do.START, s) for s in waiting if not s.kind.first]
    return steps + queue[: max(0, free)]
