"""Choosing: what is asked, what is stored, what is learnt from it."""

import json
from pathlib import Path

import pytest
from PIL import Image

from pipelines.models.cards import assets_dir
from studio.context import Studio, build_studio
from studio.domain import Pair, Pick, PictureKind, Profile, Verdict
from studio.errors import InvalidInput
from studio.paths import Paths
from studio.services import scorers
from studio.services.decks import CHOICES, read_deck
from tests.studio.store.nouns import rate

DECK = assets_dir() / "decks" / CHOICES
HIDDEN = Path("pipelines/recipes/base_model/holdout_concepts.txt")
LIKES = {"fluent-emoji-3d": 3, "noto": 2, "fluent-emoji-flat": 1, "fxemoji": 0, "openmoji": -1}


@pytest.fixture
def studio(paths: Paths):
    """A studio in this test's folder."""
    with build_studio(paths) as opened:
        yield opened


@pytest.fixture
def ann(studio: Studio) -> Profile:
    """A profile."""
    return studio.profiles.create("Ann")


def answer(studio: Studio, profile: Profile, pair: Pair) -> None:
    """As somebody who likes what is glossy."""
    left, right = (LIKES.get(p.facts["style"], -2) for p in (pair.left, pair.right))
    pick = Pick.LEFT if left > right else Pick.RIGHT
    studio.choices.choose(profile.id, pair.left.id, pair.right.id, pick)


# ------------------------------------------------------------------ the deck


def test_the_deck_of_pairs_shows_each_subject_once_in_each_style() -> None:
    facts = [picture.facts for picture in read_deck(DECK).pictures]
    subjects, styles = {f["subject"] for f in facts}, {f["style"] for f in facts}
    assert (len(subjects), len(styles)) == (30, 6)
    assert len({(f["subject"], f["style"]) for f in facts}) == len(facts) == 180
    for subject in subjects:
        assert len({f["background"] for f in facts if f["subject"] == subject}) == 1
    assert sum(file.stat().st_size for file in DECK.iterdir()) < 2_000_000


def test_the_deck_of_pairs_names_licences_and_hides_the_subjects_of_tests() -> None:
    hidden = HIDDEN.read_text("utf-8").split("\n")
    table = (DECK / "ATTRIBUTIONS.md").read_text("utf-8")
    for picture in read_deck(DECK).pictures:
        assert picture.facts["licence"]
        assert picture.facts["attribution"]
        assert picture.file in table
        assert picture.facts["subject"].split(" ", 1)[1] not in hidden


def test_the_deck_of_pairs_is_not_offered_for_rating(studio: Studio) -> None:
    assert CHOICES not in [line.name for line in studio.decks.all()]


# ------------------------------------------------------------- asking, choosing


def test_pairs_show_the_same_subject_and_stay_until_they_are_answered(
    studio: Studio, ann: Profile
) -> None:
    pairs = studio.choices.next_pairs(ann.id, 3)
    assert studio.choices.next_pairs(ann.id, 3) == pairs
    for pair in pairs:
        assert pair.left.facts["subject"] == pair.right.facts["subject"] == pair.prompt
    assert len({pair.id for pair in pairs}) == 3


def test_a_choice_is_stored_once_a_token_and_can_be_undone(studio: Studio, ann: Profile) -> None:
    fox, owl = (picture.id for picture in studio.decks.pictures(CHOICES)[:2])
    first = studio.choices.choose(ann.id, fox, owl, Pick.LEFT, token="a")
    assert studio.choices.choose(ann.id, fox, owl, Pick.RIGHT, token="a") == first
    assert studio.choices.choices(ann.id) == [first]
    back = studio.choices.undo(ann.id)
    assert back is not None
    assert back.id == first.id
    assert studio.choices.undo(ann.id) is None
    with pytest.raises(InvalidInput, match="two pictures"):
        studio.choices.choose(ann.id, fox, fox, Pick.LEFT)


def test_choosing_makes_the_studio_know_the_person(studio: Studio, ann: Profile) -> None:
    assert studio.choices.scorer(ann.id) is None
    assert studio.choices.explain(ann.id) == []
    assert studio.choices.standing(ann.id).interval is None
    for _ in range(12):
        answer(studio, ann, *studio.choices.next_pairs(ann.id, 1))
    asked = {frozenset((c.left_id, c.right_id)) for c in studio.choices.choices(ann.id)}
    assert len(asked) == 12
    standing = studio.choices.standing(ann.id)
    assert (standing.counted, standing.of) == (12, 12)
    assert standing.right >= 9
    scorer = studio.choices.scorer(ann.id)
    assert scorer is not None
    deck = studio.decks.pictures(CHOICES)
    seen = scorers.features(studio.paths, deck)
    mean = {
        style: sum(float(seen[p.id] @ scorer.weights) for p in deck if p.facts["style"] == style)
        for style in ("fluent-emoji-3d", "emojione-monotone")
    }
    assert mean["fluent-emoji-3d"] > mean["emojione-monotone"]
    assert studio.choices.explain(ann.id)


def test_cannot_tell_is_counted_and_teaches_nothing(studio: Studio, ann: Profile) -> None:
    (pair,) = studio.choices.next_pairs(ann.id, 1)
    studio.choices.choose(ann.id, pair.left.id, pair.right.id, Pick.NEITHER)
    assert studio.choices.standing(ann.id).neither == 1
    assert studio.choices.scorer(ann.id) is None
    assert studio.choices.next_pairs(ann.id, 1)[0].id != pair.id


def test_ratings_teach_too_less_than_choices_and_not_without_end(
    studio: Studio, ann: Profile
) -> None:
    pictures = studio.decks.pictures("stickers")
    for picture in pictures[:50]:
        rate(studio.store, ann, picture.id, Verdict.LIKED)
    assert studio.choices.scorer(ann.id) is None  # nothing to set them against
    rate(studio.store, ann, pictures[50].id, Verdict.DISLIKED)
    rate(studio.store, ann, pictures[51].id, Verdict.SKIPPED)
    lessons = scorers.rated(studio.store.ratings.standing(ann.id))
    assert len(lessons) == scorers.MOST_RATED
    assert {(each.loser, each.weight) for each in lessons} == {(pictures[50].id, 0.3)}
    assert studio.choices.scorer(ann.id) is not None


# ------------------------------------------------------------ files, forgetting


def write(folder: Path, lines: list) -> Path:
    """Two small pictures and a file of choices between them."""
    for name, colour in (("red", (200, 20, 20)), ("blue", (20, 20, 200))):
        picture = Image.new("RGB", (96, 96), "white")
        picture.paste(colour, (20, 20, 70, 70))
        picture.save(folder / f"{name}.png")
    file = folder / "pairs.jsonl"
    file.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return file


def test_a_file_of_choices_keeps_what_is_good_and_names_the_rest(
    studio: Studio, ann: Profile, tmp_path: Path
) -> None:
    good = {"prompt": "a square", "winner": "red.png", "loser": "blue.png"}
    file = write(tmp_path, [good, "{", {"winner": "red.png"}, good | {"loser": "gone.png"}])
    done = studio.choices.import_file(ann.id, file)
    assert len(done.added) == 1
    assert [problem.line for problem in done.problems] == [2, 3, 4]
    again = studio.choices.import_file(ann.id, file)
    assert (len(again.added), again.unchanged) == (0, 1)
    with pytest.raises(InvalidInput, match="line 1"):
        studio.choices.import_file(ann.id, write(tmp_path, ["no JSON"]))


def test_deleting_a_profile_leaves_no_choice_no_picture_and_no_feature(
    studio: Studio, ann: Profile, tmp_path: Path
) -> None:
    good = {"prompt": "a square", "winner": "red.png", "loser": "blue.png"}
    studio.choices.import_file(ann.id, write(tmp_path, [good]))
    assert studio.choices.scorer(ann.id) is not None
    assert len(list(studio.paths.features.glob("*/*.npy"))) == 2
    gone = studio.profiles.delete(ann.id)
    assert "1 choice," in str(gone)
    assert list(studio.paths.features.glob("*/*.npy")) == []
    assert studio.store.pictures.all(PictureKind.OWN) == []
    assert studio.store.choices.history(ann.id) == []
