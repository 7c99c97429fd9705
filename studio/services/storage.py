"""What lies in the data folder, in bytes by kind."""

import os
from contextlib import suppress
from pathlib import Path

from studio.paths import Paths


def disk_use(paths: Paths) -> dict[str, int]:
    """Bytes by kind, the database with its journal."""
    journal = sum(size_of(paths.home / f"{paths.database.name}{end}") for end in ("-wal", "-shm"))
    return {
        "models": size_of(paths.models),
        "pictures": size_of(paths.pictures) + size_of(paths.own) + size_of(paths.decks),
        "subjects": size_of(paths.subjects),
        "trash": size_of(paths.trash),
        "database": size_of(paths.database) + journal,
        "backups": size_of(paths.backups),
        "jobs": size_of(paths.jobs),
        "caches": size_of(paths.cache),
        "logs": size_of(paths.logs),
    }


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 if there is nothing. What vanishes while
    we look counts nothing."""
    files = [path] if not path.is_dir() else []
    files += [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    size = 0
    for file in files:
        with suppress(FileNotFoundError):
            size += file.lstat().st_size
    return size
