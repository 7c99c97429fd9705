"""What a picture model is told: plain words, never a denial's noun, never a figure of speech."""

import pytest

from pipelines.preference.attributes import Polarity
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.wording import Wording, denies, wording


@pytest.mark.parametrize(
    ("phrase", "label"),
    [
        ("bold contour", "thick outlines"),
        ("thick black outlines", "thick outlines"),
        ("watercolour wash", "watercolour"),
        ("lilac", "purple"),
        ("soft pastel colours", "pastel colours"),
    ],
)
def test_words_for_what_can_be_seen_are_told_as_they_stand(phrase: str, label: str):
    assert wording(phrase, label, "liked") == Wording(phrase, "liked")


@pytest.mark.parametrize(
    ("phrase", "label"),
    [
        ("soft", "muted colours"),  # soft what? The label says it
        ("eye candy", "vivid colours"),  # a sweet
        ("olive", "green"),  # a fruit
        ("draws you in", "balanced composition"),
        ("thick fax from the eighties", "retro style"),  # a word that nobody listed
    ],
)
def test_figures_of_speech_and_words_of_two_senses_are_told_by_their_label(phrase: str, label: str):
    assert wording(phrase, label, "disliked") == Wording(label, "disliked")


@pytest.mark.parametrize("phrase", ["practically hums", "fax from 1993", "leaves me cold", "it"])
def test_what_nothing_can_be_shown_of_is_not_told(phrase: str):
    assert wording(phrase, phrase, "liked") is None


def test_unlisted_words_beside_a_listed_one_are_told():
    assert wording("stiff strokes", "stiff strokes", "liked") == Wording("stiff strokes", "liked")


@pytest.mark.parametrize(
    ("phrase", "label", "told", "side"),
    [
        ("no outlines", "no outlines", "thick outlines", "disliked"),
        ("borderless shapes", "no outlines", "thick outlines", "disliked"),
        ("uncoloured line drawing", "line art", "line art", "liked"),
        ("without any shading", None, "shading", "disliked"),
        ("isn't photographic", None, "photographic", "disliked"),
    ],
)
def test_a_denial_is_told_by_what_it_means(
    phrase: str, label: str | None, told: str, side: Polarity
):
    assert wording(phrase, label, "liked") == Wording(told, side)


def test_a_denial_of_the_unknown_is_not_told():
    assert wording("no nonsense", None, "liked") is None


@pytest.mark.parametrize("word", ["unusual angle", "uniform lines", "unicorn", "timeless", "noir"])
def test_words_that_only_look_like_denials_are_none(word: str):
    assert not denies(word)


def test_own_words_are_told_even_where_the_vocabulary_knows_none_of_them():
    assert wording("moonmilk", None, "liked", own=True) == Wording("moonmilk", "liked")
    assert wording("no moonmilk", None, "liked", own=True) == Wording("moonmilk", "disliked")


@pytest.mark.parametrize(
    "phrase",
    ["never-ending forest", "cloudless sky", "carefree mood", "not without colour", "carefree"],
)
def test_words_that_say_more_than_a_denial_keep_their_side(phrase: str):
    assert wording(phrase, None, "liked", own=True) == Wording(phrase, "liked")


@pytest.mark.parametrize("phrase", ["cloudless sky", "not without colour"])
def test_what_was_only_read_is_not_told_where_its_denial_is_not_plain(phrase: str):
    assert wording(phrase, None, "liked") is None


def test_a_denied_entry_of_several_words_is_told_on_the_other_side():
    assert wording("no soft shading", None, "liked", own=True) == Wording(
        "soft shading", "disliked"
    )


def test_the_bare_name_of_a_category_is_no_label():
    assert wording("quite something", "colours", "liked") is None


def test_no_label_is_told_as_a_denial():
    told = [wording("?", name, "liked") for name in load_vocabulary().labels]
    assert not [each for each in told if each and denies(each.words)]
    assert sum(each is not None for each in told) > 200


def test_idioms_are_understood_all_the_same():
    label = load_vocabulary().lookup("eyesore")
    assert label is not None
    assert label.name == "garish colours"
    assert "eyesore" in label.idioms
