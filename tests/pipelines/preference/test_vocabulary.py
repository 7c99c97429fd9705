"""The vocabulary that ships, and what the reader relies on in it."""

import pytest

from pipelines.preference.attributes import CATEGORIES
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import forms

VOCABULARY = load_vocabulary()


def test_every_category_has_a_name_of_its_own_and_labels():
    for category in CATEGORIES:
        assert VOCABULARY.generic(category).generic
        assert len(VOCABULARY.category(category)) >= 5


def test_every_word_leads_to_its_label():
    for label in VOCABULARY.labels.values():
        for word in (label.name, *label.words):
            assert label in VOCABULARY.meanings(forms(word)), word


def test_within_a_category_a_word_has_one_label():
    for words, found in VOCABULARY.index.items():
        named = [label for label in found if not label.generic]
        assert len({label.category for label in named}) == len(named), (words, named)


def test_opposites_are_other_labels():
    for label in VOCABULARY.labels.values():
        assert label.opposite != label.name
        assert label.opposite is None or label.opposite in VOCABULARY


def test_an_ambiguous_word_means_its_listed_category_when_alone():
    for words, category in VOCABULARY.senses.items():
        assert VOCABULARY.meanings(words)[0].category == category, words


@pytest.mark.parametrize(
    ("phrase", "label"),
    [
        ("oversaturated", "garish colours"),
        ("Gray", "grey"),
        ("COLOR SCHEME", "colours"),
        ("hand drawn", "hand-drawn"),
        ("8-bit", "pixel art"),
    ],
)
def test_spelling_does_not_matter(phrase: str, label: str):
    found = VOCABULARY.lookup(phrase)
    assert found is not None
    assert found.name == label


def test_the_category_can_be_asked_for():
    soft = {c: VOCABULARY.lookup("soft", c) for c in ("palette", "lighting", "texture")}
    assert {c: label and label.category for c, label in soft.items()} == {c: c for c in soft}
    assert VOCABULARY.lookup("soft", "composition") is None
