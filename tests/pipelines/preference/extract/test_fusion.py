"""A small model's two lists, and what becomes of them beside the built-in reading."""

import json

import pytest

from pipelines.errors import ExtractionError
from pipelines.preference.attributes import Attribute, Comment, Polarity
from pipelines.preference.extract import lists
from pipelines.preference.extract.fusion import fuse
from pipelines.preference.extract.rules import RuleExtractor


def read(verdict: Polarity, text: str, liked=(), disliked=()) -> list[Attribute]:
    answer = json.dumps({"liked": list(liked), "disliked": list(disliked)})
    return fuse(lists.parse(answer), Comment("c", verdict, text), "test")


def meant(found: list[Attribute]) -> dict[str, str]:
    return {attribute.label: attribute.polarity for attribute in found}


# ---------------------------------------------------------------- lists


def test_the_examples_obey_the_schema():
    for _, _, liked, disliked in lists.SHOTS:
        for side in (liked, disliked):
            assert len(side) <= lists.MOST
            assert all(2 <= len(phrase) <= lists.LIST["items"]["maxLength"] for phrase in side)


def test_only_the_last_turn_differs_between_comments():
    first, second = (lists.messages(Comment("c", "liked", text)) for text in ("a", "b"))
    assert first[:-1] == second[:-1]
    assert first[-1] != second[-1]


@pytest.mark.parametrize("verdict", ["liked", "disliked"])
def test_lists_are_read_with_their_sides(verdict: Polarity):
    assert lists.parse(json.dumps({verdict: [' "Soft  Light". ']})) == [("soft light", verdict)]


def test_brackets_and_quotes_within_a_phrase_are_part_of_it():
    answer = json.dumps({"liked": ['the "neon" [sic]', "fog"], "disliked": ["grain"]})
    assert lists.parse(answer) == [
        ('the "neon" [sic]', "liked"), ("fog", "liked"), ("grain", "disliked"),
    ]  # fmt: skip


def test_a_cut_off_answer_keeps_its_whole_phrases():
    assert lists.parse('{"liked": ["soft light", "a sil') == [("soft light", "liked")]


@pytest.mark.parametrize("text", ["", "no idea", "{}", '{"liked": 3}'])
def test_an_answer_without_lists_is_an_error(text: str):
    with pytest.raises(ExtractionError, match="no lists"):
        lists.parse(text)


# ---------------------------------------------------------------- both readings


def test_what_both_name_is_placed_and_judged_by_the_built_in_reader():
    [attribute] = read("disliked", "There's no warmth to it", disliked=["no warmth"])
    assert (attribute.label, attribute.category) == ("warm colours", "palette")
    assert attribute.polarity == "liked"  # the model took the absence for the dislike
    assert (attribute.backend, attribute.prompt_version) == ("test", lists.PROMPT_VERSION)


def test_a_thing_that_only_the_built_in_reader_hears_is_dropped():
    text = "That shade of red has me wrapped around its finger"
    [alone] = RuleExtractor().extract([Comment("c", "liked", text)])
    assert "hands" in meant(alone)
    assert meant(read("liked", text, liked=["red"])) == {"red": "liked"}
    assert "hands" in meant(read("liked", text, liked=["red", "finger"]))


def test_a_listed_property_that_the_model_left_out_stays():
    assert meant(read("liked", "cosy, and so grainy", liked=["cosy"])) == {
        "cosy": "liked",
        "film grain": "liked",
    }


def test_what_only_the_model_hears_is_added_if_the_vocabulary_knows_it():
    text = "Tiny figures in an enormous canyon"
    found = read("liked", text, liked=["tiny figures", "canyon"])
    assert {"sense of scale", "landscape"} <= set(meant(found))
    assert meant(read("liked", "it has a wotsit", liked=["wotsit"])) == {}


@pytest.mark.parametrize("text", ["so soft", "muy suave"])
def test_a_phrase_that_a_comment_in_a_known_language_does_not_hold_is_no_evidence(text: str):
    assert "glowing light" not in meant(read("liked", text, liked=["candlelight"]))


def test_a_comment_in_an_unknown_language_rests_on_the_model():
    found = read("disliked", "tämä on aivan liian synkkä", disliked=["gloomy", "dark"])
    assert meant(found)["sad"] == "disliked"
    assert found[0].evidence.span is None


def test_an_idiom_is_not_taken_by_the_word():
    text = "knocks it out of the park, so cosy"
    assert meant(read("liked", text, liked=["park", "cosy"])) == {"cosy": "liked"}


def test_each_label_once_a_side():
    text = "neon, neon everywhere, fluorescent"
    assert meant(read("disliked", text, disliked=["neon", "fluorescent"])) == {
        "neon colours": "disliked"
    }
