"""Blind tests: what is fixed beforehand stays, answers are added, and go with the profile."""

import pytest

from studio.domain import BlindAnswer, BlindPair, Pick, PictureKind, Profile
from studio.errors import AlreadyExists, NotFound
from studio.store import Store
from tests.studio.store.nouns import a_blind_test, a_picture


@pytest.fixture
def anna(store: Store) -> Profile:
    return store.profiles.add(Profile(name="Anna"))


def test_the_newest_test_comes_first_and_each_profile_has_its_own(
    store: Store, anna: Profile
) -> None:
    first, second = a_blind_test(store, anna), a_blind_test(store, anna)
    a_blind_test(store, store.profiles.add(Profile(name="Bert")))
    assert store.blind_tests.of_profile(anna.id) == [second, first]
    assert store.blind_tests.get(first.id) == first


def test_an_answer_sent_twice_is_stored_once_and_no_other_replaces_it(
    store: Store, anna: Profile
) -> None:
    test = a_blind_test(store, anna)
    answer = BlindAnswer(test_id=test.id, pair=2, choice=Pick.LEFT, client_id="one")
    assert store.blind_tests.answer(answer) == store.blind_tests.answer(answer)
    changed = BlindAnswer(test_id=test.id, pair=2, choice=Pick.NEITHER)
    with pytest.raises(AlreadyExists, match="Pair 2"):
        store.blind_tests.answer(changed)
    assert store.blind_tests.answers(test.id)[2] == answer
    assert store.blind_tests.take_back(test.id) is not None
    store.blind_tests.answer(changed)
    assert store.blind_tests.answers(test.id)[2].choice is Pick.NEITHER
    assert store.blind_tests.take_back(test.id, after=1) is not None
    assert store.blind_tests.take_back(test.id, after=1) is None
    assert store.blind_tests.take_back(test.id) is not None
    assert store.blind_tests.take_back(test.id) is None


def test_a_drawn_pair_keeps_its_pictures(store: Store, anna: Profile) -> None:
    test = a_blind_test(store, anna)
    before = store.blind_tests.pairs(test.id)
    sides = [a_picture(f"late-{n}", PictureKind.TEST) for n in (0, 1)]
    assert not store.blind_tests.draw(before[0].model_copy(update={"gains": {}}), *sides)
    assert store.blind_tests.pairs(test.id) == before
    assert len(store.pictures.all(PictureKind.TEST)) == 2


def test_a_second_look_adds_pairs_behind_the_first(store: Store, anna: Profile) -> None:
    test = a_blind_test(store, anna)
    more = BlindPair(test_id=test.id, number=3, prompt="a kite", seed=3, personal=Pick.LEFT)
    assert store.blind_tests.look_again(test.id, [more]).looks == 2
    assert [pair.number for pair in store.blind_tests.pairs(test.id)] == [1, 2, 3]


def test_pictures_of_a_test_are_in_no_gallery_and_in_no_deck(store: Store, anna: Profile) -> None:
    a_blind_test(store, anna)
    assert len(store.pictures.all(PictureKind.TEST)) == 2
    assert store.pictures.unrated(anna.id, kind=PictureKind.GENERATED) == []
    assert store.pictures.all(PictureKind.DECK) == []


def test_what_is_not_there_is_said(store: Store, anna: Profile) -> None:
    test = a_blind_test(store, anna)
    for lost in (
        lambda: store.blind_tests.get("nothing"),
        lambda: store.blind_tests.answer(BlindAnswer(test_id=test.id, pair=9, choice="left")),  # type: ignore[arg-type]
        lambda: store.blind_tests.look_again("nothing", []),
    ):
        with pytest.raises(NotFound):
            lost()
