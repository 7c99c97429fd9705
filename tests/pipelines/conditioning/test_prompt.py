"""Prompts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.conditioning.prompt import Fragment, expand, parse
from pipelines.errors import InvalidSpec


def test_weight_and_plain_brackets():
    assert parse("a (red:1.2) cat (black)") == (
        Fragment("a "),
        Fragment("red", 1.2),
        Fragment(" cat (black)"),
    )


def test_escaped_brackets_are_text():
    assert parse(r"a \(red:1.2\) cat") == (Fragment("a (red:1.2) cat"),)


def test_empty_prompt_is_one_empty_fragment():
    assert parse("  ") == (Fragment(""),)


def test_weight_out_of_range_is_refused_with_its_value():
    with pytest.raises(InvalidSpec, match=r"\(red:9\).*0 to 2"):
        parse("a (red:9) cat")


def test_wildcards_combine_and_the_first_changes_slowest():
    assert expand("a {red|blue} {cat|dog}") == (
        "a red cat",
        "a red dog",
        "a blue cat",
        "a blue dog",
    )


def test_escaped_braces_and_bars_are_kept_for_parse():
    assert expand(r"a \{red|blue\} {x\|y|z}") == (r"a \{red|blue\} x\|y", r"a \{red|blue\} z")


def test_too_many_combinations_are_refused():
    with pytest.raises(InvalidSpec, match="128 prompts"):
        expand("{a|b}" * 7)


@given(st.text(max_size=300))
def test_any_text_parses_to_text_or_a_clear_refusal(text):
    try:
        variants = expand(text)
        fragments = [fragment for variant in variants for fragment in parse(variant)]
    except InvalidSpec:
        return
    assert all(0 <= fragment.weight <= 2 for fragment in fragments)


@given(st.text(alphabet=st.characters(exclude_characters="(){}\\|"), min_size=1).filter(str.strip))
def test_text_without_signs_comes_through_unchanged(text):
    assert parse(expand(text)[0]) == (Fragment(text),)
