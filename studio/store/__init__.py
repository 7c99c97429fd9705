"""The database of one data folder: one repository an aggregate, and the only SQL of the project.

    store = open_store(paths.database, paths.backups)
    store.profiles · pictures · ratings · images · subjects · jobs · preferences

Repositories take and return the nouns of `studio.domain`, never rows. Each method is a transaction.
Any number of threads and processes may use the same database.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.store.blind_tests import BlindTests
from studio.store.choices import Choices
from studio.store.database import Database
from studio.store.images import Images
from studio.store.jobs import Jobs
from studio.store.pictures import Pictures
from studio.store.preferences import Preferences
from studio.store.profiles import Leftovers, Profiles
from studio.store.ratings import RatingCounts, Ratings
from studio.store.subjects import Subjects
from studio.store.upgrade import bring_up_to_date

__all__ = ["Leftovers", "RatingCounts", "Store", "open_store"]


@dataclass(frozen=True)
class Store:
    """An open database."""

    database: Database
    profiles: Profiles
    pictures: Pictures
    ratings: Ratings
    images: Images
    subjects: Subjects
    jobs: Jobs
    preferences: Preferences
    blind_tests: BlindTests
    choices: Choices

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole database to a new file."""
        self.database.copy_to(target)

    def verify(self) -> None:
        """Check a database that comes from elsewhere, and make anew what it should derive.

        Raises:
            StoreError: pages are damaged, or rows point nowhere.
        """
        self.database.verify()

    def scrub(self) -> None:
        """Leave no byte of deleted rows in the database's files.

        Raises:
            Busy: rows are gone, but traces stay while another program reads.
        """
        self.database.scrub()

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_store(database: Path, backups: Path) -> Store:
    """Open the database, made if it is not there and upgraded if an earlier studio wrote it; a copy
    from before an upgrade is put into `backups`.

    Raises:
        NewerDatabase: a newer studio wrote it.
        StoreError, NoRoom: it is damaged, or there is no room to upgrade it.
    """
    bring_up_to_date(database, backups)
    opened = Database(database)
    return Store(
        database=opened,
        profiles=Profiles(opened),
        pictures=Pictures(opened),
        ratings=Ratings(opened),
        images=Images(opened),
        subjects=Subjects(opened),
        jobs=Jobs(opened),
        preferences=Preferences(opened),
        blind_tests=BlindTests(opened),
        choices=Choices(opened),
    )
