"""The composition root: everything opens, closes, and costs only what is used."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

import pytest

from studio import lock
from studio.context import Studio, build_studio
from studio.domain import Job, JobState
from studio.errors import Busy, InvalidInput
from studio.jobs.executors import ROOT
from studio.paths import Paths
from studio.settings import Settings

SERVICES = [name for name, value in vars(Studio).items() if isinstance(value, cached_property)]


def test_the_data_folder_is_the_one_of_the_environment(studio_home: Path) -> None:
    with build_studio() as studio:
        assert studio.paths.home == studio_home
        assert studio.paths.database.exists()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_be_built_and_is_built_once(studio_home: Path, name: str) -> None:
    with build_studio() as studio:
        assert getattr(studio, name) is getattr(studio, name)


def test_settings_given_are_used_and_wrong_ones_are_refused(studio_home: Path) -> None:
    with build_studio(settings=Settings(port=7999)) as studio:
        assert studio.settings.port == 7999
    Paths(studio_home).settings.write_text('{"port": "many"}')
    with pytest.raises(InvalidInput, match="port"):
        build_studio()


def test_rows_left_by_a_crash_are_put_right(studio_home: Path) -> None:
    with build_studio() as studio:
        job = studio.store.jobs.add(Job(kind="learn", title="t", state=JobState.RUNNING))
    with build_studio() as studio:
        assert studio.jobs.show(job.id).state is JobState.INTERRUPTED


def test_rows_of_an_open_studio_are_left_alone(studio_home: Path) -> None:
    paths = Paths(studio_home)
    with lock.writing(paths, "studio serve"), build_studio() as studio:
        job = studio.store.jobs.add(Job(kind="learn", title="t", state=JobState.RUNNING))
        with build_studio() as other:
            assert other.jobs.show(job.id).state is JobState.RUNNING


HOLDER = """
import sys
from studio.lock import writing
from studio.paths import Paths, data_folder
with writing(Paths(data_folder()), "studio restore"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_into_which_a_backup_is_being_restored_is_busy(studio_home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    (studio_home / "restoring").mkdir()
    with pytest.raises(Busy, match="studio restore"):
        build_studio()
    holder.communicate()
    build_studio().close()
    assert not (studio_home / "restoring").exists()


def test_opening_a_studio_imports_neither_torch_nor_gradio(studio_home: Path) -> None:
    code = (
        "import sys; from studio.context import build_studio\n"
        "with build_studio() as s: s.jobs, s.images, s.generation, s.profiles, s.rating\n"
        "print([m for m in ('torch', 'gradio', 'diffusers', 'transformers') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.strip() == b"[]"
