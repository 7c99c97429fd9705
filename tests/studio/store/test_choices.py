"""Choices are added and never rewritten, and go with their profile."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from studio.domain import Pick, PictureKind, Profile
from studio.errors import NotFound
from studio.store import Store
from tests.studio.store.nouns import a_picture, add_image, choose


@pytest.fixture
def two(store: Store) -> tuple[str, str]:
    """The ids of two pictures."""
    fox, owl = (store.pictures.add(a_picture(name)) for name in ("fox", "owl"))
    return fox.id, owl.id


def test_a_choice_says_who_won_whatever_the_sides(store: Store, anna: Profile, two) -> None:
    fox, owl = two
    assert choose(store, anna, fox, owl, pick=Pick.LEFT).order == (fox, owl)
    assert choose(store, anna, fox, owl, pick=Pick.RIGHT).order == (owl, fox)
    assert choose(store, anna, fox, owl, pick=Pick.NEITHER).order is None
    assert len(store.choices.standing(anna.id)) == 3


def test_the_same_request_twice_is_stored_once(store: Store, anna: Profile, two) -> None:
    first = choose(store, anna, *two, client_id="once")
    assert choose(store, anna, *two, pick=Pick.RIGHT, client_id="once") == first
    assert store.choices.standing(anna.id) == [first]


def test_undo_goes_back_one_by_one_and_the_log_keeps_all(store: Store, anna: Profile, two) -> None:
    first, second = choose(store, anna, *two), choose(store, anna, *two)
    for expected in (second, first):
        back = store.choices.take_back_last(anna.id)
        assert back is not None
        assert (back.id, back.taken_back is None) == (expected.id, False)
    assert store.choices.take_back_last(anna.id) is None
    assert store.choices.standing(anna.id) == []
    assert [c.id for c in store.choices.history(anna.id)] == [second.id, first.id]


def test_what_is_not_there_cannot_be_chosen(store: Store, anna: Profile, two) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        choose(store, anna, two[0], "nowhere")
    assert store.choices.history(anna.id) == []


def test_a_choice_cannot_be_rewritten(store: Store, anna: Profile, two) -> None:
    choose(store, anna, *two)
    with (
        pytest.raises(IntegrityError, match="never rewritten"),
        store.database.writing() as session,
    ):
        session.connection().execute(text("UPDATE choice SET pick = 'right'"))


def test_a_deleted_profile_takes_its_choices_and_the_pictures_that_it_alone_brought(
    store: Store, anna: Profile, two
) -> None:
    ben = store.profiles.add(Profile(name="Ben"))
    mine, ours = (store.pictures.add(a_picture(n, PictureKind.OWN)) for n in ("mine", "ours"))
    choose(store, anna, mine.id, ours.id)
    kept = choose(store, ben, ours.id, two[0])
    assert store.profiles.delete(anna.id).files == (mine.path,)
    assert store.choices.history(anna.id) == []
    assert store.choices.standing(ben.id) == [kept]
    assert set(store.pictures.get_many([mine.id, ours.id])) == {ours.id}


def test_a_generated_picture_that_was_chosen_stays_known_without_its_file(
    store: Store, anna: Profile, two
) -> None:
    image = add_image(store)
    choice = choose(store, anna, image.id, two[0])
    store.images.delete([image.id])
    assert store.choices.standing(anna.id) == [choice]
    assert store.pictures.get(image.id).id == image.id
