"""Bring a database of any earlier studio to today's tables, or refuse one of a newer studio.

Revisions are the numbered files in `migrations/versions`; the newest number is today's version.
An upgrade is one transaction: all of it happens, or the database is as it was, and a copy from
before lies in the backups folder.
"""

from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine

from studio.domain import now
from studio.errors import NewerDatabase, StoreError
from studio.store import search
from studio.store.database import connect, mapped_errors

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_BACKUPS = 3


def newest() -> str:
    """The version that this studio writes, such as "0001"."""
    return max(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def version_of(connection: Connection) -> str | None:
    """The version of an open database; None if it is empty.

    Raises:
        StoreError: it is a database, but not a studio's.
    """
    tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {name for (name,) in tables}
    if not names:
        return None
    if "alembic_version" not in names:
        raise StoreError(
            f"{connection.engine.url.database} is a database of another program. "
            "Move it away, or set STUDIO_HOME to another folder."
        )
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def read_version(path: Path) -> str | None:
    """The version of the database at `path`; None if it is not there or empty.

    Raises:
        StoreError: it is damaged, or not a studio's.
    """
    if not path.exists():
        return None
    engine = connect(path)
    try:
        with mapped_errors(path), engine.connect() as connection:
            return version_of(connection)
    finally:
        engine.dispose()


def check_not_newer(version: str | None, what: Path) -> None:
    """Refuse what a newer studio wrote.

    Raises:
        NewerDatabase
    """
    if version is not None and version > newest():
        raise NewerDatabase(
            f"{what} was written by a newer studio (version {version}, this one knows "
            f"{newest()}). Update the studio, or set STUDIO_HOME to another folder."
        )


def bring_up_to_date(path: Path, backups: Path) -> Path | None:
    """Make the database at `path` today's; return the copy made before changing one, if any.

    Raises:
        NewerDatabase, StoreError, NoRoom: the database is as it was.
    """
    found = read_version(path)
    check_not_newer(found, path)
    if found == newest():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".upgrading")):  # two studios may open the folder at once
        found = read_version(path)
        if found == newest():
            return None
        engine = connect(path)
        try:
            with mapped_errors(path):
                copy = _back_up(engine, found, backups) if found else None
                _migrate(engine)
            return copy
        finally:
            engine.dispose()


def _back_up(engine: Engine, version: str, backups: Path) -> Path:
    backups.mkdir(parents=True, exist_ok=True)
    copy = backups / f"before-{newest()}-from-{version}-{now():.0f}.db"
    with engine.execution_options(begin="SELECT 1").connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
    for old in sorted(backups.glob("before-*.db"), key=lambda f: f.stat().st_mtime)[:-KEPT_BACKUPS]:
        old.unlink()
    return copy


def _migrate(engine: Engine) -> None:
    """One transaction: all of the upgrade, or nothing. Foreign keys are off while tables are
    rebuilt, else dropping one would delete what points at it."""
    with engine.execution_options(begin="SELECT 1").connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # does nothing in a transaction
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        try:
            search.remove(connection)
            _run_revisions(connection)
            _check_foreign_keys(connection)
            search.install(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _run_revisions(connection: Connection) -> None:
    # Alembic takes a while to import, and most starts of the studio need none of it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise StoreError(
            f"{connection.engine.url.database} cannot be upgraded: {len(broken)} rows point "
            f"nowhere, the first in table {broken[0][0]}. It was left as it is."
        )


def _roll_back(connection: Connection) -> None:
    """Undo, unless SQLite already has, as it does when the disk is full."""
    driver = connection.connection.dbapi_connection
    if driver is not None and driver.in_transaction:
        connection.exec_driver_sql("ROLLBACK")
