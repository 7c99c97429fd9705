"""What a blind test's figures mean, against the figures of the design and of the literature."""

import pytest

from studio.domain import BlindAnswer, BlindPair, BlindTest, Pick
from studio.services.blind_result import Bound, Finding, result_of
from studio.ui.findings import outdated, sentence

PERSONAL, PLAIN, NEITHER = "p", "x", "="


def result(choices: str, *, looks: int = 1, strength: float = 0.5, gains: dict | None = None):
    """The result of a test answered with these letters; sides alternate."""
    test = BlindTest(
        profile_id="me", profile_version=7, strength=strength, model_id="sticker-128", looks=looks
    )
    pairs, answers = [], {}
    for number, letter in enumerate(choices, start=1):
        side = (Pick.LEFT, Pick.RIGHT)[number % 2]
        other = (Pick.RIGHT, Pick.LEFT)[number % 2]
        pairs.append(
            BlindPair(
                test_id=test.id,
                number=number,
                prompt="a fox",
                seed=number,
                personal=side,
                gains=gains or {},
            )
        )
        choice = {PERSONAL: side, PLAIN: other, NEITHER: Pick.NEITHER}[letter]
        answers[number] = BlindAnswer(test_id=test.id, pair=number, choice=choice)
    found = result_of(test, pairs, answers)
    assert found is not None
    return found


def test_a_profile_that_works_is_named_with_count_interval_strength_and_model() -> None:
    found = result("p" * 10 + "xx")
    assert found.finding is Finding.WORKS
    assert sentence(found, "Sticker 128") == (
        "You chose the personalized picture in 10 of 12 pairs (83 %, likely between 55 % and 95 %)."
        " It works for you, at strength 0.5 with Sticker 128."
    )


def test_what_can_be_luck_is_called_so_and_looked_at_again() -> None:
    said = sentence(result("p" * 7 + "x" * 5), "Sticker 128")
    assert said.endswith("This can be luck. Take 12 more, or change the profile.")
    assert "32 % and 81 %" in said


def test_after_a_second_look_the_interval_is_wider_and_says_why() -> None:
    once, twice = (result("p" * 16 + "x" * 8, looks=looks) for looks in (1, 2))
    assert once.low > twice.low
    assert twice.confidence == 0.99
    said = sentence(twice, "Sticker 128")
    assert "looking twice makes luck look like skill" in said
    assert said.endswith("Change the profile, or rate more pictures.")


def test_a_profile_that_is_refused_names_what_to_look_at_first() -> None:
    found = result("pp" + "x" * 10, gains={"high contrast": 0.3, "flat": 0.1, "blue": -0.2})
    assert (found.finding, found.suspect) == (Finding.AGAINST, "high contrast")
    said = sentence(found, "Sticker 128")
    assert "likely between 5 % and 45 %" in said
    assert "You prefer pictures without this profile. In those you refused, ‘high contrast’" in said
    assert result("pp" + "x" * 10).suspect is None


@pytest.mark.parametrize(
    ("strength", "ending"), [(0.3, "Try 0.6."), (0.7, "Try 1."), (1.0, "rate more pictures.")]
)
def test_pictures_that_cannot_be_told_apart_want_more_strength(
    strength: float, ending: str
) -> None:
    found = result("=" * 7 + "ppppp", strength=strength)
    assert found.finding is Finding.ALIKE
    said = sentence(found, "Sticker 128")
    assert said.startswith("You could not tell 7 of 12 apart.")
    assert said.endswith(ending)


def test_ties_are_left_out_of_the_rate_and_named() -> None:
    found = result("p" * 8 + "x" + "===")
    assert (found.rate, found.undecided) == (8 / 9, 3)
    assert "8 of 9 pairs" in sentence(found, "Sticker 128")
    assert "3 pairs you could not tell apart" in sentence(found, "Sticker 128")


def test_a_result_belongs_to_its_version() -> None:
    tested = Bound(version=7, strength=0.5, model="Sticker 128")
    assert outdated(tested, tested) == ""
    newer = tested.model_copy(update={"version": 8})
    assert outdated(tested, newer) == "Tested for v7; this is v8."
    louder = tested.model_copy(update={"strength": 0.7})
    assert outdated(tested, louder).startswith("Tested for v7 at strength 0.5 with Sticker 128; th")


def test_there_is_no_result_before_the_last_answer() -> None:
    test = BlindTest(profile_id="me", profile_version=1, strength=0.5, model_id="m")
    pair = BlindPair(test_id=test.id, number=1, prompt="a fox", seed=1, personal=Pick.LEFT)
    assert result_of(test, [pair], {}) is None
    assert result_of(test, [], {}) is None
