"""Answers are added, taken back, and never rewritten."""

import sqlite3

import pytest

from studio.domain import Chip, Polarity, Profile, Rating, Verdict
from studio.errors import NotFound
from studio.store import RatingCounts, Store
from tests.studio.store.nouns import a_picture, rate


@pytest.fixture
def fox(store: Store) -> str:
    """Id of a picture."""
    return store.pictures.add(a_picture("fox")).id


def test_a_rating_comes_back_letter_for_letter(store: Store, anna: Profile, fox: str) -> None:
    comment = "${alert(1)} <img src=x> 'quoted' \u202eعربي\n\tline two"
    chips = (Chip(label="thick outline", polarity=Polarity.DISLIKED),)
    stored = rate(store, anna, fox, comment=comment, chips=chips)
    assert store.ratings.get(stored.id) == stored
    assert store.ratings.get_many([stored.id, "unknown"]) == {stored.id: stored}


def test_the_same_answer_sent_twice_is_stored_once(store: Store, anna: Profile, fox: str) -> None:
    first = rate(store, anna, fox, client_id="tab-1:7", comment="nice")
    again = rate(store, anna, fox, client_id="tab-1:7", comment="nice")
    assert again == first
    assert store.ratings.history(anna.id) == [first]


def test_a_changed_mind_is_a_new_row_and_undo_brings_the_old_one_back(
    store: Store, anna: Profile, fox: str
) -> None:
    liked = rate(store, anna, fox, Verdict.LIKED)
    disliked = rate(store, anna, fox, Verdict.DISLIKED)
    assert store.ratings.standing(anna.id) == [disliked]
    assert store.ratings.of_pictures([fox], anna.id) == {fox: disliked}
    assert store.ratings.latest(anna.id) == disliked

    store.ratings.take_back(disliked.id)
    assert store.ratings.standing(anna.id) == [liked]
    store.ratings.take_back(liked.id)
    assert store.ratings.standing(anna.id) == []
    assert store.ratings.latest(anna.id) is None
    assert [rating.id for rating in store.ratings.history(anna.id)] == [disliked.id, liked.id]


def test_taking_back_twice_keeps_the_first_time(store: Store, anna: Profile, fox: str) -> None:
    rating = rate(store, anna, fox)
    first = store.ratings.take_back(rating.id)
    assert first.taken_back is not None
    assert store.ratings.take_back(rating.id) == first


@pytest.mark.parametrize(
    "change", ["comment = 'other'", "verdict = 'liked'", "created = 0", "chips = '[]'"]
)
def test_the_database_itself_refuses_to_rewrite_an_answer(
    store: Store, anna: Profile, fox: str, change: str
) -> None:
    rating = rate(store, anna, fox, Verdict.DISLIKED, comment="too busy")
    connection = sqlite3.connect(store.database.path)
    with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
        connection.execute(f"UPDATE rating SET {change}")
    connection.close()
    assert store.ratings.get(rating.id) == rating


def test_answers_need_a_picture_and_a_profile(store: Store, anna: Profile, fox: str) -> None:
    with pytest.raises(NotFound, match="no picture nothing"):
        rate(store, anna, "nothing")
    stranger = Rating(profile_id="gone", picture_id=fox, verdict=Verdict.LIKED)
    with pytest.raises(NotFound, match="gone"):
        store.ratings.add(stranger)
    with pytest.raises(NotFound):
        store.ratings.take_back("unknown")
    assert store.ratings.history(anna.id) == []


def test_counts_are_of_standing_answers(store: Store, anna: Profile) -> None:
    pictures = store.pictures.add_many([a_picture(name) for name in "abcd"])
    rate(store, anna, pictures[0].id, comment="  ")
    rate(store, anna, pictures[1].id, Verdict.DISLIKED, comment="too busy")
    rate(store, anna, pictures[2].id, Verdict.SKIPPED)
    gone = rate(store, anna, pictures[3].id, comment="lovely")
    store.ratings.take_back(gone.id)
    counts = store.ratings.counts(anna.id)
    assert counts == RatingCounts(liked=1, disliked=1, skipped=1, with_words=1)
    assert counts.opinions == 2
