"""Profiles and their versions."""

import pytest

from pipelines.errors import InvalidSpec
from studio.domain import Polarity, Profile, ProfileAttribute, ProfileVersion
from studio.errors import AlreadyExists, NotFound
from studio.store import Store


def version(profile: Profile, *phrases: str) -> ProfileVersion:
    attributes = tuple(
        ProfileAttribute(phrase=phrase, category="line", polarity=Polarity.LIKED)
        for phrase in phrases
    )
    return ProfileVersion(profile_id=profile.id, number=0, attributes=attributes)


def test_a_profile_comes_back_as_it_was_stored(store: Store) -> None:
    blend = Profile(name="Ä “blend” – 混ぜる", strength=0.25, parents=(("a", 0.5), ("b", 1.0)))
    store.profiles.add(blend)
    assert store.profiles.get(blend.id) == blend
    assert store.profiles.all() == [blend]


def test_names_are_unique_without_regard_to_case(store: Store, anna: Profile) -> None:
    with pytest.raises(AlreadyExists, match="anna"):
        store.profiles.add(Profile(name="anna"))
    bert = store.profiles.add(Profile(name="Bert"))
    with pytest.raises(AlreadyExists):
        store.profiles.rename(bert.id, "ANNA")
    assert store.profiles.rename(bert.id, "Cleo").name == "Cleo"
    assert store.profiles.get(bert.id).name == "Cleo"


def test_a_profile_is_found_by_name_in_any_case_or_by_id(store: Store, anna: Profile) -> None:
    assert store.profiles.find("aNNa") == store.profiles.find(anna.id) == anna
    with pytest.raises(NotFound, match=r"“Nobody”.*Profiles: Anna"):
        store.profiles.find("Nobody")


def test_versions_are_numbered_by_the_store_and_the_newest_is_current(
    store: Store, anna: Profile
) -> None:
    assert store.profiles.version(anna.id).attributes == ()
    first = store.profiles.add_version(version(anna, "thick outline"))
    second = store.profiles.add_version(version(anna, "thick outline", "muted colours"))
    assert (first.number, second.number) == (1, 2)
    assert store.profiles.get(anna.id).version == 2
    assert store.profiles.version(anna.id) == second
    assert store.profiles.version(anna.id, 1) == first
    assert store.profiles.versions(anna.id) == [second, first]
    with pytest.raises(NotFound, match="version 7"):
        store.profiles.version(anna.id, 7)


def test_a_version_needs_its_profile(store: Store) -> None:
    with pytest.raises(NotFound):
        store.profiles.add_version(ProfileVersion(profile_id="gone", number=1))


def test_values_out_of_range_are_refused_before_they_are_stored(
    store: Store, anna: Profile
) -> None:
    with pytest.raises(InvalidSpec, match="strength"):
        store.profiles.set_strength(anna.id, 1.5)
    with pytest.raises(InvalidSpec, match="name"):
        store.profiles.rename(anna.id, "")
    assert store.profiles.set_strength(anna.id, 0.75).strength == 0.75
    assert store.profiles.get(anna.id) == anna.model_copy(update={"strength": 0.75})
