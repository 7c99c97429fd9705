"""One file with everything that a person would miss: `studio backup FILE`.

A zip archive: `backup.json` says what it is, `studio.db` is a consistent copy of the database, and
the rest are the files that the studio keeps, under the names that they have in the data folder.
Left out: weights (they can be downloaded again), caches, job folders, keys and passwords.
"""

import errno
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field

from pipelines.spec import Frozen
from studio import __version__
from studio.domain import Progress, now
from studio.errors import AlreadyExists, NoRoom
from studio.paths import Paths
from studio.store import Store
from studio.store.upgrade import newest

FORMAT = 1
MANIFEST = "backup.json"
DATABASE = "studio.db"
Told = Callable[[Progress], None]


class Manifest(Frozen):
    """What a backup says about itself. `format` grows when an older studio could not restore it."""

    format: int = FORMAT
    studio: str = __version__
    database: str  # version of its tables
    files: int
    created: float = Field(default_factory=now)


def kept_folders(paths: Paths) -> list[Path]:
    """Folders that a backup holds."""
    return [paths.pictures, paths.own, paths.subjects, paths.decks, paths.trash]


def kept_files(paths: Paths) -> list[Path]:
    """Single files that a backup holds if they are there."""
    return [paths.settings, paths.own_cards]


def back_up(
    paths: Paths, store: Store, target: Path, told: Told = lambda progress: None
) -> Manifest:
    """Write a backup. The studio may go on working meanwhile: the database is copied first, so
    that every picture it knows is there.

    Raises:
        AlreadyExists: there is a file at `target`.
        NoRoom: the disk is full; nothing is left at `target`.
    """
    if target.exists():
        raise AlreadyExists(f"{target} is there already. Choose another name, or remove it.")
    draft = target.with_name(f"{target.name}.part")
    with disk_may_be_full(target), tempfile.TemporaryDirectory(dir=paths.home) as folder:
        copy = Path(folder) / DATABASE
        store.copy_to(copy)
        files = list(files_of(paths))
        manifest = Manifest(database=newest(), files=len(files))
        try:
            with zipfile.ZipFile(draft, "w") as archive:
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
                archive.write(copy, DATABASE, zipfile.ZIP_DEFLATED)
                add_files(archive, files, paths.home, told)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return manifest


def files_of(paths: Paths) -> Iterator[Path]:
    """All kept files. Links are left out: what they point at is not ours."""
    found = [file for folder in kept_folders(paths) for file in sorted(folder.rglob("*"))]
    found += kept_files(paths)
    return (file for file in found if file.is_file() and not file.is_symlink())


def add_files(archive: zipfile.ZipFile, files: list[Path], home: Path, told: Told) -> None:
    """Pictures are compressed already, so they are stored as they are."""
    for number, file in enumerate(files, start=1):
        try:
            archive.write(file, file.relative_to(home).as_posix())
        except FileNotFoundError:  # thrown away since we looked
            continue
        told(Progress(step=number, total=len(files), text=f"Saving {file.name}"))


@contextmanager
def disk_may_be_full(place: Path) -> Iterator[None]:
    """A full disk as an error of ours.

    Raises:
        NoRoom
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise NoRoom(f"The disk is full; {place} was not finished. Free some space.") from error
