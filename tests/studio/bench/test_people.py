"""Simulated people: a utility from the picture alone, noisy verdicts, comments that fit."""

import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pydantic import ValidationError

from pipelines.models.cards import assets_dir
from studio.bench.looks import AttributeMeasure, Look, measure_pixels, ramp
from studio.bench.people import NOISE, Crowd, Person, Said, fits, side
from studio.domain import Polarity

STYLES = (
    "openmoji", "openmoji-line", "twemoji", "noto", "fluent-emoji-3d", "game-icons",
    "streamline-pixel", "streamline-ultimate-color", "streamline-emojis", "fxemoji",
)  # fmt: skip


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd.load()


def shape(colour: str, outline: str | None = None, ground: str = "white") -> Image.Image:
    image = Image.new("RGB", (128, 128), ground)
    ImageDraw.Draw(image).ellipse((24, 24, 104, 104), fill=colour, outline=outline, width=6)
    return image


def look(style: str, image: Image.Image) -> Look:
    return Look({style: 0.9}, measure_pixels(image), np.ones(1, np.float32), np.ones(1, np.float32))


@pytest.fixture(scope="module")
def deck() -> list[Look]:
    colours = ("red", "orange", "#b0c0d0", "#204080", "black", "#f8c8d8")
    return [
        look(style, shape(colour, "black" if "moji" in style else None, ground))
        for style in STYLES
        for colour, ground in zip(colours, ("white", "white", "#202040") * 2, strict=True)
    ]


def test_there_are_twelve_people_of_at_least_four_directions_of_taste(crowd):
    assert len(crowd.people) >= 12
    assert len({person.taste for person in crowd.people[:12]}) >= 4
    assert len({person.name for person in crowd.people}) == len(crowd.people)


def test_everything_that_people_want_or_say_is_measured_in_pictures(crowd):
    wanted = {name for person in crowd.people for name in person.wants}
    said = {s.attribute for remark in crowd.remarks for s in remark.says}
    assert wanted | said <= set(crowd.attributes)


def test_each_attribute_is_spoken_of_in_ten_ways_liked_and_disliked(crowd):
    counts = Counter((s.attribute, s.polarity) for r in crowd.remarks for s in r.says)
    for name in crowd.attributes:
        liked, disliked = counts[name, Polarity.LIKED], counts[name, Polarity.DISLIKED]
        assert liked + disliked >= 10, name
        assert min(liked, disliked) >= 5, name


def test_a_third_of_the_comments_is_mixed_negated_or_idiomatic(crowd):
    hard = [remark for remark in crowd.remarks if remark.kind != "plain"]
    assert len(hard) >= len(crowd.remarks) / 3


def test_mixed_comments_hold_both_polarities_and_no_comment_is_there_twice(crowd):
    for remark in crowd.remarks:
        if remark.kind == "mixed":
            assert {said.polarity for said in remark.says} == set(Polarity)
    assert len({remark.comment for remark in crowd.remarks}) == len(crowd.remarks)


def test_no_prompt_is_a_picture_of_the_deck_or_a_word_of_a_comment(crowd):
    deck = json.loads((assets_dir() / "decks/stickers/deck.json").read_text())
    subjects = {
        picture["subject"].removeprefix("a ").removeprefix("an ") for picture in deck["pictures"]
    }
    assert not subjects & set(crowd.prompts)
    words = {word.strip(".,!?;:") for r in crowd.remarks for word in r.comment.lower().split()}
    assert not words & set(crowd.prompts)


def test_an_outline_is_seen_in_the_picture_whatever_the_evaluator_thinks(crowd):
    drawn, bare = look("twemoji", shape("red", "black")), look("twemoji", shape("red"))
    outline = crowd.attributes["bold_outline"]
    assert outline.presence(drawn) > outline.presence(bare)


def test_saturation_and_background_are_seen_in_the_pixels_alone(crowd):
    loud, quiet = look("noto", shape("red")), look("noto", shape("#c0a8a8", ground="#101020"))
    assert crowd.attributes["vivid"].presence(loud) > 0.9
    assert crowd.attributes["vivid"].presence(quiet) < 0.1
    assert crowd.attributes["dark_background"].presence(quiet) == 1
    assert crowd.attributes["dark_background"].presence(loud) == 0


def test_an_empty_picture_can_be_measured(crowd):
    blank = look("noto", Image.new("RGB", (64, 64), "white"))
    assert all(0 <= value <= 1 for value in crowd.presences(blank).values())


@given(value=st.floats(-10, 10), zero=st.floats(-1, 1), width=st.floats(0.01, 1))
def test_a_ramp_stays_in_its_range_and_can_fall(value, zero, width):
    rising, falling = ramp(value, zero, zero + width), ramp(value, zero + width, zero)
    assert 0 <= rising <= 1
    assert rising + falling == pytest.approx(1)


def test_a_ramp_without_slope_is_refused():
    with pytest.raises(ValidationError, match="two different ends"):
        AttributeMeasure(words="x", pixels={"outline": (0.5, 0.5)})


def test_liking_more_of_what_is_there_raises_the_utility(crowd, deck):
    fan = Person(name="fan", taste="t", wants={"bold_outline": 1.0})
    foe = Person(name="foe", taste="t", wants={"bold_outline": -1.0})
    for picture in deck:
        assert crowd.utility(fan, picture) == -crowd.utility(foe, picture)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), count=st.integers(1, 60))
def test_at_least_a_tenth_of_the_verdicts_contradicts_the_utility(crowd, deck, seed, count):
    answers = crowd.rate(crowd.people[0], deck, count, seed)
    assert sum(answer.noisy for answer in answers) == math.ceil(NOISE * count)


def test_verdicts_follow_the_utility_unless_noisy(crowd, deck):
    for person in crowd.people:
        utilities = sorted(crowd.utility(person, picture) for picture in deck)
        middle = (utilities[len(deck) // 2 - 1] + utilities[len(deck) // 2]) / 2
        for answer in crowd.rate(person, deck, 30, seed=3):
            above = crowd.utility(person, deck[answer.index]) > middle
            assert (answer.verdict is Polarity.LIKED) == (above != answer.noisy)


def test_equal_seeds_give_equal_answers_and_other_seeds_others(crowd, deck):
    person = crowd.people[1]
    assert crowd.rate(person, deck, 20, seed=1) == crowd.rate(person, deck, 20, seed=1)
    assert crowd.rate(person, deck, 20, seed=1) != crowd.rate(person, deck, 20, seed=2)


def test_comments_fit_the_verdict_the_picture_and_the_wants(crowd, deck):
    said = 0
    for person in crowd.people:
        for answer in crowd.rate(person, deck, 20, seed=5):
            if answer.remark is None:
                continue
            said += 1
            wants = crowd.contrary(person) if answer.noisy else person.wants
            assert answer.remark.verdict is answer.verdict
            presences = crowd.presences(deck[answer.index])
            assert all(fits(statement, wants, presences) for statement in answer.remark.says)
    assert said > 10 * len(crowd.people)


def test_nobody_says_the_same_thing_twice(crowd, deck):
    answers = crowd.rate(crowd.people[2], deck, 60, seed=8)
    said = [answer.remark.id for answer in answers if answer.remark]
    assert len(said) == len(set(said))


def test_a_statement_about_something_missing_fits_a_picture_that_lacks_it():
    missing = Said(attribute="flat", polarity=Polarity.LIKED, seen=False)
    assert fits(missing, {"flat": 0.5}, {"flat": 0.1})
    assert not fits(missing, {"flat": 0.5}, {"flat": 0.9})
    assert not fits(missing, {"flat": -0.5}, {"flat": 0.1})
    assert not fits(missing, {}, {"flat": 0.1})


def test_asked_directly_a_person_names_every_want_on_its_side(crowd):
    for person in crowd.people:
        told = crowd.directly(person)
        assert [polarity for _, polarity, _ in told] == [side(w) for w in person.wants.values()]
        assert max(weight for _, _, weight in told) == 1
