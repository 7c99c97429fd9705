from hypothesis import given
from hypothesis import strategies as st

from pipelines.metrics.choices import CHOICES, choices

CATEGORIES = {f"animal {n}": "animal" for n in range(90)} | {f"tool {n}": "tool" for n in range(80)}


@given(st.sampled_from(sorted(CATEGORIES)))
def test_right_name_comes_first_and_half_are_of_its_category(concept):
    among = choices(concept, CATEGORIES)
    assert among[0] == concept
    assert len(set(among)) == len(among) == CHOICES
    assert sum(CATEGORIES[name] == CATEGORIES[concept] for name in among) == CHOICES // 2


def test_a_small_category_is_filled_up_from_the_others():
    few = CATEGORIES | {"drum": "music", "bell": "music"}
    among = choices("drum", few)
    assert len(set(among)) == CHOICES
    assert among[1] == "bell"


def test_choices_depend_on_the_names_alone():
    turned = dict(reversed(CATEGORIES.items()))
    assert choices("tool 3", CATEGORIES) == choices("tool 3", turned)
    assert choices("tool 3", CATEGORIES) != choices("tool 4", CATEGORIES)
