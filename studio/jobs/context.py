"""What the function of a job may use."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.domain import Job
from studio.jobs.folder import JobFolder, Spec
from studio.paths import Paths
from studio.settings import Settings, load_settings

if TYPE_CHECKING:
    from studio.store import Store


class JobContext:
    """The job, its folder for previews and checkpoints, and the studio's paths, settings, rows.

    `kept` is a dictionary that lives as long as the worker's process: put loaded models there, and
    the next generation finds them.
    """

    def __init__(self, spec: Spec, folder: JobFolder, kept: dict[str, Any]) -> None:
        self.job: Job = spec.job
        self.folder: Path = folder.path
        self.paths = Paths(Path(spec.home))
        self.kept = kept

    @cached_property
    def settings(self) -> Settings:
        """The settings as they are when the job first asks."""
        return load_settings(self.paths)

    @cached_property
    def store(self) -> "Store":
        """The database, opened when the job first asks."""
        from studio.store import open_store

        return open_store(self.paths.database, self.paths.backups)

    def __enter__(self) -> "JobContext":
        return self

    def __exit__(self, *_error: object) -> None:
        if "store" in self.__dict__:
            self.store.close()
