"""Levelled words."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.preference.words import forms, level, split


@given(st.text(max_size=200))
def test_spans_lie_in_the_text_in_order(text: str):
    words = split(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(a.end <= b.start for a, b in pairwise(words))


def test_number_and_spelling_are_levelled():
    assert forms("The Colors' grays, over-saturated brushes") == forms(
        "the colour' grey over saturated brush"
    )
    assert level("glasses") == "glasses"
    assert level("cozy") == level("cosy")
