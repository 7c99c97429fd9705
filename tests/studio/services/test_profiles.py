"""Profiles: versions, corrections that survive, contradictions, blends, and nothing left behind."""

from pathlib import Path

import pytest
from PIL import Image

from pipelines.preference.attributes import Attribute, Evidence
from pipelines.preference.extract.rules import RuleExtractor
from studio.domain import Chip, Job, Picture, PictureKind, Polarity, Profile, Rating, Verdict
from studio.errors import AlreadyExists, InvalidInput, NotFound
from studio.intake import take_in
from studio.paths import Paths
from studio.services.corrections import Keep
from studio.services.images import ImagesService
from studio.services.learning import merge
from studio.services.profiles import ProfileService
from studio.services.readings import Readings
from studio.services.taste import taste_of
from studio.store import Store

LIKE, DISLIKE = Verdict.LIKED, Verdict.DISLIKED


@pytest.fixture
def profiles(paths: Paths, store: Store) -> ProfileService:
    return ProfileService(paths, store, Readings(store, RuleExtractor()))


def say(store: Store, profile: Profile, verdict: Verdict, comment: str, *chips: Chip) -> Rating:
    """Answer a new deck picture."""
    picture = store.pictures.add(
        Picture(
            kind=PictureKind.DECK,
            path="/nowhere.webp",
            sha256="0" * 64,
            width=8,
            height=8,
            caption="a rocket, flat",
            facts={"subject": "a rocket"},
        )
    )
    return store.ratings.add(
        Rating(
            profile_id=profile.id,
            picture_id=picture.id,
            verdict=verdict,
            comment=comment,
            chips=chips,
        )
    )


def labels(profiles: ProfileService, name: str, side: str) -> list[str]:
    shown = profiles.show(name)
    return [a.label or a.phrase for a in getattr(shown, side)]


class OtherReader:
    """A reader that understands less, and differently: every comment is about neon."""

    id = "local-llm:neon"
    prompt_version = "1"

    def extract(self, comments):
        for comment in comments:
            yield [
                Attribute(
                    phrase="neon",
                    category="palette",
                    label="neon colours",
                    polarity=comment.verdict,
                    weight=0.6,
                    evidence=Evidence(comment.id, None),
                    backend=self.id,
                    prompt_version=self.prompt_version,
                )
            ]


# ---------------------------------------------------------------------- names


def test_a_profile_is_found_by_name_in_any_case_and_by_id(profiles: ProfileService) -> None:
    made = profiles.create("My taste")
    assert profiles.find("my TASTE") == profiles.find(made.id) == made
    with pytest.raises(NotFound, match="My taste"):
        profiles.find("Yours")


def test_a_name_is_taken_once_and_must_say_something(profiles: ProfileService) -> None:
    profiles.create("My taste")
    with pytest.raises(AlreadyExists):
        profiles.create("MY TASTE")
    with pytest.raises(InvalidInput):
        profiles.create("   ")
    with pytest.raises(InvalidInput):
        profiles.create("x" * 81)


def test_renaming_keeps_the_profile(profiles: ProfileService) -> None:
    made = profiles.create("a")
    assert profiles.rename("a", "b").id == made.id
    with pytest.raises(NotFound):
        profiles.find("a")


# ------------------------------------------------------------------- learning


def test_learning_makes_a_version_with_evidence(profiles: ProfileService, store: Store) -> None:
    profile = profiles.create("me")
    rating = say(store, profile, LIKE, "I love the thick outlines")
    say(store, profile, DISLIKE, "way too glossy")
    version = profiles.learn("me")
    assert (version.number, version.note) == (1, "2 new after 2 ratings")
    shown = profiles.show("me")
    assert labels(profiles, "me", "liked") == ["thick outlines"]
    assert labels(profiles, "me", "disliked") == ["glossy surfaces"]
    evidence = shown.liked[0].evidence[0]
    assert evidence.rating_id == rating.id
    assert evidence.comment == "I love the thick outlines"
    assert evidence.words in evidence.comment
    assert evidence.words
    assert evidence.picture is not None
    assert evidence.picture.caption == "a rocket, flat"
    assert (shown.counts.ratings, shown.counts.comments) == (2, 2)


def test_learning_again_without_news_makes_no_version(
    profiles: ProfileService, store: Store
) -> None:
    say(store, profiles.create("me"), LIKE, "thick outlines")
    assert profiles.learn("me") == profiles.learn("me")
    assert len(profiles.versions("me")) == 1


def test_skipped_pictures_and_answers_taken_back_teach_nothing(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, Verdict.SKIPPED, "thick outlines")
    store.ratings.take_back(say(store, profile, LIKE, "pastel colours").id)
    assert profiles.learn("me").attributes == ()


def test_a_tapped_chip_counts_half_of_a_typed_word(profiles: ProfileService, store: Store) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "", Chip(label="pastel colours", polarity=Polarity.LIKED))
    say(store, profile, LIKE, "flat design")
    shown = {a.label: a for a in profiles.learn("me").attributes}
    tapped, typed = shown["pastel colours"], shown["flat design"]
    assert tapped.evidence[0].backend == "chip"

    def support(weight: float) -> float:
        return weight / (1 - weight)

    assert support(tapped.weight) == pytest.approx(support(typed.weight) / 2, rel=0.01)


def test_liking_a_picture_but_not_its_background_is_said_with_a_chip(
    profiles: ProfileService, store: Store
) -> None:
    chip = Chip(label="plain background", polarity=Polarity.DISLIKED)
    say(store, profiles.create("me"), LIKE, "", chip)
    profiles.learn("me")
    assert labels(profiles, "me", "disliked") == ["plain background"]


def test_another_reader_replaces_the_basic_reading_and_reads_nothing_twice(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "thick outlines")
    profiles.learn("me")
    reader = OtherReader()
    assert [p.step for p in profiles.read("me", reader)] == [1]
    version = profiles.learn("me", "local-llm")
    assert version.backend == reader.id
    assert [a.label for a in version.attributes] == ["neon colours"]
    assert version.prompt_version == "1"
    assert profiles.learn("me", reader.id) == version  # nothing new
    say(store, profile, LIKE, "flat design")
    assert [a.label for a in profiles.draft("me", "local-llm").attributes] == [
        "flat design",  # the newest first: the basic reading stands in
        "neon colours",
    ]
    assert [(p.step, p.total) for p in profiles.read("me", reader)] == [(1, 1)]
    reader.prompt_version = "2"
    assert [p.total for p in profiles.read("me", reader)] == [2, 2]


# ---------------------------------------------------------------- corrections


def test_reading_again_keeps_what_the_person_corrected(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "I love thick outlines, flat design, pastel colours and cute animals")
    profiles.learn("me")
    profiles.set_weight("me", "thick outlines", 0.1)
    profiles.turn("me", "pastel colours")
    profiles.remove("me", "cute")
    profiles.add("me", "lots of white", Polarity.LIKED)
    before = profiles.version("me")
    say(store, profile, LIKE, "thick outlines again, and pastel colours, so cute")
    profiles.learn("me")
    for reader in ("built-in", "another"):
        profiles.learn("me", reader)
        after = {a.label or a.phrase: a for a in profiles.version("me").attributes}
        assert after["thick outlines"].weight == 0.1
        assert len(after["thick outlines"].evidence) == 2  # new reasons, same weight
        assert after["pastel colours"].polarity is Polarity.DISLIKED
        assert after["cute"].removed
        assert "flat design" in after
        assert any(a.phrase == "lots of white" for a in after.values())
    assert len(before.attributes) == len(profiles.version("me").attributes)


def test_removed_then_restored_is_as_before(profiles: ProfileService, store: Store) -> None:
    say(store, profiles.create("me"), LIKE, "thick outlines and flat design")
    learnt = profiles.learn("me")
    profiles.remove("me", "thick outlines")
    assert labels(profiles, "me", "liked") == ["flat design"]
    assert profiles.restore("me", "thick outlines").attributes == learnt.attributes


def test_adding_what_is_there_is_refused_and_adding_what_was_removed_brings_it_back(
    profiles: ProfileService, store: Store
) -> None:
    say(store, profiles.create("me"), LIKE, "thick outlines")
    profiles.learn("me")
    with pytest.raises(AlreadyExists, match="liked already"):
        profiles.add("me", "bold outline", Polarity.LIKED)  # another word for it
    profiles.remove("me", "thick outlines")
    profiles.add("me", "bold outline", Polarity.LIKED)
    assert labels(profiles, "me", "liked") == ["thick outlines"]


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_weights_outside_0_to_1_are_refused(profiles: ProfileService, weight: float) -> None:
    profiles.create("me")
    profiles.add("me", "flat", Polarity.LIKED)
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        profiles.set_weight("me", "flat", weight)


def test_every_change_makes_a_version_and_going_back_makes_one_more(
    profiles: ProfileService, store: Store
) -> None:
    say(store, profiles.create("me"), LIKE, "thick outlines")
    first = profiles.learn("me")
    profiles.add("me", "watercolour", Polarity.DISLIKED)
    profiles.set_weight("me", "watercolour", 0.3)
    assert [v.number for v in profiles.versions("me")] == [3, 2, 1]
    again = profiles.go_back("me", 1)
    assert (again.number, again.attributes) == (4, first.attributes)
    assert profiles.versions("me")[1].attributes != first.attributes  # nothing was rewritten


def test_comparing_versions_counts_what_a_person_sees(
    profiles: ProfileService, store: Store
) -> None:
    profiles.create("me")
    for words in ("flat", "pastel", "cute"):
        profiles.add("me", words, Polarity.LIKED)
    profiles.remove("me", "flat")
    profiles.set_weight("me", "cute", 0.2)
    profiles.add("me", "neon", Polarity.DISLIKED)
    profiles.add("me", "glossy", Polarity.DISLIKED)
    assert str(profiles.compare("me", 3, 7)) == "+2, −1, 1 changed"
    assert str(profiles.compare("me", 3, 3)) == "nothing changed"


# ------------------------------------------------------------- contradictions


def test_a_contradiction_is_shown_and_left_out_until_it_is_settled(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "love the neon colours")
    say(store, profile, DISLIKE, "hate the neon colours")
    say(store, profile, DISLIKE, "the neon colours are awful")
    profiles.learn("me")
    (found,) = profiles.show("me").contradictions
    assert found.sentence == (
        "You like neon colours once (rocket) and dislike it twice (rocket). "
        "Until you decide, it is left out."
    )
    assert profiles.taste("me").is_neutral
    profiles.resolve("me", "neon colours", Keep.DISLIKE)
    assert not profiles.show("me").contradictions
    assert [p.phrase for p in profiles.taste("me").disliked] == ["neon colours"]
    say(store, profile, LIKE, "neon colours after all")
    profiles.learn("me")  # the decision stays
    assert [p.phrase for p in profiles.taste("me").disliked] == ["neon colours"]
    assert not profiles.taste("me").liked


def test_dropping_both_sides_leaves_neither(profiles: ProfileService, store: Store) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "love the neon colours")
    say(store, profile, DISLIKE, "hate the neon colours")
    profiles.learn("me")
    profiles.resolve("me", "neon colours", Keep.NEITHER)
    profiles.learn("me")
    shown = profiles.show("me")
    assert (shown.liked, shown.disliked, shown.contradictions) == ((), (), ())
    with pytest.raises(NotFound):
        profiles.resolve("me", "neon colours", Keep.LIKE)


def test_one_slip_against_many_does_not_silence_a_wish(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    for _ in range(5):
        say(store, profile, LIKE, "love the thick outlines")
    say(store, profile, DISLIKE, "hate the thick outlines")
    profiles.learn("me")
    (found,) = profiles.show("me").contradictions  # still shown
    assert found.counts_as == "liked"
    assert [p.phrase for p in profiles.taste("me").liked] == ["thick outlines"]
    assert not profiles.taste("me").disliked
    many = profiles.version("me").side(Polarity.LIKED)[0].weight
    store.ratings.take_back(store.ratings.latest(profile.id).id)  # type: ignore[union-attr]
    profiles.learn("me")
    assert profiles.version("me").side(Polarity.LIKED)[0].weight > many  # the slip weakened it


# ---------------------------------------------------------------- taste


def test_taste_is_heaviest_first_and_drops_words_on_both_sides(profiles: ProfileService) -> None:
    profiles.create("me")
    for words, weight in (("flat", 0.4), ("thick outlines", 0.8), ("nothing", 0.0)):
        profiles.add("me", words, Polarity.LIKED)
        profiles.set_weight("me", words, weight)
    profiles.add("me", "odd thing", Polarity.LIKED)
    profiles.add("me", "Odd things", Polarity.DISLIKED)  # the same words, but no known label
    taste = profiles.taste("me", 0.7)
    assert [(p.phrase, p.weight) for p in taste.liked] == [("thick outlines", 1.0), ("flat", 0.5)]
    assert taste.disliked == ()
    assert taste.strength == 0.7


def test_what_says_nothing_about_other_pictures_is_not_used(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "cute turtle")
    profiles.learn("me")
    assert "sea life" in labels(profiles, "me", "liked")  # shown
    assert [p.phrase for p in profiles.taste("me").liked] == ["cute"]  # one turtle is no wish
    say(store, profile, LIKE, "another turtle")
    profiles.learn("me")
    assert "turtle" in [p.phrase for p in profiles.taste("me").liked]
    say(store, profile, LIKE, "the colours")
    profiles.learn("me")
    used = {a.phrase: a.used for a in profiles.show("me").liked}
    assert used["colours"] is False


def test_denials_are_said_by_what_is_meant(profiles: ProfileService) -> None:
    profiles.create("me")
    profiles.add("me", "without any outline", Polarity.LIKED)
    attribute = profiles.version("me").attributes[0]
    known = attribute.model_copy(update={"label": "no outlines", "category": "line"})
    version = profiles.version("me").model_copy(update={"attributes": (known,)})
    taste = taste_of(version, 0.5)
    assert (taste.liked, [p.phrase for p in taste.disliked]) == ((), ["thick outlines"])


def test_figures_of_speech_stay_in_the_profile_and_are_told_plainly(
    profiles: ProfileService, store: Store
) -> None:
    profile = profiles.create("me")
    say(store, profile, LIKE, "the colours are an explosion in a candy shop")
    say(store, profile, LIKE, "borderless, and the palette hums like a fridge")
    profiles.learn("me")
    shown = {a.phrase: a for a in profiles.show("me").liked}
    assert (shown["candy"].told, shown["candy"].told_as) == ("pastel colours", "liked")
    borderless = shown["borderless"]
    assert (borderless.told, borderless.told_as) == ("thick outlines", "disliked")
    taste = profiles.taste("me")
    assert "thick outlines" in [p.phrase for p in taste.disliked]
    assert not {"candy", "borderless"} & {p.phrase for p in taste.liked}
    assert all(a.used == (a.told is not None) for a in shown.values())


def test_the_strength_of_a_profile_is_kept(profiles: ProfileService) -> None:
    profiles.create("me")
    profiles.set_strength("me", 0.8)
    assert profiles.taste("me").strength == 0.8


# ------------------------------------------------------- duplicate and blend


def test_a_duplicate_reads_its_own_copies(profiles: ProfileService, store: Store) -> None:
    source = profiles.create("me")
    say(store, source, LIKE, "thick outlines")
    profiles.learn("me")
    copy = profiles.duplicate("me", "you")
    profiles.delete("me")
    shown = profiles.show("you")
    assert shown.liked[0].evidence[0].comment == "thick outlines"
    assert shown.id == copy.id
    say(store, copy, LIKE, "flat design")
    profiles.learn("you")
    assert set(labels(profiles, "you", "liked")) == {"thick outlines", "flat design"}


def test_a_blend_weighs_its_parents_and_flags_opposites(profiles: ProfileService) -> None:
    for name, liked, disliked in (
        ("a", ("muted colours", "flat"), ("neon colours",)),
        ("b", ("vivid colours", "neon colours", "flat"), ()),
    ):
        profiles.create(name)
        for words in liked:
            profiles.add(name, words, Polarity.LIKED)
        for words in disliked:
            profiles.add(name, words, Polarity.DISLIKED)
    preview = profiles.preview_blend([("a", 3), ("b", 1)])
    weights = {(a.phrase, a.polarity.value): a.weight for a in preview.attributes}
    assert weights["flat", "liked"] == pytest.approx(0.7)
    assert weights["muted colours", "liked"] == pytest.approx(0.7 * 3 / 4, abs=0.001)
    assert weights["vivid colours", "liked"] == pytest.approx(0.7 / 4, abs=0.001)
    assert [liked.phrase for liked, _ in preview.contradictions] == ["neon colours"]
    assert [{a.phrase, b.phrase} for a, b in preview.tensions] == [
        {"muted colours", "vivid colours"}
    ]
    made = profiles.blend("both", [("a", 3), ("b", 1)])
    assert made.parents == ((profiles.find("a").id, 3.0), (profiles.find("b").id, 1.0))
    assert "neon colours" not in [p.phrase for p in profiles.taste("both").liked]
    profiles.learn("both")  # there is nothing to read: all of it stays
    assert len(profiles.version("both").attributes) == len(preview.attributes)
    with pytest.raises(InvalidInput, match="above 0"):
        profiles.blend("bad", [("a", 0), ("b", 1)])
    with pytest.raises(InvalidInput, match="at least two"):
        profiles.blend("bad", [("a", 1)])


# ------------------------------------------------------------------- deletion


def test_deleting_for_good_leaves_no_byte_of_it(
    profiles: ProfileService, store: Store, paths: Paths, tmp_path: Path
) -> None:
    secret = "Xylophonqueen"
    profile = profiles.create(f"{secret} taste")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "mine.png")
    kept = take_in(tmp_path / "mine.png", paths.own)
    own = store.pictures.add(
        Picture(
            kind=PictureKind.OWN,
            path=str(kept.path.relative_to(paths.home)),
            sha256=kept.sha256,
            width=40,
            height=40,
            caption=f"{secret} at home",
        )
    )
    comment = f"I love the thick outlines, says {secret}"
    rating = Rating(profile_id=profile.id, picture_id=own.id, verdict=LIKE, comment=comment)
    store.ratings.add(rating)
    store.preferences.set("draft.rate", f"half a word of {secret}", scope=profile.id)
    list(profiles.read(profile.id, OtherReader()))
    profiles.learn(profile.id)
    profiles.add(profile.id, f"anything {secret}", Polarity.LIKED)
    job = store.jobs.add(Job(kind="learn", title=f"Reading {secret}", profile_id=profile.id))
    (paths.jobs / job.id).mkdir()
    (paths.jobs / job.id / "log.txt").write_text(secret)
    store.copy_to(paths.backups / "before-0002-from-0001-1.db")
    ImagesService(paths, store).thumbnail(own.id, kept.path)
    other = profiles.create("other")
    say(store, other, LIKE, "flat")
    assert traces(paths.home, secret)

    going = profiles.delete(profile.id)

    assert str(going) == "1 rating, 2 versions."
    assert traces(paths.home, secret) == []
    assert traces(paths.home, profile.id) == []
    assert not kept.path.exists()
    assert not list(paths.thumbnails.iterdir())
    assert [p.name for p in profiles.all()] == ["other"]
    assert len(store.ratings.standing(other.id)) == 1


def traces(folder: Path, words: str) -> list[Path]:
    """Files that hold these words, in their content or their name."""
    wanted = words.encode()
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if wanted in file.read_bytes() or words in file.name]


# ------------------------------------------------------------------ pure parts


def test_merging_nothing_gives_nothing() -> None:
    assert merge("p", (), ()) == ()
