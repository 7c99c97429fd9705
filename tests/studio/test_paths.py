"""The data folder: where it is, how its settings are kept, and that it has one writer."""

import json
import multiprocessing
import os
import stat
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from studio.errors import Busy, InvalidInput
from studio.lock import running, writing
from studio.paths import Paths, data_folder
from studio.settings import load_settings, save_settings


def test_the_data_folder_is_where_the_person_wants_it(tmp_path: Path) -> None:
    assert data_folder({"STUDIO_HOME": str(tmp_path)}) == tmp_path
    assert data_folder({"STUDIO_HOME": "~/taste"}) == Path.home() / "taste"
    assert data_folder({}).name == "taste-studio"


def test_every_path_is_below_home_and_nothing_is_made_before_it_is_asked(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    names = [name for name in vars(Paths) if isinstance(vars(Paths)[name], property)]
    places = [getattr(paths, name) for name in names]
    assert len(set(places)) == len(places)
    assert all(place.is_relative_to(paths.home) for place in places)
    assert not paths.home.exists()
    paths.make()
    assert paths.thumbnails.is_dir()
    assert stat.S_IMODE(paths.home.stat().st_mode) == 0o700


def test_environment_beats_file_beats_default(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    assert load_settings(paths, {}).port == 7860
    save_settings(paths, {"port": 7000})
    assert load_settings(paths, {}).port == 7000
    assert load_settings(paths, {"STUDIO_PORT": "7001", "STUDIO_OPEN_BROWSER": "no"}).port == 7001
    assert not load_settings(paths, {"STUDIO_OPEN_BROWSER": "no"}).open_browser
    assert load_settings(paths, {"STUDIO_JDK": "/of/another/studio"}).port == 7000
    save_settings(paths, {"port": None})
    assert load_settings(paths, {}).port == 7860


def test_secrets_lie_apart_readable_by_their_owner_and_are_never_printed(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    settings = save_settings(paths, {"openai_key": "sk-hush", "openai_model": "llama"})
    assert settings.openai_key.get_secret_value() == "sk-hush"
    assert stat.S_IMODE(paths.secrets.stat().st_mode) == 0o600
    assert "sk-hush" not in paths.settings.read_text()
    assert "sk-hush" not in repr(settings) + settings.model_dump_json()


def test_wrong_settings_are_named_all_at_once_and_nothing_is_stored(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    with pytest.raises(InvalidInput, match=r"port.*threads"):
        save_settings(paths, {"port": 99999, "threads": -1})
    with pytest.raises(InvalidInput, match="prot"):
        save_settings(paths, {"prot": 7000})
    assert not paths.settings.exists()


@pytest.mark.parametrize("text", ["{", "[1]", '{"port": "many"}', '{"prot": 1}', "\x00"])
def test_a_spoiled_settings_file_is_named_in_the_error(text: str, tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.settings.write_text(text)
    with pytest.raises(InvalidInput, match=r"settings\.json"):
        load_settings(paths, {})


def hold(home: Path, gate: Connection) -> None:
    """Another process that holds the data folder until it is told to end."""
    with writing(Paths(home), "studio serve") as lock:
        lock.announce("http://127.0.0.1:7861")
        gate.send("held")
        gate.recv()


def test_a_second_writer_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    assert running(paths) is None
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    other = spawn.Process(target=hold, args=(paths.home, theirs))
    other.start()
    assert ours.recv() == "held"
    with pytest.raises(Busy) as refused, writing(paths, "studio profile"):
        pass
    holder = running(paths)
    other.kill()  # the system frees the lock of whoever dies
    other.join()
    assert holder
    assert holder.pid == other.pid
    assert holder.address == "http://127.0.0.1:7861"
    for part in (holder.address, str(other.pid), "studio serve", holder.since, str(paths.home)):
        assert part in str(refused.value)
    assert running(paths) is None
    with writing(paths, "studio profile"):
        mine = running(paths)
        assert mine
        assert mine.pid == os.getpid()
    assert running(paths) is None


def test_a_note_that_was_cut_off_does_not_break_the_refusal(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    with writing(paths, "studio serve"):
        for text in ("", "{", json.dumps({"pid": 1}), "[]"):
            paths.holder.write_text(text)
            with pytest.raises(Busy, match="Another program holds"), writing(paths, "studio rate"):
                pass
