"""The gallery: search, filters, paging, the trash."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain import GalleryQuery, Profile, Verdict
from studio.errors import NotFound
from studio.store import Store
from tests.studio.store.nouns import add_image, rate


def prompts(store: Store, **query) -> list[str]:
    """Prompts of the first page."""
    return [image.prompt for image in store.images.page(GalleryQuery(**query)).images]


def test_a_picture_comes_back_with_its_whole_record(store: Store, anna: Profile) -> None:
    record = {"prompt": "a fox", "taste": {"liked": ["thick outline"]}, "versions": {"torch": "2"}}
    image = add_image(store, profile_id=anna.id, profile_version=3, strength=0.5, record=record)
    assert store.images.get(image.id) == image
    assert store.pictures.get(image.id).caption == image.prompt
    with pytest.raises(NotFound):
        store.images.get("unknown")


def test_pages_are_newest_first_and_follow_each_other_without_gaps(store: Store) -> None:
    made = [add_image(store, f"picture {i}").prompt for i in range(7)]
    first = store.images.page(GalleryQuery(), limit=3)
    add_image(store, "made meanwhile")
    second = store.images.page(GalleryQuery(), before=first.next, limit=3)
    third = store.images.page(GalleryQuery(), before=second.next, limit=3)
    shown = [image.prompt for page in (first, second, third) for image in page.images]
    assert shown == made[::-1]
    assert third.next is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("fox", ["a fox drinking tea"]),
        ("FO tea", ["a fox drinking tea"]),
        ("cafe", ["Café at night"]),
        ("tea fox missing", []),
        ("ox", []),
        ("", ["Café at night", "a fox drinking tea"]),
        ('" OR fox', []),
        ("!!! ***", ["Café at night", "a fox drinking tea"]),
    ],
)
def test_every_word_must_begin_a_word_of_the_prompt(
    store: Store, words: str, found: list[str]
) -> None:
    add_image(store, "a fox drinking tea")
    add_image(store, "Café at night")
    assert prompts(store, words=words) == found
    assert store.images.count(GalleryQuery(words=words)) == len(found)


@given(words=st.text(max_size=30))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_that_a_person_types_breaks_the_search(store: Store, words: str) -> None:
    assert store.images.page(GalleryQuery(words=words)).images == ()


def test_comments_are_searched_while_they_stand(store: Store, anna: Profile) -> None:
    fox = add_image(store, "a fox")
    rating = rate(store, anna, fox.id, comment="the woodcut lines")
    assert prompts(store, words="woodcut fox") == ["a fox"]
    store.ratings.take_back(rating.id)
    assert prompts(store, words="woodcut") == []


def test_a_new_caption_is_searched(store: Store) -> None:
    fox = add_image(store, "a fox")
    picture = store.pictures.get(fox.id)
    store.pictures.update(picture.model_copy(update={"caption": "vulpine"}))
    assert prompts(store, words="vulpine") == ["a fox"]


def test_filters_narrow_together(store: Store, anna: Profile) -> None:
    add_image(store, "a", profile_id=anna.id, model_id="sdxl", created=100.0)
    add_image(store, "b", profile_id=anna.id, created=200.0)
    add_image(store, "c", created=300.0)
    assert prompts(store, profile_id=anna.id) == ["b", "a"]
    assert prompts(store, profile_id=anna.id, model_id="sdxl") == ["a"]
    assert prompts(store, since=200.0) == ["c", "b"]
    assert prompts(store, since=100.0, until=200.0) == ["a"]
    assert prompts(store, words="b", until=200.0) == []
    assert store.images.models() == ["sdxl", "sticker-128"]


def test_the_rating_filter_follows_the_latest_standing_answer(store: Store, anna: Profile) -> None:
    bert = store.profiles.add(Profile(name="Bert"))
    fox, cat, _dog = add_image(store, "fox"), add_image(store, "cat"), add_image(store, "dog")
    rate(store, anna, fox.id, Verdict.LIKED)
    changed = rate(store, anna, fox.id, Verdict.DISLIKED)
    rate(store, bert, cat.id, Verdict.LIKED)
    assert prompts(store, rating="disliked") == ["fox"]
    assert prompts(store, rating="liked") == ["cat"]
    assert prompts(store, rating="liked", rated_by=anna.id) == []
    assert prompts(store, rating="unrated") == ["dog"]
    assert prompts(store, rating="unrated", rated_by=anna.id) == ["dog", "cat"]
    store.ratings.take_back(changed.id)
    assert prompts(store, rating="liked", rated_by=anna.id) == ["fox"]


def test_the_trash_can_be_undone(store: Store) -> None:
    fox, cat = add_image(store, "fox"), add_image(store, "cat")
    store.images.trash([fox.id])
    assert prompts(store) == ["cat"]
    assert prompts(store, trashed=True) == ["fox"]
    assert [image.id for image in store.images.trashed_before(9e9)] == [fox.id]
    assert store.images.trashed_before(0.0) == []
    store.images.restore([fox.id, cat.id])
    assert prompts(store) == ["cat", "fox"]


def test_a_moved_file_is_found_at_its_new_place(store: Store) -> None:
    fox = add_image(store)
    store.images.move(fox.id, "trash/fox.png")
    assert store.images.get(fox.id).path == store.pictures.get(fox.id).path == "trash/fox.png"


def test_deleting_a_picture_keeps_what_the_person_said_about_it(
    store: Store, anna: Profile
) -> None:
    rated, plain = add_image(store, "rated"), add_image(store, "plain")
    rating = rate(store, anna, rated.id, comment="the woodcut lines")
    store.images.delete([rated.id, plain.id])
    assert prompts(store) == []
    assert prompts(store, words="woodcut") == []
    assert store.ratings.standing(anna.id) == [rating]
    assert list(store.pictures.get_many([rated.id, plain.id])) == [rated.id]


def test_pictures_are_added_all_or_none(store: Store) -> None:
    fox = add_image(store)
    pairs = [(store.pictures.get(fox.id), fox)]
    with pytest.raises(Exception, match="UNIQUE"):
        store.images.add_many(pairs)
    assert store.images.count(GalleryQuery()) == 1


def test_the_pictures_of_a_job_come_in_the_order_in_which_they_were_made(store: Store) -> None:
    made = [add_image(store, f"p{i}", job_id="job") for i in range(3)]
    add_image(store, "other")
    assert store.images.of_job("job") == made
