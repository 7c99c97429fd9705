"""An attribute that means nothing cannot be made."""

from typing import Any

import pytest

from pipelines.preference.attributes import Attribute, Evidence, opposite

GOOD: dict[str, Any] = {
    "phrase": "thick outlines",
    "category": "line",
    "label": "thick outlines",
    "polarity": "liked",
    "weight": 0.6,
    "evidence": Evidence("1", (0, 5)),
    "backend": "test",
    "prompt_version": "1",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"phrase": ""},
        {"label": ""},
        {"category": "colour"},
        {"polarity": "meh"},
        {"weight": 0.0},
        {"weight": 1.1},
    ],
)
def test_a_wrong_field_is_refused_by_name(wrong: dict[str, Any]):
    Attribute(**GOOD)
    with pytest.raises(ValueError, match=r"attribute|weight|category"):
        Attribute(**{**GOOD, **wrong})


def test_the_opposite_of_the_opposite_is_the_same():
    assert opposite("liked") == "disliked"
    assert opposite(opposite("liked")) == "liked"
