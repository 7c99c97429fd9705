"""Models & settings, without a browser."""

import json
from pathlib import Path

import pytest

from pipelines.errors import InvalidSpec
from pipelines.preference.extract.gguf import QWEN_CODER
from studio.context import Studio
from studio.domain import ImageRecord, Job, JobState, Picture, PictureKind, Progress
from studio.errors import InvalidInput
from studio.services.readers import language_models
from studio.settings import load_settings, save_settings
from studio.ui.components.rows import Act
from studio.ui.pages.settings.behaviour import Behaviour
from studio.ui.pages.settings.check import Checked
from studio.ui.pages.settings.models import Models
from studio.ui.pages.settings.reading import Reading
from studio.ui.pages.settings.storage import Storage
from studio.ui.shell import Shell
from studio.ui.strings import languages

LLM = QWEN_CODER.id


def buttons(row) -> list[str]:
    return [button.do for button in row.buttons]


# ----------------------------------------------------------------------- models


def test_the_built_in_model_is_in_use_and_cannot_be_removed(studio: Studio) -> None:
    (row,) = Models(studio).table().rows
    assert (row.state, buttons(row)) == ("in use", [])
    assert "of memory" in row.text
    with pytest.raises(InvalidInput, match="came with the studio"):
        Models(studio).act(Act(id=row.id, do="remove"))


def test_a_folder_is_added_used_and_forgotten(studio: Studio, tmp_path: Path) -> None:
    section = Models(studio)
    with pytest.raises(InvalidInput):
        section.add("  ")
    folder = studio.models.in_use().folder
    link = tmp_path / "Mine"
    link.symlink_to(folder)
    table, emptied, told = section.add(str(link))
    assert [row["id"] for row in table["rows"]] == ["sticker-128", "Mine"]
    assert (emptied, told["bad"]) == ("", False)
    assert section.act(Act(id="Mine", do="use"))["changed"]
    assert load_settings(studio.paths).model == "Mine"
    section.act(Act(id="Mine", do="remove"))
    assert studio.models.in_use().id == "sticker-128"


# ---------------------------------------------------------------------- reading


def pulling(studio: Studio, **changes: object) -> Job:
    job = Job(kind="pull", title="Getting it", params={"card": LLM})
    return studio.store.jobs.add(job.model_copy(update=changes))


def here(studio: Studio) -> None:
    """A file of the right size, without its bytes."""
    file = language_models(studio.paths) / QWEN_CODER.file
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        stream.truncate(QWEN_CODER.size)


def test_a_language_model_is_downloaded_by_a_job_of_its_own(studio: Studio) -> None:
    section = Reading(studio)
    (row,) = section.table().rows
    assert (row.state, buttons(row)) == ("absent", ["download"])
    assert "1.1 GB" in row.text
    answer = section.act(Act(id=LLM, do="download"))
    (job,) = studio.jobs.active()
    assert (job.kind, job.params) == ("pull", {"card": LLM})
    assert [button["do"] for button in answer["rows"][0]["buttons"]] == ["pause", "cancel"]
    section.act(Act(id=LLM, do="pause"))
    (row,) = section.table().rows
    assert (row.label, buttons(row)) == ("paused", ["resume", "cancel"])
    section.act(Act(id=LLM, do="cancel"))
    assert studio.jobs.show(job.id).state is JobState.CANCELLED


def test_a_download_says_how_far_it_is_and_goes_on_from_there(studio: Studio) -> None:
    job = pulling(studio, state=JobState.RUNNING)
    studio.store.jobs.move(
        job.id,
        (JobState.RUNNING,),
        JobState.RUNNING,
        progress=Progress(step=300, total=1200, text="Downloading", seconds_left=540),
    )
    (row,) = Reading(studio).table().rows
    assert row.fraction == 0.25
    assert row.text.endswith("Downloading about 9 min left")
    studio.store.jobs.move(job.id, (JobState.RUNNING,), JobState.FAILED, reason="No network.")
    folder = language_models(studio.paths)
    folder.mkdir(parents=True)
    (folder / f"{QWEN_CODER.file}.from_hub").write_bytes(b"part")
    (row,) = Reading(studio).table().rows
    assert row.bad
    assert row.text.endswith("No network.")
    assert row.buttons[0].label == "Go on with the download"


def test_the_local_model_can_be_chosen_once_it_is_here(studio: Studio) -> None:
    section = Reading(studio)
    assert "local-llm" not in [name for _, name in section.choices()]
    here(studio)
    assert "local-llm" in [name for _, name in section.choices()]
    (row,) = section.table().rows
    assert (row.state, buttons(row)) == ("ready", ["use", "verify"])
    section.act(Act(id=LLM, do="use"))
    assert load_settings(studio.paths).extractor == "local-llm"
    section.act(Act(id=LLM, do="verify"))
    (job,) = studio.jobs.active()
    assert job.params == {"card": LLM, "verify": True}


def test_a_server_is_saved_with_its_key_apart_and_an_empty_key_keeps_it(studio: Studio) -> None:
    section = Reading(studio)
    section.save("openai", "", " http://127.0.0.1:1/v1 ", "small", True, "secret")
    kept = load_settings(studio.paths)
    assert (kept.extractor, kept.openai_url, kept.openai_sees) == (
        "openai",
        "http://127.0.0.1:1/v1",
        True,
    )
    assert "secret" not in studio.paths.settings.read_text()
    section.save("openai", "", "http://127.0.0.1:1/v1", "other", False, "")
    assert load_settings(studio.paths).openai_key.get_secret_value() == "secret"
    assert "secret" not in json.dumps([str(value) for value in section.now()])


def test_a_reader_that_lacks_something_is_refused(studio: Studio) -> None:
    section = Reading(studio)
    with pytest.raises(InvalidInput, match="Fill in"):
        section.save("openai", "", "http://127.0.0.1:1/v1", " ", False, "")
    with pytest.raises(InvalidInput, match="Fill in"):
        section.save("vlm", "", "", "", False, "")
    with pytest.raises(InvalidSpec):
        section.save("oracle", "", "", "", False, "")
    assert load_settings(studio.paths).extractor == "built-in"


def test_another_reader_leaves_the_fields_of_the_server_alone(studio: Studio) -> None:
    save_settings(studio.paths, {"openai_model": "small"})
    Reading(studio).save("built-in", "x", "y", "z", True, "k")
    kept = load_settings(studio.paths)
    assert (kept.openai_model, kept.vlm, kept.openai_sees) == ("small", "", False)


def test_only_the_fields_of_the_chosen_reader_are_shown(studio: Studio) -> None:
    server, vision = Reading(studio).fields("openai")
    assert (server.visible, vision.visible) == (True, False)


# -------------------------------------------------------------------- behaviour


def test_theme_and_switches_are_kept_and_reach_the_header(studio: Studio) -> None:
    section = Behaviour(studio)
    section.save("theme", "dark")
    section.save("shortcuts", False)
    strip = Shell(studio).strip()
    assert (strip.theme, strip.shortcuts) == ("dark", False)
    with pytest.raises(InvalidInput):
        section.save("theme", "sepia")


def test_languages_are_named_in_themselves_english_first() -> None:
    assert languages()[0] == ("English", "en")


# ---------------------------------------------------------------------- storage


def trashed(studio: Studio, number: int) -> str:
    name = f"{number:012x}"
    file = studio.paths.pictures / f"{name}.png"
    file.write_bytes(b"x" * 1000)
    path = file.relative_to(studio.paths.home).as_posix()
    picture = Picture(
        id=name, kind=PictureKind.GENERATED, path=path, sha256=name, width=8, height=8
    )
    image = ImageRecord(id=name, path=path, prompt="a fox", seed=1, model_id="sticker-128")
    studio.store.images.add(picture, image)
    studio.images.trash([name])
    return name


def test_the_trash_is_counted_asked_for_and_emptied(studio: Studio) -> None:
    section = Storage(studio)
    assert section.trash()["text"] == "The trash is empty."
    with pytest.raises(InvalidInput):
        section.ask()
    name = trashed(studio, 1)
    held = section.trash()
    assert held["text"].startswith("1 picture is in the trash")
    assert [way["place"] for way in held["ways"]] == ["gallery"]
    row, button = section.ask()
    assert row.visible
    assert button.value == "Delete 1 picture for good"
    section.empty()
    assert not (studio.paths.pictures / f"{name}.png").exists()
    assert section.trashed() == 0


def test_days_in_the_trash_are_kept_within_reason(studio: Studio) -> None:
    Storage(studio).keep_days(7)
    assert load_settings(studio.paths).trash_days == 7
    for wrong in (0, 99_999, None):
        with pytest.raises(InvalidInput, match="1 to 3650"):
            Storage(studio).keep_days(wrong)


def test_room_is_told_by_kind(studio: Studio) -> None:
    trashed(studio, 1)
    table = Storage(studio).table()
    assert "| Pictures | 1 kB |" in table
    assert "| Profiles, ratings and settings |" in table


# ------------------------------------------------------------------------ check


def test_a_check_is_a_job_and_its_report_is_rows(studio: Studio) -> None:
    section = Checked(studio)
    assert section.table().empty == "Not checked yet."
    section.start()
    section.start()
    (job,) = studio.jobs.active()
    assert job.kind == "check"
    report = {
        "ok": True,
        "studio": "0.1",
        "python": "3.11",
        "system": "Linux",
        "device": "cpu (2 threads)",
        "memory": {"available": 4e9, "total": 8e9},
        "checks": [
            {"name": "disk", "status": "ok", "message": "100 GB free"},
            {"name": "mcp", "status": "warning", "message": "Missing."},
        ],
    }
    done = {"result": {"report": report}, "finished": 1.0}
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.DONE, **done)
    rows = section.table().rows
    assert [row.title for row in rows] == ["This computer", "mcp", "disk"]
    assert "4.0 GB of 8.0 GB memory free" in rows[0].text
    assert rows[1].label == "optional"
