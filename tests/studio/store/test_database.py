"""How the database is opened, shared and refused."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from studio.domain import Job, JobState, Profile
from studio.errors import Busy, StoreError
from studio.store import Store, open_store
from studio.store.database import Database
from tests.studio.store.nouns import a_picture


def pragma(database: Database, name: str) -> object:
    with database.reading() as session:
        return session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_has_the_pragmas(store: Store) -> None:
    values = {name: pragma(store.database, name) for name in ("journal_mode", "foreign_keys")}
    assert values == {"journal_mode": "wal", "foreign_keys": 1}
    assert pragma(store.database, "secure_delete") == 1


def test_an_exception_undoes_all_of_a_transaction(store: Store) -> None:
    pictures = [a_picture("a"), a_picture("b")]
    doubled = [*pictures, pictures[0]]
    with pytest.raises(Exception, match="UNIQUE"):
        store.pictures.add_many(doubled)
    assert store.pictures.all() == []


def test_readers_do_not_wait_for_a_writer(store: Store, anna: Profile) -> None:
    with store.database.writing():
        begun = time.monotonic()
        assert store.profiles.all() == [anna]
        assert time.monotonic() - begun < 1.0


def test_writers_in_many_threads_wait_for_their_turn(store: Store) -> None:
    """A read that turns into a write would fail here with "database is locked"."""
    job = store.jobs.add(Job(kind="count", title="Counting"))

    def write() -> None:
        for _ in range(20):
            store.jobs.report(job.id, heartbeat=store.jobs.get(job.id).heartbeat)
            store.jobs.move(job.id, (JobState.WAITING,), JobState.WAITING)

    failures: list[BaseException] = []
    before, threading.excepthook = threading.excepthook, lambda args: failures.append(args.exc_type)
    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    threading.excepthook = before
    assert failures == []


def test_a_writer_that_never_ends_is_named_busy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.store.database.BUSY_SECONDS", 0.2)
    with store.database.writing():
        other = Database(store.database.path)
        with pytest.raises(Busy, match="has been writing"), other.writing():
            pass
        other.close()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "studio.db"
    path.write_bytes(b"holiday photo" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        open_store(path, tmp_path)
    assert path.read_bytes() == b"holiday photo" * 1000


def test_a_database_of_another_program_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "studio.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(path, tmp_path)


def test_a_copy_is_whole_and_opens(store: Store, anna: Profile, tmp_path: Path) -> None:
    store.copy_to(tmp_path / "copy.db")
    with open_store(tmp_path / "copy.db", tmp_path) as copy:
        assert copy.profiles.all() == [anna]
    with pytest.raises(StoreError, match="exists"):
        store.copy_to(tmp_path / "copy.db")


def test_two_processes_may_open_a_new_folder_at_once(tmp_path: Path) -> None:
    opened: list[Store] = []
    barrier = threading.Barrier(4)

    def open_it() -> None:
        barrier.wait()
        opened.append(open_store(tmp_path / "studio.db", tmp_path))

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for store in opened:
        assert store.profiles.all() == []
        store.close()
