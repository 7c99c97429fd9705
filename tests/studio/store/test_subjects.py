"""Subjects: names, photos, snapshots, and that nothing stays when one is deleted."""

import pytest

from pipelines.errors import InvalidSpec
from studio.domain import Job, Subject
from studio.errors import AlreadyExists, NotFound
from studio.store import Store
from tests.studio.store.nouns import a_photo, a_snapshot


@pytest.fixture
def momo(store: Store) -> Subject:
    return store.subjects.add(Subject(name="Momo", class_word="dog", token="sks"))


def test_a_subject_is_found_by_its_name_in_any_case(store: Store, momo: Subject) -> None:
    assert store.subjects.find("MOMO") == store.subjects.find(momo.id) == momo
    with pytest.raises(NotFound, match="Subjects: Momo"):
        store.subjects.find("Rex")


def test_a_name_is_taken_once(store: Store, momo: Subject) -> None:
    with pytest.raises(AlreadyExists):
        store.subjects.add(Subject(name="momo", class_word="cat", token="zwx"))
    rex = store.subjects.add(Subject(name="Rex", class_word="dog", token="zwx"))
    with pytest.raises(AlreadyExists):
        store.subjects.change(rex.id, name="Momo")
    assert store.subjects.find("Rex") == rex


def test_changes_are_checked_and_kept(store: Store, momo: Subject) -> None:
    photo = a_photo(crop=(0, 0, 100, 100), caption="momo asleep")
    changed = store.subjects.change(momo.id, photos=(photo,), mirror=False)
    assert store.subjects.find("Momo") == changed
    assert changed.photos == (photo,)
    with pytest.raises(InvalidSpec):
        store.subjects.change(momo.id, name="<subject:x>")
    assert store.subjects.find("Momo") == changed


def test_a_training_that_comes_by_again_replaces_its_snapshot(store: Store, momo: Subject) -> None:
    first = store.subjects.add_snapshot(a_snapshot(momo, 100))
    store.subjects.add_snapshot(a_snapshot(momo, 200))
    again = store.subjects.add_snapshot(a_snapshot(momo, 100, hash="f" * 64))
    assert again.id == first.id
    assert {shot.step for shot in store.subjects.snapshots(momo.id)} == {100, 200}
    assert set(store.subjects.of_hashes(["f" * 64, f"{200:064d}", "a" * 64])) == {
        "f" * 64,
        f"{200:064d}",
    }
    scored = store.subjects.change_snapshot(again.id, scores={"likeness": 0.5})
    assert scored in store.subjects.snapshots(momo.id)


def test_deleting_takes_snapshots_and_trainings_and_no_others(store: Store, momo: Subject) -> None:
    rex = store.subjects.add(Subject(name="Rex", class_word="dog", token="zwx"))
    store.subjects.add_snapshot(a_snapshot(momo))
    kept = store.subjects.add_snapshot(a_snapshot(rex))
    mine = store.jobs.add(Job(kind="train", title="Momo", params={"subject": momo.id}))
    other = store.jobs.add(Job(kind="train", title="Rex", params={"subject": rex.id}))
    assert store.subjects.delete(momo.id) == [mine.id]
    assert store.subjects.all() == [rex]
    assert store.subjects.snapshots(rex.id) == [kept]
    assert store.subjects.snapshots(momo.id) == []
    assert [job.id for job in store.jobs.all()] == [other.id]
    with pytest.raises(NotFound):
        store.subjects.add_snapshot(a_snapshot(momo))
