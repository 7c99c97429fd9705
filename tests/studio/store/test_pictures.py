"""Pictures, and which of them to show next."""

import pytest

from studio.domain import PictureKind, Profile, Verdict
from studio.errors import NotFound
from studio.store import Store
from tests.studio.store.nouns import a_picture, add_image, rate


def test_a_picture_comes_back_as_it_was_stored(store: Store) -> None:
    fox = a_picture(facts={"style": "flat", "chips": ["thick outline"]})
    assert store.pictures.add(fox) == fox
    assert store.pictures.get(fox.id) == fox
    changed = fox.model_copy(update={"caption": "a fox", "facts": {}})
    assert store.pictures.update(changed) == store.pictures.get(fox.id) == changed
    with pytest.raises(NotFound):
        store.pictures.get("unknown")
    with pytest.raises(NotFound):
        store.pictures.update(a_picture("never added"))


def test_pictures_are_found_by_kind_deck_and_file(store: Store) -> None:
    fox, cat, mine = store.pictures.add_many(
        [a_picture("fox"), a_picture("cat", deck="others"), a_picture("me", PictureKind.OWN)]
    )
    assert store.pictures.all() == [fox, cat, mine]
    assert store.pictures.all(PictureKind.OWN) == [mine]
    assert store.pictures.all(deck="others") == [cat]
    assert store.pictures.find_file(mine.sha256, PictureKind.OWN) == mine
    assert store.pictures.find_file(mine.sha256, PictureKind.DECK) is None


def test_unrated_pictures_are_those_without_a_standing_answer_of_this_profile(
    store: Store, anna: Profile
) -> None:
    bert = store.profiles.add(Profile(name="Bert"))
    a, b, c, d = store.pictures.add_many([a_picture(name) for name in "abcd"])
    rate(store, anna, a.id)
    rate(store, bert, b.id)
    store.ratings.take_back(rate(store, anna, c.id).id)
    rate(store, anna, d.id, Verdict.SKIPPED)
    assert store.pictures.unrated(anna.id) == [c, b]
    assert store.pictures.unrated(anna.id, limit=1) == [c]
    assert store.pictures.unrated(anna.id, deck="others") == []


def test_the_trash_is_never_offered_for_rating(store: Store, anna: Profile) -> None:
    kept, thrown = add_image(store, "kept"), add_image(store, "thrown")
    store.images.trash([thrown.id])
    unrated = store.pictures.unrated(anna.id, kind=PictureKind.GENERATED)
    assert [picture.id for picture in unrated] == [kept.id]
