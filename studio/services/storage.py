"""What lies in the data folder, in bytes by kind."""

from pathlib import Path

from studio.paths import Paths


def disk_use(paths: Paths) -> dict[str, int]:
    """Bytes by kind, the database with its journal."""
    journal = sum(size_of(paths.home / f"{paths.database.name}{end}") for end in ("-wal", "-shm"))
    return {
        "models": size_of(paths.models),
        "pictures": size_of(paths.pictures) + size_of(paths.own) + size_of(paths.decks),
        "trash": size_of(paths.trash),
        "database": size_of(paths.database) + journal,
        "backups": size_of(paths.backups),
        "jobs": size_of(paths.jobs),
        "caches": size_of(paths.cache),
        "logs": size_of(paths.logs),
    }


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 if there is nothing."""
    files = path.rglob("*") if path.is_dir() else [path] if path.exists() else []
    return sum(file.lstat().st_size for file in files if not file.is_dir())
