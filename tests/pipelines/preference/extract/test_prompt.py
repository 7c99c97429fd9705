"""What language models answer, and what is made of it."""

import json

import pytest

from pipelines.errors import ExtractionError
from pipelines.preference.attributes import Attribute, Comment, Polarity
from pipelines.preference.extract import answers, prompt


def read(verdict: Polarity, text: str, *items: tuple[str, str, str], seen=False) -> list[Attribute]:
    keys = ("phrase", "category", "polarity")
    raw = [dict(zip(keys, item, strict=True)) for item in items]
    return answers.attributes(raw, Comment("c", verdict, text), "test", seen=seen)


def test_the_examples_obey_the_schema():
    item = prompt.SCHEMA["properties"]["attributes"]["items"]["properties"]
    for _, _, attributes in prompt.SHOTS:
        for phrase, category, polarity in attributes:
            assert len(phrase) <= item["phrase"]["maxLength"]
            assert category in item["category"]["enum"]
            assert polarity in item["polarity"]["enum"]


def test_only_the_last_turn_differs_between_comments():
    first, second = (prompt.messages(Comment("c", "liked", text)) for text in ("a", "b"))
    assert first[:-1] == second[:-1]
    assert first[-1] != second[-1]


ANSWER = {"attributes": [{"phrase": "neon", "category": "palette", "polarity": "liked"}]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ANSWER),
        f"```json\n{json.dumps(ANSWER, indent=2)}\n```",
        f"Sure! Here it is: {json.dumps(ANSWER)} Anything else?",
        json.dumps(ANSWER["attributes"]),
    ],
)
def test_json_is_found_in_talk(text: str):
    assert answers.parse(text) == ANSWER["attributes"]


@pytest.mark.parametrize("text", ["", "no idea", "{}", '{"attributes": 3}', "{broken", "[1"])
def test_an_answer_without_attributes_is_an_error(text: str):
    with pytest.raises(ExtractionError, match="no attributes"):
        answers.parse(text)


def test_a_cut_off_answer_keeps_its_whole_attributes():
    whole = json.dumps({"attributes": ANSWER["attributes"] * 2})
    cut = whole[: whole.rindex('"polarity"')]
    assert answers.parse(cut) == ANSWER["attributes"]
    assert answers.parse('{"attributes": [{"phr') == []
    assert answers.closed(whole) == whole


def test_the_category_is_repaired_and_the_phrase_kept():
    [attribute] = read("disliked", "not a fan of neon", ("neon", "medium", "disliked"))
    assert (attribute.category, attribute.label) == ("palette", "neon colours")
    assert attribute.phrase == "neon"


def test_a_phrase_that_the_comment_does_not_hold_is_dropped():
    found = read("liked", "so soft", ("candles", "lighting", "liked"), ("soft", "mood", "liked"))
    assert [attribute.phrase for attribute in found] == ["soft"]


def test_a_phrase_may_be_new_where_it_was_translated_or_seen():
    assert read("liked", "zu grell und dunkel", ("gloomy cellar", "mood", "disliked"))
    assert read("liked", "nice colours", ("warm ochre", "palette", "liked"), seen=True)


def test_empty_and_malformed_items_are_dropped():
    assert read("liked", "it works here", ("it", "detail", "liked")) == []
    assert read("liked", "a wombat", ("wombat", "animals", "liked")) == []
    assert read("liked", "a wombat", ("wombat", "subject", "meh")) == []
    assert answers.attributes([{}], Comment("c", "liked", "a wombat"), "test") == []


def test_a_habit_does_not_count_against_this_picture():
    text = "I normally can't stand black and white photos, this one is an exception"
    found = read("liked", text, ("black and white photos", "palette", "disliked"))
    assert {attribute.polarity for attribute in found} == {"liked"}


def test_what_is_missing_is_wished_for():
    [attribute] = read("disliked", "There's no warmth to it", ("warmth", "mood", "disliked"))
    assert attribute.polarity == "liked"


def test_what_the_model_left_out_and_the_vocabulary_lists_is_added():
    found = read("liked", "cosy, and a grainy wombat", ("wombat", "subject", "liked"))
    assert [attribute.label for attribute in found][1:] == ["cosy", "film grain"]
    assert {attribute.backend for attribute in found} == {"test"}


def test_an_idiom_is_not_taken_by_the_word():
    text = "knocks it out of the park, so cosy"
    phrases = ("knocks it out of the park", "subject", "liked"), ("cosy", "mood", "liked")
    assert [attribute.phrase for attribute in read("liked", text, *phrases)] == ["cosy"]


def test_evidence_points_at_the_words():
    text = "love the chunky ink lines here"
    [attribute] = read("liked", text, ("chunky ink lines", "line", "liked"))
    assert attribute.evidence.span is not None
    assert text[slice(*attribute.evidence.span)] == "chunky ink lines"
    assert attribute.backend == "test"
