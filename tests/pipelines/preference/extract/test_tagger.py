"""The small tagger on MiniLM."""

import numpy as np

from pipelines.preference.attributes import CATEGORIES
from pipelines.preference.extract.tagger import NONE, fit, load_tagger
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import forms


def test_the_file_that_ships_knows_every_label():
    assert {label.name for label in load_tagger().labels} == set(load_vocabulary().labels)


UNLISTED = {
    "wombat": "subject",
    "platypus": "subject",
    "carousel": "subject",
    "bagel": "subject",
    "mauvish": "palette",
    "greenish blue": "palette",
    "gloominess all around": "mood",
    "cheeriness": "mood",
    "lampshade shine": "lighting",
    "squiggles": "line",
    "etched copperplate": "medium",
    "crinkled linen": "texture",
}


def test_most_words_that_are_not_listed_get_their_category():
    right = 0
    for words, category in UNLISTED.items():
        assert not load_vocabulary().meanings(forms(words)), words
        guess = load_tagger().guess(words)
        right += guess is not None and guess[0] == category
    assert right >= 8  # by chance: one or two


def test_a_word_that_names_nothing_visual_gets_none():
    assert load_tagger().guess("parliamentary procedure") is None


def test_fitting_separates_what_can_be_separated():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(NONE + 1, 8)) * 3
    y = rng.integers(0, NONE + 1, 400)
    x = centres[y] + rng.normal(size=(400, 8)) * 0.1
    weight, bias = fit(x, y, np.full(400, 1 / 400))
    assert weight.shape == (len(CATEGORIES) + 1, 8)
    assert ((x @ weight.T + bias).argmax(axis=1) == y).mean() > 0.98
