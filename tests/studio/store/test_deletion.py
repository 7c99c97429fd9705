"""Deleting a profile for good leaves no byte of it in the database's files."""

from pathlib import Path

import pytest

from studio.domain import Job, PictureKind, Polarity, Profile, ProfileAttribute, ProfileVersion
from studio.errors import Busy, NotFound
from studio.store import Store, open_store
from tests.studio.store.nouns import a_blind_test, a_picture, add_image, rate

SECRETS = (
    "Annabella",
    "hidden kite",
    "woodcutwords",
    "secretphrase",
    "draftedwords",
    "jobwords",
    "readwords",
)


def fill(store: Store, profile: Profile) -> dict[str, str]:
    """Give a profile something everywhere."""
    fox = add_image(store, "a fox", profile_id=profile.id, profile_version=1)
    mine = store.pictures.add(a_picture("mine", PictureKind.OWN))
    ours = store.pictures.add(a_picture("ours", PictureKind.OWN))
    ratings = [rate(store, profile, p, comment="the woodcutwords") for p in (fox.id, mine.id)]
    store.ratings.take_back(ratings[0].id)
    rate(store, profile, ours.id)
    attribute = ProfileAttribute(
        phrase="secretphrase", category="line", polarity=Polarity.LIKED, label="secretphrase"
    )
    version = ProfileVersion(profile_id=profile.id, number=0, attributes=(attribute,))
    for _ in range(8):
        store.profiles.add_version(version)
    store.preferences.set("draft.comment", "draftedwords", scope=profile.id)
    job = Job(kind="learn", title="Reading jobwords", profile_id=profile.id)
    store.jobs.add(job)
    for i in range(50):
        rate(store, profile, fox.id, comment=f"readwords {i} " * 20)
    (pair, _) = store.blind_tests.pairs(a_blind_test(store, profile).id)
    tested = store.pictures.get_many([str(pair.left), str(pair.right)]).values()
    return {
        "tested": " ".join(sorted(p.path for p in tested)),
        "image": fox.id,
        "mine": mine.path,
        "ours": ours.id,
        "job": job.id,
    }


def traces(folder: Path) -> list[str]:
    """Which secrets a grep over all files finds."""
    everything = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    return [secret for secret in SECRETS if secret.encode() in everything]


def test_nothing_is_left_to_grep_while_the_store_is_open(store: Store) -> None:
    anna = store.profiles.add(Profile(name="Annabella"))
    bert = store.profiles.add(Profile(name="Bert"))
    ids = fill(store, anna)
    rate(store, bert, ids["ours"], comment="mine too")
    folder = store.database.path.parent
    assert set(traces(folder)) == set(SECRETS)

    left = store.profiles.delete(anna.id)
    store.scrub()

    assert traces(folder) == []
    assert left.files[0] == ids["mine"]
    assert sorted(left.files[1:]) == ids["tested"].split()
    assert left.job_ids == (ids["job"],)
    assert store.profiles.all() == [bert]
    with pytest.raises(NotFound):
        store.profiles.version(anna.id)


def test_pictures_stay_without_the_name_and_other_profiles_lose_nothing(store: Store) -> None:
    anna = store.profiles.add(Profile(name="Annabella"))
    bert = store.profiles.add(Profile(name="Bert"))
    ids = fill(store, anna)
    theirs = rate(store, bert, ids["ours"], comment="mine too")
    store.profiles.delete(anna.id)
    image = store.images.get(ids["image"])
    assert (image.profile_id, image.profile_version) == (None, None)
    assert store.ratings.standing(bert.id) == [theirs]
    assert ids["ours"] in store.pictures.get_many([ids["ours"]])
    assert len(store.pictures.all(PictureKind.OWN)) == 1


def test_another_reader_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.store.database.BUSY_SECONDS", 0.3)
    reader, store = (open_store(tmp_path / "studio.db", tmp_path) for _ in range(2))
    anna = store.profiles.add(Profile(name="Annabella"))
    with reader.database.reading() as session:
        session.connection().exec_driver_sql("SELECT * FROM profile").all()
        store.profiles.delete(anna.id)
        with pytest.raises(Busy, match="traces stay"):
            store.scrub()
    assert store.profiles.all() == []
    store.scrub()
    assert traces(tmp_path) == []
    reader.close()
    store.close()
