"""Deleting a profile for good: rows, files, caches, thumbnails, backups, and no byte left behind.

Generated pictures stay, without the profile's name. Copies that the person made elsewhere, with
`studio backup` or by exporting, are theirs to delete.
"""

import shutil
from dataclasses import dataclass

from studio.domain import GalleryQuery, Profile
from studio.paths import Paths
from studio.services.scorers import forget_features
from studio.store import Store


@dataclass(frozen=True)
class Going:
    """What deleting takes, counted: "14 ratings, 3 versions, 1 blind test. Your 31 generated
    pictures stay."."""

    ratings: int
    choices: int
    versions: int
    tests: int
    generated_that_stay: int

    def __str__(self) -> str:
        parts = [count(self.ratings, "rating")]
        parts += [count(self.choices, "choice")] if self.choices else []
        parts += [count(self.versions, "version")]
        parts += [count(self.tests, "blind test")] if self.tests else []
        gone = f"{', '.join(parts)}."
        if not self.generated_that_stay:
            return gone
        return f"{gone} Your {count(self.generated_that_stay, 'generated picture')} stay."


def count(n: int, noun: str) -> str:
    """“1 rating”, “14 ratings”"""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def going(store: Store, profile: Profile) -> Going:
    """What deleting this profile would take."""
    return Going(
        ratings=len(store.ratings.history(profile.id)),
        choices=len(store.choices.history(profile.id)),
        versions=len(store.profiles.versions(profile.id)),
        tests=len(store.blind_tests.of_profile(profile.id)),
        generated_that_stay=store.images.count(GalleryQuery(profile_id=profile.id)),
    )


def delete(paths: Paths, store: Store, profile: Profile) -> Going:
    """Delete a profile and everything that is known about it alone.

    Raises:
        Busy: all is deleted, but traces stay in the database's files until another program stops
            reading.
    """
    summary = going(store, profile)
    seen = {rating.picture_id for rating in store.ratings.history(profile.id)}
    for choice in store.choices.history(profile.id):
        seen |= {choice.left_id, choice.right_id}
    pictures = store.pictures.get_many(seen)
    leftovers = store.profiles.delete(profile.id)
    for path in leftovers.files:
        (paths.home / path).unlink(missing_ok=True)
    for picture_id in seen - store.pictures.get_many(seen).keys():
        (paths.thumbnails / f"{picture_id}.webp").unlink(missing_ok=True)
        forget_features(paths, pictures[picture_id].sha256)
    for job_id in leftovers.job_ids:
        shutil.rmtree(paths.jobs / job_id, ignore_errors=True)
    remove_backups_of(paths, profile.id)
    store.scrub()
    return summary


def remove_backups_of(paths: Paths, profile_id: str) -> None:
    """Remove the automatic backups that hold this profile. They were made before an update of the
    database, so a newer, whole database exists; nothing can be cut out of an old one safely."""
    wanted = profile_id.encode()
    for backup in paths.backups.glob("*.db"):
        if wanted in backup.read_bytes():
            backup.unlink()
