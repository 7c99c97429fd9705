"""The Train page without a browser: photos, score, choices, watching, picking."""

from pathlib import Path

import pytest

from studio.context import Studio
from studio.domain import JobState, Progress, Snapshot, Subject
from studio.errors import InvalidInput, NotFound
from studio.services.training import Point, training_folder
from studio.ui.components.album import EditPhoto, PhotoBoard
from studio.ui.components.teaching import ActOn, UseShot
from studio.ui.pages.train import NEW, Train
from studio.ui.pages.train_watch import smooth
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

    def edit(number: int, do: str, caption: str = "") -> PhotoBoard:
        values = {"subject": momo.id, "number": number, "do": do, "caption": caption}
        return PhotoBoard.parse(page.photos.edit(EditPhoto.parse(values)))

    suggested = next(p for p in page.photos.board(momo.id).photos if p.suggested)
    cropped = edit(suggested.number, "crop").photos[suggested.number - 1]
    assert cropped.crop == suggested.suggested
    assert edit(suggested.number, "uncrop").photos[suggested.number - 1].crop is None
    assert edit(1, "caption", " Momo runs ").photos[0].alt == "Momo runs"
    assert edit(1, "leave out").photos[0].left_out
    assert not edit(1, "take in").photos[0].left_out
    assert len(edit(1, "remove").photos) == 3
    with pytest.raises(NotFound):
        edit(9, "leave out")


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
