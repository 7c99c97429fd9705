"""Subjects: photos in with care, words, files, and deletion that leaves nothing."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from pipelines.adapters.files import content_hash
from pipelines.errors import InvalidSpec
from pipelines.spec import GenerationSpec
from studio.domain import Job, Subject, SubjectPhoto
from studio.errors import AlreadyExists, InvalidInput, NoRoom, NotFound
from studio.paths import Paths
from studio.services.models import ModelService
from studio.services.subject_file import DOCUMENT_BYTES, SubjectFiles
from studio.services.subject_prompts import named_in, with_subjects
from studio.services.subject_words import (
    caption_of,
    free_token,
    has_token,
    inline_weights,
    named_weights,
    spoken,
)
from studio.services.subjects import SubjectService
from studio.store import Store
from tests import photographs
from tests.studio.store.nouns import a_snapshot

GPS = 0x8825


@pytest.fixture
def subjects(paths: Paths, store: Store) -> SubjectService:
    return SubjectService(paths, store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six photos, of which the second lies on its side and knows where it was taken."""
    place = tmp_path / "photos"
    place.mkdir()
    for number, photo in enumerate(photographs.good_set("fox-openmoji", 6, seed=1), 1):
        exif = Image.Exif()
        if number == 2:
            exif[0x0112] = 6  # turned by 90 degrees
            exif.get_ifd(GPS)[1] = "N"
            lying = photo.crop((0, 0, 512, 400)).rotate(90, expand=True)
        (lying if number == 2 else photo).save(place / f"{number}.jpg", quality=95, exif=exif)
    return place


@pytest.fixture
def momo(subjects: SubjectService, folder: Path) -> Subject:
    subject = subjects.create("Momo", "fox")
    return subjects.add_photos(subject.id, sorted(folder.iterdir())).subject


def test_photos_stand_upright_and_know_no_place(subjects: SubjectService, momo: Subject) -> None:
    assert [(photo.width, photo.height) for photo in momo.photos[:2]] == [(512, 512), (512, 400)]
    for photo in momo.photos:
        with Image.open(subjects.file(photo)) as kept:
            assert not kept.getexif()
            assert "exif" not in kept.info


def test_bad_files_are_refused_one_by_one_with_the_reason(
    subjects: SubjectService, folder: Path, momo: Subject
) -> None:
    (folder / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 40)
    (folder / "b.jpg").write_bytes((folder / "1.jpg").read_bytes()[:900])
    (folder / "c.jpg").write_bytes((folder / "3.jpg").read_bytes())
    (folder / "d.txt").write_text("no picture")
    Image.new("1", (30_000, 30_000)).save(folder / "e.png")
    photographs.good_set("fox-openmoji", 1, seed=9)[0].save(folder / "f.webp")
    photographs.good_set("fox-openmoji", 1, seed=8)[0].save(folder / "g.avif")
    added = subjects.add_photos("Momo", sorted(folder.glob("[a-g].*")))
    reasons = {refused.name: refused.reason for refused in added.refused}
    assert set(reasons) == {"a.heic", "b.jpg", "c.jpg", "d.txt", "e.png"}
    assert "HEIC" in reasons["a.heic"]
    assert "export it as JPEG" in reasons["a.heic"]
    assert "damaged" in reasons["b.jpg"]
    assert reasons["c.jpg"] == "c.jpg is the same picture as photo 3."
    assert "million" in reasons["e.png"]
    assert len(added.subject.photos) == 8


def test_the_score_rises_when_a_bad_photo_is_left_out(
    subjects: SubjectService, folder: Path, momo: Subject
) -> None:
    before = subjects.check("Momo", 512)
    photos = photographs.good_set("fox-openmoji", 6, seed=1)
    photographs.blurred(photos, 3)[3].save(folder / "7.png")
    subjects.add_photos("Momo", [folder / "7.png"])
    bad = subjects.check("Momo", 512)
    assert [one.photos for one in bad.advice if one.kind == "blurred"] == [(7,)]
    subjects.edit_photo("Momo", 7, left_out=True)
    assert subjects.check("Momo", 512) == before
    assert before.score > bad.score


def test_a_crop_lies_inside_its_photo_and_counts_in_the_check(
    subjects: SubjectService, folder: Path, momo: Subject
) -> None:
    for wrong in ((0, 0, 513, 100), (100, 0, 100, 50), (0, 0, 20, 20), (-1, 0, 99, 99)):
        with pytest.raises(InvalidInput, match="photo 1"):
            subjects.edit_photo("Momo", 1, crop=wrong)
    subjects.edit_photo("Momo", 1, crop=(100, 50, 400, 350))
    assert subjects.image(subjects.find("Momo").photos[0]).size == (300, 300)
    assert "small" in {one.kind for one in subjects.check("Momo", 512).advice}
    with pytest.raises(NotFound, match="6 photos"):
        subjects.edit_photo("Momo", 7, left_out=True)


def test_suggested_crops_are_for_photos_without_one(
    subjects: SubjectService, momo: Subject
) -> None:
    crops = subjects.crops("Momo", 128)
    assert crops
    number, crop = next(iter(crops.items()))
    subjects.edit_photo("Momo", number, crop=crop)
    assert number not in subjects.crops("Momo", 128)


def test_a_removed_photo_is_gone_from_disk(subjects: SubjectService, momo: Subject) -> None:
    file = subjects.file(momo.photos[0])
    assert file.is_file()
    assert len(subjects.remove_photo("Momo", 1).photos) == 5
    assert not file.exists()


def test_photos_that_are_taken_in_leave_what_was_changed_meanwhile(
    subjects: SubjectService, folder: Path, momo: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, photo in enumerate(photographs.good_set("fox-openmoji", 2, seed=9)):
        photo.save(folder / f"new-{number}.png")

    real = subjects._photo

    def slow(*source: Any) -> SubjectPhoto:
        """While a file is decoded somebody describes one photo and removes another, and a second
        page takes in the same file."""
        monkeypatch.setattr(SubjectService, "_photo", lambda _, *source: real(*source))
        subjects.edit_photo("Momo", 2, caption="Momo asleep")
        subjects.remove_photo("Momo", 1)
        subjects.add_photos("Momo", [folder / "new-0.png"])
        return real(*source)

    monkeypatch.setattr(SubjectService, "_photo", lambda _, *source: slow(*source))
    added = subjects.add_photos("Momo", [folder / "new-0.png", folder / "new-1.png"])
    assert [photo.caption for photo in added.subject.photos] == ["Momo asleep", *[""] * 6]
    reasons = [refused.reason for refused in added.refused]
    assert reasons == ["new-0.png is the same picture as photo 6."]


def test_a_photo_is_changed_where_it_stands_by_then(
    subjects: SubjectService, momo: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the change another page removes the first photo."""
    look = subjects.store.subjects.find
    third = momo.photos[2]

    def outdated(name: str) -> Subject:
        found = look(name)
        monkeypatch.setattr(subjects.store.subjects, "find", look)
        subjects.remove_photo("Momo", 1)
        return found

    monkeypatch.setattr(subjects.store.subjects, "find", outdated)
    changed = subjects.edit_photo("Momo", 3, caption="Momo runs")
    assert {photo.id: photo.caption for photo in changed.photos}[third.id] == "Momo runs"
    assert [photo.id for photo in changed.photos] == [photo.id for photo in momo.photos[1:]]
    monkeypatch.setattr(subjects.store.subjects, "find", outdated)
    with pytest.raises(NotFound, match="meanwhile"):
        subjects.edit_photo("Momo", 1, left_out=True)


def test_names_that_a_prompt_could_not_hold_are_refused(subjects: SubjectService) -> None:
    for name in ("", "  ", "a:b", "<x>", "a,b", "x" * 81):
        with pytest.raises(InvalidInput):
            subjects.create(name, "dog")
    with pytest.raises(InvalidInput):
        subjects.create("Rex", "dog (big)")
    subjects.create("Rex", "dog")
    with pytest.raises(AlreadyExists):
        subjects.create("rex", "cat")
    with pytest.raises(InvalidSpec):
        subjects.rename("Rex", "<rex>")


def test_each_subject_has_a_token_of_its_own(subjects: SubjectService) -> None:
    tokens = [subjects.create(f"Dog {n}", "dog").token for n in range(15)]
    assert len(set(tokens)) == 15
    assert free_token(tokens) not in tokens


def test_a_name_becomes_the_words_that_were_learnt() -> None:
    momo = Subject(name="Momo", class_word="dog", token="sks")
    assert spoken("Momo on a beach", [momo]) == "a sks dog on a beach"
    assert spoken("My momo, and the Momo", [momo]) == "My sks dog, and the sks dog"
    assert spoken("a Momotaro", [momo]) == "a Momotaro"
    assert caption_of("", momo) == "a sks dog"
    assert caption_of("momo asleep on a sofa", momo) == "a sks dog asleep on a sofa"
    assert caption_of("on a sofa", momo) == "a sks dog, on a sofa"


def test_a_token_is_a_word_and_not_a_part_of_one() -> None:
    momo = Subject(name="Momo", class_word="dog", token="sks")
    assert caption_of("under two desks", momo) == "a sks dog, under two desks"
    assert not has_token("two desks", momo)
    assert has_token("asleep: sks, dog", momo)
    assert named_in("two desks", [momo]) == "a sks dog, two desks"
    assert named_in("a sks dog", [momo]) == "a sks dog"


def test_the_words_of_one_subject_are_not_taken_for_the_name_of_another() -> None:
    bella = Subject(name="Bella", class_word="dog", token="sks")
    dog = Subject(name="Dog", class_word="cat", token="ohwx")
    both = Subject(name="Old Dog", class_word="mug", token="zwx")
    for cast in ([bella, dog, both], [both, dog, bella]):
        assert spoken("Bella and Dog", cast) == "a sks dog and a ohwx cat"
        assert spoken("a <subject:bella:0.5> and Dog", cast) == "a sks dog and a ohwx cat"
        assert spoken("the old dog", cast) == "the zwx mug"


def test_subjects_inside_a_prompt_and_beside_it() -> None:
    momo = Subject(name="Momo", class_word="dog", token="sks")
    known = {"momo": momo}
    assert inline_weights("<subject:momo:0.8> asleep", known) == {momo.id: 0.8}
    assert inline_weights("a <subject: Momo > asleep", known) == {momo.id: 1.0}
    assert inline_weights("a cat <3", known) == {}
    assert spoken("<subject:momo:0.8> asleep", [momo]) == "sks dog asleep"
    assert spoken("a <subject: Momo > asleep", [momo]) == "a sks dog asleep"
    assert spoken("a cat <3", [momo]) == "a cat <3"
    with pytest.raises(InvalidInput, match="Subjects: Momo"):
        inline_weights("<subject:Rex>", known)
    with pytest.raises(InvalidInput, match="from 0 to 2"):
        inline_weights("<subject:Momo:much>", known)
    assert named_weights(["Momo", "Old Rex:0.5"]) == {"Momo": 1.0, "Old Rex": 0.5}
    for wrong in ("Momo:3", "Momo:", "Momo:nan"):
        with pytest.raises(InvalidInput):
            named_weights([wrong])


def test_a_subject_beside_and_inside_a_prompt_is_one(
    store: Store, subjects: SubjectService
) -> None:
    momo = subjects.create("Momo", "fox")
    shot = store.subjects.add_snapshot(a_snapshot(momo))
    models = ModelService(subjects.paths)
    card = models.card("sticker-128")
    spec = GenerationSpec(prompt="a <subject:Momo:0.5> asleep")
    made = with_subjects(spec, ["momo", momo.id], card, store, models)
    assert made.prompt == "a sks fox asleep"
    assert [(use.hash, use.weight) for use in made.adapters] == [(shot.hash, 0.5)]


def test_a_snapshot_is_picked_by_step_or_id_and_the_others_can_go(
    subjects: SubjectService, momo: Subject
) -> None:
    shots = [subjects.store.subjects.add_snapshot(a_snapshot(momo, step)) for step in (100, 200)]
    for shot in shots:
        subjects.file(shot).write_bytes(b"0" * 10)
    assert subjects.picked(momo) is None
    with pytest.raises(InvalidInput, match="Pick one first"):
        subjects.clean("Momo")
    assert subjects.snapshots("Momo") == shots
    assert subjects.pick("Momo", 200) == shots[1]
    assert subjects.pick("Momo", shots[0].id) == shots[0]
    assert subjects.picked(subjects.find("Momo")) == shots[0]
    with pytest.raises(NotFound, match="100, 200"):
        subjects.pick("Momo", 300)
    assert subjects.clean("Momo") == 10
    assert subjects.snapshots("Momo") == [shots[0]]
    assert not subjects.file(shots[1]).exists()


def test_deleting_leaves_no_byte_of_it(
    paths: Paths, subjects: SubjectService, momo: Subject
) -> None:
    job = subjects.store.jobs.add(Job(kind="train", title="Momo", params={"subject": momo.id}))
    (paths.jobs / job.id).mkdir()
    subjects.store.subjects.add_snapshot(a_snapshot(momo))
    assert subjects.delete("Momo") == "6 photos, 1 snapshot."
    assert not (paths.jobs / job.id).exists()
    assert not list(paths.subjects.iterdir())
    for file in paths.home.glob("studio.db*"):
        assert momo.id.encode() not in file.read_bytes()


def test_a_subject_travels_in_a_file(
    subjects: SubjectService, momo: Subject, tmp_path: Path
) -> None:
    files = SubjectFiles(subjects)
    subjects.edit_photo("Momo", 1, caption="Momo asleep", crop=(0, 0, 200, 200))
    subjects.edit_photo("Momo", 2, left_out=True)
    path = files.export("Momo", tmp_path / "momo.zip")
    with pytest.raises(AlreadyExists):
        files.export("Momo", path)
    with pytest.raises(AlreadyExists):
        files.import_file(path)
    twin = files.import_file(path, "Twin")
    assert (twin.class_word, twin.mirror) == (momo.class_word, momo.mirror)
    said = [(p.caption, p.crop, p.left_out) for p in subjects.find("Momo").photos]
    assert [(p.caption, p.crop, p.left_out) for p in twin.photos] == said
    assert len(subjects.all()) == 2


def a_lora(path: Path) -> str:
    """A small file of weights; its hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"lora.down": np.arange(6, dtype=np.float32)}, path)
    return content_hash(path)


def test_a_taught_subject_travels_with_its_lora(
    paths: Paths, subjects: SubjectService, momo: Subject, tmp_path: Path
) -> None:
    shot = a_snapshot(momo, 300, model_id="sticker-128", scores={"likeness": 0.7})
    learnt = a_lora(subjects.file(shot))
    subjects.store.subjects.add_snapshot(shot.model_copy(update={"hash": learnt}))
    subjects.pick("Momo", 300)
    files = SubjectFiles(subjects)
    path = files.export("Momo", tmp_path / "momo.zip")
    lora = files.export("Momo", tmp_path / "momo.safetensors")
    assert lora.read_bytes() == subjects.file(shot).read_bytes()
    with pytest.raises(AlreadyExists, match="“sks”"):
        files.import_file(path, "Twin")  # both would answer to one word
    assert [subject.name for subject in subjects.all()] == ["Momo"]
    subjects.delete("Momo")
    there = files.import_file(path)
    picked = subjects.picked(there)
    assert picked is not None
    assert (there.name, there.token) == ("Momo", "sks")
    assert (picked.hash, picked.step, picked.scores) == (learnt, 300, {"likeness": 0.7})
    assert content_hash(subjects.file(picked)) == learnt


def test_an_export_that_fails_leaves_nothing_and_says_why(
    subjects: SubjectService, momo: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(InvalidInput, match="was not written"):
        SubjectFiles(subjects).export("Momo", tmp_path / "photos" / "1.jpg" / "momo.zip")

    def full(*_args: object) -> None:
        (out / ".momo.zip.part").write_bytes(b"half")
        with Path("/dev/full").open("w") as file:
            file.write("x")

    with monkeypatch.context() as patch:
        patch.setattr(SubjectFiles, "_write", full)
        with pytest.raises(NoRoom, match="disk is full"):
            SubjectFiles(subjects).export("Momo", out / "momo.zip")
    subjects.file(momo.photos[5]).unlink()
    with pytest.raises(InvalidInput, match="No such file"):
        SubjectFiles(subjects).export("Momo", out / "momo.zip")
    assert list(out.iterdir()) == []


def damage(path: Path, kind: str) -> None:
    """Make of an archive what somebody may send."""
    whole = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        document = archive.read("subject.json")
    match kind:
        case "encrypted":
            for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
                at = whole.find(mark)
                while at >= 0:
                    whole[at + flags] |= 1
                    at = whole.find(mark, at + 4)
            path.write_bytes(whole)
        case "large":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("subject.json", document + b" " * 2 * DOCUMENT_BYTES)
        case "bad deflate":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("subject.json", document)
            whole = bytearray(path.read_bytes())
            at = 30 + len("subject.json")
            whole[at : at + 4] = b"\xff" * 4
            path.write_bytes(whole)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("encrypted", "damaged"), ("bad deflate", "damaged"), ("large", "too long")],
)
def test_a_file_that_is_damaged_is_refused_with_a_sentence(
    subjects: SubjectService, momo: Subject, tmp_path: Path, kind: str, words: str
) -> None:
    path = SubjectFiles(subjects).export("Momo", tmp_path / "momo.zip")
    damage(path, kind)
    with pytest.raises(InvalidInput, match=rf"momo\.zip.*{words}"):
        SubjectFiles(subjects).import_file(path, "Twin")
    assert [subject.name for subject in subjects.all()] == ["Momo"]


def test_a_full_disk_is_said_when_a_file_is_unpacked(
    subjects: SubjectService, momo: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = SubjectFiles(subjects).export("Momo", tmp_path / "momo.zip")

    def full(*_args: object) -> None:
        with Path("/dev/full").open("w") as file:
            file.write("x")

    monkeypatch.setattr("studio.services.subject_file.shutil.copyfileobj", full)
    with pytest.raises(NoRoom):
        SubjectFiles(subjects).import_file(path, "Twin")


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99},
        {"photos": [{"file": "../../evil.jpg"}]},
        {"photos": [{"file": "photos/9.jpg"}]},
        {"name": "a:b"},
        {"more": 1},
    ],
)
def test_a_file_that_lies_is_refused_and_leaves_nothing(
    subjects: SubjectService, momo: Subject, tmp_path: Path, change: dict
) -> None:
    files = SubjectFiles(subjects)
    path = files.export("Momo", tmp_path / "momo.zip")
    document = json.loads(zipfile.ZipFile(path).read("subject.json")) | {"name": "Twin"} | change
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("subject.json", json.dumps(document))
        archive.writestr("../../evil.jpg", b"evil")
    with pytest.raises(InvalidInput):
        files.import_file(tmp_path / "bad.zip")
    assert [subject.name for subject in subjects.all()] == ["Momo"]
    (tmp_path / "no.zip").write_bytes(b"no zip")
    with pytest.raises(InvalidInput):
        files.import_file(tmp_path / "no.zip")
