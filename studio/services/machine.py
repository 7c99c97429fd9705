"""What this computer draws with, as a worker found it out.

Finding out takes importing torch, which the process of the pages never does: workers note what they
found in the database, and the pages read it there.
"""

from importlib.metadata import PackageNotFoundError, version

from pipelines.spec import Frozen
from studio.domain import Job, JobState
from studio.settings import Settings
from studio.store import Store

FACTS = "machine"  # preference
CHECK = "check"  # the kind of job that looks, `studio.services.check_job`


class Machine(Frozen):
    """Device and precision that pictures are made with."""

    device: str  # as torch calls it, without a number: "cpu", "cuda", "mps", "xpu"
    dtype: str
    torch: str  # its version
    wanted: tuple[str, str]  # device and precision of the settings when it was found out

    @property
    def accelerated(self) -> bool:
        """Whether anything faster than the processor draws."""
        return self.device != "cpu"


class MachineService:
    """Reads what is known, and asks a worker when something may have changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self) -> Machine | None:
        """What a worker found last; None before the first has looked."""
        found = self._store.preferences.get(FACTS)
        return None if found is None else Machine.parse(found)

    def note(self, machine: Machine) -> None:
        """Remember it for the pages."""
        if machine != self.known():
            self._store.preferences.set(FACTS, machine.model_dump(mode="json"))

    def is_fresh(self, settings: Settings) -> bool:
        """Whether what is known was found with this version of torch and these settings."""
        known = self.known()
        wanted = (settings.device, settings.dtype)
        return known is not None and (known.torch, known.wanted) == (torch_version(), wanted)

    def check(self) -> Job:
        """The job that looks at everything; submit it to `studio.jobs`."""
        return Job(kind=CHECK, title="Check of this computer")

    def last_check(self) -> Job | None:
        """The newest check that anybody asked for and that was not cancelled."""
        told = set(JobState) - {JobState.CANCELLED}
        return next(iter(self._store.jobs.all(told, CHECK, limit=1)), None)


def torch_version() -> str:
    """Of the installed torch, without importing it; "" if there is none."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""
