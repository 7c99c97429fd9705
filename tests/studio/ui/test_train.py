"""The Train page without a browser: photos, score, choices, watching, picking."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import gradio as gr
import pytest

from studio.context import Studio, build_studio
from studio.domain import JobState, Progress, Snapshot, Subject
from studio.errors import Busy, InvalidInput, NotFound
from studio.paths import Paths
from studio.services.training import Point, PresetLine, training_folder
from studio.ui.app import Window, taught
from studio.ui.components.album import EditPhoto, PhotoBoard
from studio.ui.components.teaching import ActOn, UseShot
from studio.ui.pages.asked import Asked
from studio.ui.pages.train import NEW, OWN, Train, about, preset_name
from studio.ui.pages.train_watch import smooth
from studio.ui.strings import text
from tests import photographs


@pytest.fixture
def page(studio: Studio) -> Train:
    return Train(studio)


@pytest.fixture
def momo(studio: Studio) -> Subject:
    return studio.subjects.create("Momo", "fox")


def files(folder: Path, count: int = 4) -> list[str]:
    paths = []
    for number, photo in enumerate(photographs.good_set("fox-openmoji", count, seed=1), 1):
        paths.append(str(folder / f"{number}.png"))
        photo.save(paths[-1])
    return paths


def test_the_first_visit_asks_for_a_name_and_what_it_is(page: Train) -> None:
    subject, new, inside, album, *_ = page.open(None)
    assert subject.value == NEW
    assert not subject.visible
    assert new.visible
    assert not inside.visible
    assert album["photos"] == []
    with pytest.raises(InvalidInput, match="name"):
        page.create(" ", "dog", "yes")
    with pytest.raises(InvalidInput):
        page.create("Momo", None, "yes")


def test_a_new_subject_is_open_at_once_and_after_a_restart(studio: Studio, page: Train) -> None:
    subject, new, inside, *_, told = page.create("Momo", "dog", "no")
    assert (new.visible, inside.visible) == (False, True)
    assert "Momo" in told["text"]
    assert not studio.subjects.find("Momo").mirror
    studio.subjects.create("Rex", "dog")
    assert Train(studio).open(None)[0].value == subject.value
    assert Train(studio).open(NEW)[1].visible


def test_photos_that_are_refused_are_named_and_the_rest_is_scored(
    page: Train, momo: Subject, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    album, cleared, told = page.add(momo.id, [*files(tmp_path), str(broken)])
    assert cleared is None
    assert "broken.jpg" in told["text"]
    assert told["bad"]
    board = PhotoBoard.parse(album)
    assert [photo.number for photo in board.photos] == [1, 2, 3, 4]
    assert board.score is not None
    assert "4 photos work" in " ".join(tip.sentence for tip in board.tips)


def test_a_photo_is_cropped_described_left_out_and_deleted(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    page.add(momo.id, files(tmp_path))

    ids = [photo.id for photo in page.photos.board(momo.id).photos]

    def edit(number: int, do: str, caption: str = "") -> PhotoBoard:
        values = {"subject": momo.id, "photo": ids[number - 1], "do": do, "caption": caption}
        return PhotoBoard.parse(page.photos.edit(EditPhoto.parse(values)))

    suggested = next(p for p in page.photos.board(momo.id).photos if p.suggested)
    cropped = edit(suggested.number, "crop").photos[suggested.number - 1]
    assert cropped.crop == suggested.suggested
    assert edit(suggested.number, "uncrop").photos[suggested.number - 1].crop is None
    assert edit(1, "caption", " Momo runs ").photos[0].alt == "Momo runs"
    assert edit(1, "leave out").photos[0].left_out
    assert not edit(1, "take in").photos[0].left_out
    assert [photo.id for photo in edit(1, "remove").photos] == ids[1:]
    with pytest.raises(NotFound, match="deleted meanwhile"):
        edit(1, "remove")  # the second of a double press
    assert edit(2, "leave out").photos[0].left_out  # number 1 by now


def test_a_photo_that_is_damaged_or_gone_can_be_deleted_and_then_the_rest_is_scored(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    page.add(momo.id, files(tmp_path, 5))
    photos = studio.subjects.find(momo.id).photos
    studio.subjects.file(photos[1]).unlink()
    studio.subjects.file(photos[3]).write_bytes(b"no picture")
    board = PhotoBoard.parse(page.open(momo.id)[3])
    assert [photo.number for photo in board.photos if photo.damaged] == [2, 4]
    assert len(board.photos) == 5
    assert board.score is None
    assert "Photos 2, 4 are damaged" in board.unscored
    for number in (1, 3):
        gone = EditPhoto(subject=momo.id, photo=photos[number].id, do="remove")
        board = PhotoBoard.parse(page.photos.edit(gone))
    assert board.score is not None
    assert board.unscored == ""


def test_the_score_is_said_in_words_of_the_catalogue(
    page: Train, momo: Subject, tmp_path: Path
) -> None:
    from pipelines.data.advice import WEIGHTS

    for name in WEIGHTS:
        assert text(f"train.part_{name.replace(' ', '_')}") == name
    board = PhotoBoard.parse(page.add(momo.id, files(tmp_path, 2))[0])
    assert board.grade == "few"
    assert board.verdict == text("train.grade_few")


def test_what_was_set_for_a_subject_stays_until_another_is_chosen(
    studio: Studio, page: Train, momo: Subject
) -> None:
    rex = studio.subjects.create("Rex", "dog")
    *_, prompts, preset, abouts = page.open(momo.id)
    assert "Momo" in prompts
    assert preset.value == "fast"
    assert '<span dir="auto">' in abouts
    assert page.reopen(momo.id)[-OWN:] == [gr.skip()] * OWN
    assert len(page.reopen(momo.id)) == len(page.open(momo.id))
    assert "Rex" in page.open(rex.id)[-OWN]
    studio.subjects.delete("Rex")
    assert "Momo" in page.reopen(rex.id)[-OWN]  # another is on screen now
    assert "Momo" in page.reopen(NEW)[-OWN]  # as after a reload


def test_presets_are_called_as_the_catalogue_does_unless_they_are_somebody_s_own() -> None:
    assert preset_name(PresetLine("low-memory", "One at a time.", 9)) == "Low memory"
    assert preset_name(PresetLine("mine", "For <b>.", 9)) == "Mine"
    assert "&lt;b&gt;" in about(PresetLine("mine", "For <b>.", 9))


def test_start_needs_three_photos_and_makes_one_job(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="At least 3"):
        page.start(momo.id, "fast", None, "")
    page.add(momo.id, files(tmp_path))
    watch = page.start(momo.id, "fast", 20, "Momo\n\n Momo asleep ")
    (job,) = studio.jobs.all()
    assert watch["job"] == job.id
    assert job.title == "Teaching Momo"
    assert job.params["steps"] == 20
    assert job.params["prompts"] == ["Momo", "Momo asleep"]
    assert [deed["do"] for deed in watch["buttons"]] == ["cancel"]
    with pytest.raises(Busy, match="Momo is being taught already"):
        page.start(momo.id, "fast", None, "")
    assert len(studio.jobs.all()) == 1
    page.watching.act(ActOn(job=job.id, do="cancel"))
    assert studio.jobs.show(job.id).state is JobState.CANCELLED
    assert [deed["do"] for deed in page.poll(momo.id)["buttons"]] == ["retry", "log"]


def test_a_training_shows_its_loss_and_one_press_uses_a_snapshot(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    page.add(momo.id, files(tmp_path))
    page.start(momo.id, "fast", 20, "")
    (job,) = studio.jobs.all()
    progress = Progress(step=10, total=20, text="Step 10 of 20.", seconds_left=120.0)
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING, progress=progress)
    folder = training_folder(studio.paths, momo.id, job.id)
    folder.mkdir(parents=True)
    points = [
        Point(step=n, loss=1 / n, lr=0.1, seconds=0.5, parts={"prior": 0.1}) for n in range(1, 11)
    ]
    (folder / "curve.jsonl").write_text("\n".join(p.model_dump_json() for p in points))
    for step in (5, 10):
        studio.store.subjects.add_snapshot(
            Snapshot(
                subject_id=momo.id,
                job_id=job.id,
                model_id="sticker-128",
                step=step,
                path=f"{step}.safetensors",
                hash=f"{step:064d}",
                scores={"likeness": 0.5, "prompt": 0.25, "diversity": 0.0},
            )
        )
        (folder / f"{step}-1.png").touch()
    watch = page.poll(momo.id)
    assert watch["text"] == "Step 10 of 20. about 2 min left"
    assert watch["fraction"] == 0.5
    assert len(watch["loss"]) == len(watch["prior"]) == 10
    assert "0.5 s a step" in watch["facts"]
    first, second = watch["shots"]
    assert (first["likeness"], first["prompt"]) == (50, 25)
    assert first["samples"][0]["url"].endswith(f"/sample/{job.id}/5-1")
    assert first["samples"][0]["alt"] == "Momo"
    answer = page.watching.use(UseShot(subject=momo.id, snapshot=second["id"]))
    assert answer["prompt"] == "<subject:Momo> on a beach"
    assert [shot["picked"] for shot in page.poll(momo.id)["shots"]] == [False, True]


def test_a_training_without_a_pick_says_so(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    page.add(momo.id, files(tmp_path))
    page.start(momo.id, "fast", 20, "")
    (job,) = studio.jobs.all()
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.DONE)
    said = page.poll(momo.id)["text"]
    assert "No snapshot is in use yet" in said
    assert "0" not in said


def test_a_snapshot_that_is_used_takes_the_recalled_picture_from_under_the_prompt(
    studio: Studio, apart: Callable
) -> None:
    prompt, recalled, _tabs = taught(gr.EventData(None, {"prompt": "<subject:Momo> on a beach"}))
    assert (prompt, recalled) == ("<subject:Momo> on a beach", "")

    async def build() -> tuple[gr.Blocks, Window]:  # Gradio wants a running event loop
        with gr.Blocks(analytics_enabled=False) as blocks:
            window = Window(studio)
            window.wire(blocks)
        return blocks, window

    blocks, window = apart(build())
    (wired,) = [each for each in blocks.fns.values() if each.name == "taught"]
    fields = dict(zip(Asked.model_fields, window.pages["generate"].extras["fields"], strict=True))
    assert wired.outputs[:2] == [fields["prompt"], fields["recalled"]]


def test_a_long_curve_is_thinned_and_keeps_its_end() -> None:
    curve = [Point(step=n, loss=1.0, lr=0.1, seconds=1.0) for n in range(1, 1001)]
    thin = smooth(curve, "loss")
    assert len(thin) <= 160
    assert thin[-1] == (1000, 1.0)
    assert smooth(curve, "prior") == ()


def test_deleting_asks_for_the_name(studio: Studio, page: Train, momo: Subject) -> None:
    with pytest.raises(InvalidInput, match="Momo"):
        page.delete(momo.id, "Mo")
    *_, typed, told = page.delete(momo.id, "momo")
    assert typed == ""
    assert "Momo is deleted" in told["text"]
    assert studio.subjects.all() == []
    assert page.poll(momo.id)["job"] is None


def test_a_subject_is_gone_from_the_page_also_while_somebody_reads_the_database(
    studio_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.store.database.BUSY_SECONDS", 0.3)
    with build_studio(Paths(studio_home)) as studio:
        momo = studio.subjects.create("Momo", "fox")
        with closing(sqlite3.connect(studio.paths.database)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM subject").fetchall()
            subject, *_, told = Train(studio).delete(momo.id, "Momo")
        assert subject.value == NEW
        assert "Momo is deleted: Deleted, but traces stay" in told["text"]
        assert studio.subjects.all() == []


def test_a_subject_that_is_being_taught_is_not_deleted(
    studio: Studio, page: Train, momo: Subject, tmp_path: Path
) -> None:
    page.add(momo.id, files(tmp_path))
    page.start(momo.id, "fast", 20, "")
    (job,) = studio.jobs.all()
    studio.store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING)
    with pytest.raises(Busy, match="Stop it first"):
        page.delete(momo.id, "Momo")
    assert studio.subjects.find("Momo").id == momo.id
