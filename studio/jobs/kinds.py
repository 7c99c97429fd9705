"""The kinds of jobs: a name, the function that does the work, and what it needs.

The function is `run(params, context) -> Iterator[Progress | dict]`, see `studio.jobs.worker`. It is
named, not imported, so that reading this table imports no torch. To add a kind, add a line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from studio.errors import InvalidInput


class Resource(StrEnum):
    """What a job uses up, and with what it can share."""

    COMPUTE = "compute"  # the processor or the GPU, and most of the memory
    NETWORK = "network"
    LIGHT = "light"


# How many jobs may work at a time. Two that compute would each take more than twice as long.
AT_ONCE = {Resource.COMPUTE: 1, Resource.NETWORK: 2, Resource.LIGHT: 2}


@dataclass(frozen=True)
class Kind:
    """One kind of job."""

    function: str  # "module:function"
    resource: Resource
    first: bool = False  # goes before others; those that compute pause for it
    warm: bool = False  # done by the one worker that lives on and keeps models loaded


KINDS: Mapping[str, Kind] = {
    "generate": Kind("studio.services.generate_job:run", Resource.COMPUTE, first=True, warm=True),
    "learn": Kind("studio.services.learn_job:run", Resource.COMPUTE),
    "learn-elsewhere": Kind("studio.services.learn_job:run", Resource.NETWORK),  # a server computes
    "pull": Kind("studio.services.readers:run_pull", Resource.NETWORK),
    "blind": Kind("studio.services.blind_job:run", Resource.COMPUTE),
    "train": Kind("studio.services.train_job:run", Resource.COMPUTE),
    "deck": Kind("studio.services.deck_job:run", Resource.COMPUTE),
    # by the warm worker: the torch that it loads for this is there for the first picture
    "check": Kind("studio.services.check_job:run", Resource.COMPUTE, first=True, warm=True),
}


def kind_of(name: str, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """The kind of this name.

    Raises:
        InvalidInput
    """
    if name not in kinds:
        raise InvalidInput(f"There is no kind of job “{name}”. Kinds: {', '.join(kinds)}.")
    return kinds[name]
