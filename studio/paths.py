"""Every path of the data folder, named once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP = "taste-studio"


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where the person's data lies: `STUDIO_HOME`, or the system's folder for user data."""
    import platformdirs

    chosen = (os.environ if environ is None else environ).get("STUDIO_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(platformdirs.user_data_dir(APP, appauthor=False, roaming=False))


@dataclass(frozen=True)
class Paths:
    """The rooms of one data folder. Making this object touches no file; `make` does."""

    home: Path

    @property
    def database(self) -> Path:
        """Profiles, ratings, jobs, picture records."""
        return self.home / "studio.db"

    @property
    def settings(self) -> Path:
        """What the person changed."""
        return self.home / "settings.json"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, readable by their owner alone."""
        return self.home / "secrets.json"

    @property
    def lock(self) -> Path:
        """Held by the studio that writes here."""
        return self.home / "studio.lock"

    @property
    def holder(self) -> Path:
        """Who holds the lock; beside it, since Windows lets nobody read a locked file."""
        return self.home / "studio.lock.json"

    @property
    def pictures(self) -> Path:
        """Generated pictures, with their record inside."""
        return self.home / "pictures"

    @property
    def own(self) -> Path:
        """Pictures that the person brought, without location and camera data."""
        return self.home / "own"

    @property
    def subjects(self) -> Path:
        """One folder a subject: its photos, and what trainings learnt from them."""
        return self.home / "subjects"

    @property
    def decks(self) -> Path:
        """Decks that the person made; the bundled ones are assets."""
        return self.home / "decks"

    @property
    def trash(self) -> Path:
        """Pictures that can still be brought back, for 30 days."""
        return self.home / "trash"

    @property
    def models(self) -> Path:
        """Weights that were downloaded or imported."""
        return self.home / "models"

    @property
    def own_cards(self) -> Path:
        """The person's own model cards."""
        return self.models / "models.toml"

    @property
    def jobs(self) -> Path:
        """One folder a job."""
        return self.home / "jobs"

    @property
    def logs(self) -> Path:
        """What the studio and its workers wrote down."""
        return self.home / "logs"

    @property
    def backups(self) -> Path:
        """Databases saved before a migration."""
        return self.home / "backups"

    @property
    def cache(self) -> Path:
        """Everything that can be thrown away and made again."""
        return self.home / "cache"

    @property
    def features(self) -> Path:
        """What the personal scorer sees of pictures, by the hash of their file."""
        return self.cache / "features"

    @property
    def thumbnails(self) -> Path:
        """Small copies for the pages."""
        return self.cache / "thumbnails"

    @property
    def bench(self) -> Path:
        """Pictures and results of benchmarks, by the hash of what made them."""
        return self.cache / "bench"

    def make(self) -> "Paths":
        """Create the folders, the home for its owner alone."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        rooms = (
            self.pictures,
            self.own,
            self.subjects,
            self.decks,
            self.trash,
            self.models,
            self.jobs,
        )
        for folder in rooms:
            folder.mkdir(exist_ok=True)
        for folder in (self.logs, self.backups, self.thumbnails):
            folder.mkdir(parents=True, exist_ok=True)
        return self
