"""A backup brings everything back; a bad one changes nothing."""

import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio import lock
from studio.context import Studio, build_studio
from studio.domain import GalleryQuery, Job, JobState, Profile
from studio.errors import (
    AlreadyExists,
    Busy,
    InvalidInput,
    NewerDatabase,
    NoRoom,
    NotFound,
    StoreError,
    StudioError,
)
from studio.paths import Paths
from studio.services import restore as module
from studio.services.backup import back_up
from studio.services.restore import restore
from studio.settings import save_settings
from tests import photographs
from tests.studio.store.nouns import a_blind_test, a_snapshot, add_image, rate


@pytest.fixture
def used(paths: Paths) -> Iterator[Studio]:
    """A studio that somebody has used."""
    save_settings(paths, {"port": 7999, "openai_key": "secret-key"})
    with build_studio(paths) as studio:
        anna = studio.store.profiles.add(Profile(name="Anna"))
        image = add_image(studio.store, "a fox", profile_id=anna.id)
        rate(studio.store, anna, image.id, comment="woodcut")
        studio.store.jobs.add(Job(kind="generate", title="Waiting"))
        (paths.pictures / "2026").mkdir()
        (paths.pictures / "2026" / "fox.png").write_bytes(b"picture" * 1000)
        (paths.own / "mine.webp").write_bytes(b"mine")
        (paths.models / "big.safetensors").write_bytes(b"weights")
        yield studio


@pytest.fixture
def backup(used: Studio, tmp_path: Path) -> Path:
    """A backup of it. The studio is closed."""
    back_up(used.paths, used.store, tmp_path / "studio.zip")
    used.close()
    return tmp_path / "studio.zip"


def everything(paths: Paths) -> dict[str, bytes]:
    """All files of a data folder but the lock's."""
    files = [f for f in paths.home.rglob("*") if f.is_file() and f.name != "studio.lock"]
    return {str(file.relative_to(paths.home)): file.read_bytes() for file in files}


def test_everything_is_back_on_an_empty_machine(backup: Path, tmp_path: Path) -> None:
    there = Paths(tmp_path / "other machine")
    restored = restore(there, backup)
    assert restored.files == 3
    with build_studio(there) as studio:
        anna = studio.store.profiles.find("Anna")
        assert [r.comment for r in studio.store.ratings.standing(anna.id)] == ["woodcut"]
        assert studio.store.images.count(GalleryQuery(words="woodcut")) == 1
        assert studio.settings.port == 7999
    assert (there.pictures / "2026" / "fox.png").read_bytes() == b"picture" * 1000
    assert (there.own / "mine.webp").read_bytes() == b"mine"
    assert not (there.home / "restoring").exists()


def test_what_was_taught_and_tested_is_back(used: Studio, tmp_path: Path) -> None:
    momo = used.subjects.create("Momo", "fox")
    photographs.good_set("fox-openmoji", 1, seed=1)[0].save(tmp_path / "momo.png")
    momo = used.subjects.add_photos(momo.id, [tmp_path / "momo.png"]).subject
    shot = used.store.subjects.add_snapshot(a_snapshot(momo, scores={"likeness": 0.7}))
    used.subjects.file(shot).write_bytes(b"lora" * 100)
    used.subjects.pick("Momo", shot.id)
    test = a_blind_test(used.store, used.store.profiles.find("Anna"))
    pairs, answers = used.blind_tests.pairs(test.id), used.blind_tests.answers(test.id)
    photo = used.subjects.file(momo.photos[0]).read_bytes()
    back_up(used.paths, used.store, tmp_path / "studio.zip")
    used.close()
    there = Paths(tmp_path / "other machine")
    restore(there, tmp_path / "studio.zip")
    with build_studio(there) as studio:
        found = studio.subjects.find("Momo")
        assert studio.subjects.file(found.photos[0]).read_bytes() == photo
        assert studio.subjects.picked(found) == shot
        assert studio.subjects.file(shot).read_bytes() == b"lora" * 100
        assert studio.blind_tests.latest(test.profile_id) == test
        assert studio.blind_tests.pairs(test.id) == pairs
        assert len(pairs) == 2
        assert studio.blind_tests.answers(test.id) == answers
        assert list(answers) == [1]


def test_weights_and_keys_are_left_out(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        names = set(archive.namelist())
        held = b"".join(archive.read(name) for name in names)
    assert names == {
        "backup.json",
        "studio.db",
        "settings.json",
        "pictures/2026/fox.png",
        "own/mine.webp",
    }
    assert b"secret-key" not in held


def test_jobs_of_a_backup_do_not_start_by_themselves(backup: Path, tmp_path: Path) -> None:
    there = Paths(tmp_path / "other")
    restore(there, backup)
    with build_studio(there) as studio:
        (job,) = studio.jobs.all()
    assert job.state is JobState.INTERRUPTED
    assert "backup" in job.reason


def test_a_file_is_never_overwritten_by_a_backup(used: Studio, tmp_path: Path) -> None:
    (tmp_path / "thesis.zip").write_text("years of work")
    with pytest.raises(AlreadyExists, match="thesis"):
        back_up(used.paths, used.store, tmp_path / "thesis.zip")
    assert (tmp_path / "thesis.zip").read_text() == "years of work"


def test_a_full_disk_leaves_no_half_backup(
    used: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_progress: object) -> None:
        with Path("/dev/full").open("w") as full:
            full.write("x")

    with pytest.raises(NoRoom, match="disk is full"):
        back_up(used.paths, used.store, tmp_path / "studio.zip", told=fill)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == []
    assert "tmp" not in "".join(file.name for file in used.paths.home.iterdir())


def test_data_in_use_is_replaced_only_when_asked_for(backup: Path, paths: Paths) -> None:
    (paths.pictures / "new.png").write_bytes(b"new")
    with build_studio(paths) as studio:
        studio.store.profiles.add(Profile(name="Bert"))
    before = everything(paths)
    with pytest.raises(AlreadyExists, match="--replace"):
        restore(paths, backup)
    assert everything(paths) == before

    restore(paths, backup, replace=True)
    with build_studio(paths) as studio:
        assert [profile.name for profile in studio.store.profiles.all()] == ["Anna"]
    assert not (paths.pictures / "new.png").exists()
    assert (paths.models / "big.safetensors").read_bytes() == b"weights"
    assert b"secret-key" in paths.secrets.read_bytes()


def test_a_damaged_database_can_be_replaced(backup: Path, paths: Paths) -> None:
    paths.database.write_bytes(b"nonsense" * 1000)
    restore(paths, backup, replace=True)
    with build_studio(paths) as studio:
        assert studio.store.profiles.find("Anna")


def test_an_open_studio_is_not_restored_into(backup: Path, tmp_path: Path) -> None:
    there = Paths(tmp_path / "other")
    with lock.writing(there, "studio serve"), pytest.raises(Busy, match="studio serve"):
        restore(there, backup)


def rewrite(backup: Path, change: Callable[[zipfile.ZipFile], None], drop: str = "") -> None:
    """The same backup without one entry, and with what `change` writes."""
    old = backup.with_suffix(".old")
    backup.rename(old)
    with zipfile.ZipFile(old) as before, zipfile.ZipFile(backup, "w") as after:
        for entry in before.infolist():
            if entry.filename != drop:
                after.writestr(entry, before.read(entry))
        change(after)
    old.unlink()


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("pictures/link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def manifest(**values) -> Callable[[zipfile.ZipFile], None]:
    known = {"format": 1, "studio": "0.1.0", "database": "0001", "files": 1, "created": 0.0}
    return lambda archive: archive.writestr("backup.json", json.dumps({**known, **values}))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ((lambda a: a.writestr("../evil.py", "x"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("/etc/evil", "x"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("pictures/../../e", "x"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("pictures\\..\\e", "x"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("C:/evil", "x"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("secrets.json", "{}"), ""), InvalidInput, "leads elsewhere"),
        ((lambda a: a.writestr("pictures", "x"), ""), InvalidInput, "leads elsewhere"),
        ((link, ""), InvalidInput, "leads elsewhere"),
        ((lambda a: None, "backup.json"), InvalidInput, "no backup"),
        ((lambda a: None, "studio.db"), InvalidInput, "no backup"),
        ((lambda a: a.writestr("backup.json", "[1]"), "backup.json"), InvalidInput, "no backup"),
        ((manifest(format=2), "backup.json"), NewerDatabase, "newer studio"),
        ((manifest(database="9999"), "backup.json"), NewerDatabase, "newer studio"),
        ((manifest(files="many"), "backup.json"), InvalidInput, "files"),
        ((lambda a: a.writestr("studio.db", b"x" * 9999), "studio.db"), StoreError, "damaged"),
        (
            (lambda a: a.writestr("settings.json", '{"port": "x"}'), "settings.json"),
            InvalidInput,
            "port",
        ),
    ],
)
def test_a_bad_backup_changes_nothing(
    backup: Path,
    paths: Paths,
    change: tuple[Callable[[zipfile.ZipFile], None], str],
    error: type[StudioError],
    words: str,
) -> None:
    before = everything(paths)
    rewrite(backup, *change)
    with pytest.raises(error, match=words):
        restore(paths, backup, replace=True)
    assert everything(paths) == before


def test_a_missing_file_and_another_kind_of_file_are_named(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.zip"):
        restore(paths, tmp_path / "nothing.zip")
    (tmp_path / "photo.zip").write_bytes(b"\x89PNG" * 100)
    with pytest.raises(InvalidInput, match="is no backup"):
        restore(paths, tmp_path / "photo.zip")


@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_damage_to_the_file_goes_unnoticed_or_half_done(
    backup: Path, tmp_path: Path, data: st.DataObject
) -> None:
    """A backup with one byte changed is restored whole, or refused without a trace."""
    there = Paths(tmp_path / "damaged target")
    held = bytearray(backup.read_bytes())
    place = data.draw(st.integers(0, len(held) - 1))
    held[place] ^= data.draw(st.integers(1, 255))
    (tmp_path / "damaged.zip").write_bytes(held)
    try:
        restore(there, tmp_path / "damaged.zip", replace=True)
    except StudioError:
        assert not there.database.exists()
        assert not (there.home / "restoring").exists()
    else:
        assert (there.pictures / "2026" / "fox.png").read_bytes() == b"picture" * 1000
        with build_studio(there) as studio:
            assert studio.store.profiles.find("Anna")
    shutil.rmtree(there.home)


def test_triggers_of_a_strange_database_are_not_taken_over(backup: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        archive.extract("studio.db", tmp_path)
    connection = sqlite3.connect(tmp_path / "studio.db")
    connection.execute("CREATE TRIGGER evil AFTER INSERT ON profile BEGIN DELETE FROM rating; END")
    connection.close()
    rewrite(backup, lambda a: a.write(tmp_path / "studio.db", "studio.db"), drop="studio.db")
    there = Paths(tmp_path / "other")
    restore(there, backup)
    with build_studio(there) as studio:
        studio.store.profiles.add(Profile(name="Bert"))
        anna = studio.store.profiles.find("Anna")
        assert len(studio.store.ratings.standing(anna.id)) == 1


@pytest.mark.parametrize("renames", range(6))
def test_a_crash_while_things_take_their_places_is_finished_at_the_next_start(
    backup: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    (paths.pictures / "new.png").write_bytes(b"new")
    real, done = module.put_in_place, []

    def crash(new: Path, place: Path) -> None:
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(place)
        real(new, place)

    monkeypatch.setattr(module, "put_in_place", crash)
    with pytest.raises(KeyboardInterrupt):
        restore(paths, backup, replace=True)
    monkeypatch.setattr(module, "put_in_place", real)
    with build_studio(paths) as studio:
        assert studio.store.profiles.find("Anna")
    assert not (paths.pictures / "new.png").exists()
    assert (paths.pictures / "2026" / "fox.png").exists()
    assert not (paths.home / "restoring").exists()
