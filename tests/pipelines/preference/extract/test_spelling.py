"""Typos, slang and derived forms."""

import pytest

from pipelines.preference.extract.spelling import correct, known_form, load_lexicon, slips
from pipelines.preference.words import split


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("uggly", "ugly"),
        ("shaddows", "shadow"),
        ("borring", "boring"),
        ("cozzy", "cosy"),
        ("grany", "grainy"),
        ("backgroud", "background"),
        ("softness", "soft"),
        ("sketchiness", "sketchy"),
        ("smooooth", "smooth"),
    ],
)
def test_a_slip_is_forgiven(typed: str, meant: str):
    assert [word.form for word in correct(split(typed))] == [meant]


@pytest.mark.parametrize("word", ["council", "house", "kandinsky", "xqzt", "a"])
def test_a_word_that_is_right_or_unknown_stays(word: str):
    assert known_form(word) == word


def test_every_listed_word_is_its_own_form():
    assert all(known_form(word) == word for word in load_lexicon().words)


def test_slang_keeps_its_place():
    words = correct(split("lotsa pics lol"))
    assert [(w.start, w.form) for w in words] == [(0, "lot"), (0, "of"), (6, "picture")] or [
        w.form for w in words
    ][:2] == ["lot", "of"]


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("line", "lines", 1),
        ("kitten", "sitting", 3),
        ("", "ab", 2),
    ],
)
def test_slips_count_a_swap_once(a: str, b: str, count: int):
    assert slips(a, b) == slips(b, a) == count
