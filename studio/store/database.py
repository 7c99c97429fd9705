"""The SQLite file: how it is opened, and the two ways to use it, reading and writing.

SQLite in WAL mode lets many read while one writes. Three traps are closed here, once:

- Python's sqlite3 begins transactions by itself, late, and not at all before DDL. We switch that
  off (`isolation_level = None`) and say BEGIN ourselves.
- A transaction that begins by reading and then writes can fail at once, whatever the busy timeout,
  because somebody wrote in between. `writing()` therefore begins with BEGIN IMMEDIATE: it waits for
  its turn, then has it.
- Foreign keys are off unless each connection asks for them.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from studio.errors import Busy, NoRoom, StoreError
from studio.store import search

BUSY_SECONDS = 10.0  # how long a writer waits for its turn
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # with WAL: a power cut may lose the last second, never more
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what the person deletes is overwritten, not only unlinked
)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def connect(path: Path) -> Engine:
    """An engine for the database at `path`, made if it is not there."""
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=partial(json.dumps, ensure_ascii=False),
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _code(error: DBAPIError) -> int:
    """SQLite's primary result code; the byte above it only says more."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def mapped_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours. A broken constraint stays as it is: repositories know what it means.

    Raises:
        NoRoom, Busy, StoreError
    """
    try:
        yield
    except DBAPIError as error:
        match _code(error):
            case sqlite3.SQLITE_CONSTRAINT:
                raise
            case sqlite3.SQLITE_FULL:
                raise NoRoom(f"The disk that holds {path} is full. Free some space.") from error
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise Busy(
                    f"Another program has been writing {path} for {BUSY_SECONDS:.0f} s. Try again."
                ) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise StoreError(
                    f"{path} is damaged: {error.orig}. Restore a backup with `studio restore FILE`."
                ) from error
            case _:
                raise StoreError(f"{path} cannot be used: {error.orig}.") from error


class Database:
    """An open database. Repositories ask it for sessions and never see a connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = connect(path)
        self._writer = self._reader.execution_options(begin="BEGIN IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment of the database."""
        with mapped_errors(self.path), Session(self._reader) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is alone in writing; all of it is kept, or nothing on an exception."""
        with mapped_errors(self.path), Session(self._writer) as session, session.begin():
            session.connection()  # BEGIN IMMEDIATE now, not with the first statement
            yield session

    def copy_to(self, target: Path) -> None:
        """A consistent, compact copy of the whole database, made while others may read and write.

        Raises:
            NoRoom, StoreError: `target` cannot be written, or is there already.
        """
        with mapped_errors(self.path), self._alone() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))

    def verify(self) -> None:
        """Check every page and every reference, and install the index and triggers anew: those of
        a database from elsewhere could be anybody's.

        Raises:
            StoreError
        """
        with self.writing() as session:
            connection = session.connection()
            problems = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if problems != ["ok"] or lost:
                raise StoreError(f"{self.path} is damaged: {problems[0]}, {len(lost)} lost rows.")
            search.remove(connection)
            search.install(connection)

    def scrub(self) -> None:
        """Leave no byte of deleted rows in the file or in its write-ahead log.

        Raises:
            Busy: somebody has been reading all the while, so that the log had to stay.
        """
        with mapped_errors(self.path), self._alone() as connection:
            connection.exec_driver_sql("VACUUM")
            # waits for readers as long as a writer would, then answers whether it had to give up
            if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
                raise Busy(
                    f"Deleted, but traces stay in {self.path}-wal: another program is reading. "
                    "Close it, then start the studio again."
                )

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A connection outside any transaction, as VACUUM wants it."""
        autocommit = self._reader.execution_options(begin="SELECT 1")
        with autocommit.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        with suppress(DBAPIError):
            self._reader.dispose()
