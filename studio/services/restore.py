"""Bring a backup back: `studio restore FILE`. All of it, or nothing.

The archive is unpacked beside the data and checked there: names, sizes, checksums, the database.
Only then do its folders take the places of today's, by renames. A marker says that this has begun,
and whoever opens the folder after a crash finishes it first (`finish`).

A backup may come from anywhere: names that lead out of the data folder are refused, and so is
anything that a backup does not hold. Jobs in it do not start by themselves.
"""

import json
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from pipelines.spec import explain
from studio import lock
from studio.domain import JobState, Progress
from studio.errors import (
    AlreadyExists,
    Busy,
    InvalidInput,
    NewerDatabase,
    NoRoom,
    NotFound,
    StoreError,
)
from studio.paths import Paths
from studio.services.backup import (
    DATABASE,
    FORMAT,
    MANIFEST,
    Manifest,
    Told,
    disk_may_be_full,
    kept_files,
    kept_folders,
)
from studio.settings import load_settings
from studio.store import open_store
from studio.store.upgrade import check_not_newer, read_version

HERE = Paths(Path("home"))  # stands for any data folder where only names matter
SINGLE = {MANIFEST, DATABASE, *(f.relative_to(HERE.home).as_posix() for f in kept_files(HERE))}
FOLDERS = {folder.relative_to(HERE.home).as_posix() for folder in kept_folders(HERE)}
STAGING = "restoring"  # beside the data, so that renames are enough
READY = "ready"  # in the staging folder: it is whole, and its contents take their places
MANIFEST_BYTES = 64 * 1024
SPARE_BYTES = 100 * 1024 * 1024  # what must stay free on the disk
RESTORED = "It was in the queue when the backup was made. Try again if you still want it."
# what reading a zip archive raises when the file is damaged or strange
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def restore(
    paths: Paths, source: Path, replace: bool = False, told: Told = lambda progress: None
) -> Manifest:
    """Put the data of a backup into the data folder.

    Args:
        replace: the data folder is in use; what is in it is deleted.

    Raises:
        NotFound, InvalidInput: `source` is not there, or is no whole and safe backup.
        NewerDatabase: a newer studio wrote it.
        AlreadyExists: the data folder is in use, and `replace` was not asked for.
        Busy: a studio is open.
        NoRoom: it does not fit on the disk.
    """
    with lock.writing(paths, "studio restore"):
        finish(paths)
        if not replace and in_use(paths):
            raise AlreadyExists(
                f"{paths.home} holds profiles or pictures. Make a backup of them, then restore "
                "with --replace, which deletes them."
            )
        staged = Paths(paths.home / STAGING)
        try:
            manifest = stage(source, staged, told)
            (staged.home / READY).touch()
        finally:
            finish(paths)
    return manifest


def finish(paths: Paths) -> None:
    """Let a checked backup take its place, or forget one that was cut off before it was checked.
    Every step can be repeated, so it does not matter where the last attempt ended."""
    staged = Paths(paths.home / STAGING)
    if (staged.home / READY).exists():
        for new, place in zip(contents(staged), contents(paths), strict=True):
            put_in_place(new, place)
    shutil.rmtree(staged.home, ignore_errors=True)


def recover(paths: Paths) -> None:
    """Finish what a crash cut off, if anything; for whoever opens a data folder.

    Raises:
        Busy: a restore is under way.
    """
    if not (paths.home / STAGING).exists():
        return
    holder = lock.running(paths)
    if holder is not None and holder.pid != os.getpid():
        raise Busy(holder.sentence(paths.home))
    finish(paths)


def contents(paths: Paths) -> list[Path]:
    """Everything that takes its place when a backup is restored."""
    return [paths.database, *kept_folders(paths), *kept_files(paths)]


def put_in_place(new: Path, place: Path) -> None:
    """Replace what is at `place`. If `new` is not there, it has been moved already, or the backup
    holds no such file and today's stays."""
    if not new.exists():
        return
    # the log of a replaced database goes before it: beside another one it would damage that
    for old in (place.with_name(f"{place.name}-wal"), place.with_name(f"{place.name}-shm"), place):
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    new.rename(place)


def in_use(paths: Paths) -> bool:
    """Whether there is anything in the data folder that a person would miss."""
    if any(file.is_file() for folder in kept_folders(paths) for file in folder.rglob("*")):
        return True
    try:
        with open_store(paths.database, paths.backups) as store:
            return bool(store.profiles.all())
    except StoreError:  # damaged or of a newer studio: somebody may still want it
        return True


def stage(source: Path, staged: Paths, told: Told) -> Manifest:
    """Unpack a backup and check all of it."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = read_manifest(archive, source)
            unpack(archive, source, staged, told)
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {source}.") from error
    except DAMAGED as error:
        raise InvalidInput(f"{source} is no backup, or is damaged: {error}.") from error
    check_not_newer(read_version(staged.database), source)
    load_settings(staged, environ={})
    with open_store(staged.database, staged.backups) as store:
        store.verify()
        for job in store.jobs.active():
            store.jobs.move(job.id, (job.state,), JobState.INTERRUPTED, reason=RESTORED, pid=None)
    return manifest


def read_manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    """What the backup says about itself.

    Raises:
        InvalidInput: it is another kind of archive.
        NewerDatabase: a newer studio wrote it.
    """
    if MANIFEST not in archive.namelist() or DATABASE not in archive.namelist():
        raise InvalidInput(f"{source} is no backup of the studio.")
    with archive.open(MANIFEST) as file:
        values = file.read(MANIFEST_BYTES)
    try:
        known = json.loads(values)
        if known["format"] > FORMAT:
            raise NewerDatabase(f"{source} was written by a newer studio. Update this one first.")
        manifest = Manifest.model_validate(known)
    except ValidationError as error:
        raise InvalidInput(f"{source} is damaged: {explain(error)}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{source} is no backup of the studio: {error!r}.") from error
    check_not_newer(manifest.database, source)
    return manifest


def unpack(archive: zipfile.ZipFile, source: Path, staged: Paths, told: Told) -> None:
    """Write every file of the archive below the staging folder."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    names = [entry.filename for entry in entries]
    for entry in entries:
        check_entry(entry, source)
    if len(set(names)) < len(names):
        raise InvalidInput(f"{source} is damaged: it holds two files of the same name.")
    check_room(sum(entry.file_size for entry in entries), staged.home.parent)
    for folder in kept_folders(staged):
        folder.mkdir(parents=True)  # a backup without pictures replaces all pictures
    with disk_may_be_full(staged.home):
        for number, entry in enumerate(entries, start=1):
            if entry.filename == MANIFEST:
                continue
            target = staged.home / entry.filename
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file)
            told(Progress(step=number, total=len(entries), text=f"Unpacking {target.name}"))


def check_entry(entry: zipfile.ZipInfo, source: Path) -> None:
    """Refuse a name that a backup cannot hold.

    Raises:
        InvalidInput
    """
    name = PurePosixPath(entry.filename)
    plain = not (name.is_absolute() or ".." in name.parts or set(entry.filename) & set("\\:\0"))
    ours = str(name) in SINGLE or (len(name.parts) > 1 and name.parts[0] in FOLDERS)
    linked = stat.S_ISLNK(entry.external_attr >> 16)
    if not (plain and ours) or linked:
        raise InvalidInput(
            f"{source} is no safe backup: it holds “{entry.filename}”, which leads elsewhere. "
            "Nothing was changed."
        )


def check_room(size: int, home: Path) -> None:
    """Refuse what does not fit, before anything is written.

    Raises:
        NoRoom
    """
    free = shutil.disk_usage(home).free
    if size + SPARE_BYTES > free:
        raise NoRoom(
            f"The backup needs {size / 1e9:.1f} GB, {free / 1e9:.1f} GB is free. Nothing was "
            "changed. Free some space, then try again."
        )
