"""What the built-in reader understands. One sentence a rule; the figures are in the benchmark."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.preference.attributes import Attribute, Comment, Polarity
from pipelines.preference.extract.protocol import Extractor
from pipelines.preference.extract.rules import RuleExtractor


def read(verdict: Polarity, text: str) -> list[Attribute]:
    [attributes] = RuleExtractor().extract([Comment("c", verdict, text)])
    return attributes


def sides(verdict: Polarity, text: str) -> dict[str, str]:
    """Label -> "+" or "-"."""
    return {a.label: "+" if a.polarity == "liked" else "-" for a in read(verdict, text)}


@pytest.mark.parametrize(
    ("verdict", "text", "expected"),
    [
        # the verdict decides where nothing else does
        ("liked", "thick outlines", {"thick outlines": "+"}),
        ("disliked", "thick outlines", {"thick outlines": "-"}),
        # contrast, in both orders, and late in the clause
        ("liked", "nice colours but way too busy", {"colours": "+", "cluttered": "-"}),
        ("disliked", "although the fox is sweet, it is cluttered", {"cute": "+", "cluttered": "-"}),
        ("disliked", "pastel shades are lovely; the outlines however are ugly",
         {"pastel colours": "+", "linework": "-"}),
        # exceptions from a habit
        ("liked", "I normally hate neon, but here it works", {"neon colours": "+"}),
        ("liked", "not usually a fan of cartoons, this one is an exception", {"cartoon": "+"}),
        ("liked", "never thought I'd enjoy grainy pictures", {"film grain": "+"}),
        # gladness about what is not there, regret about it
        ("liked", "thankfully not monochrome", {"black and white": "-"}),
        ("liked", "glad that it is not another pixel art thing", {"pixel art": "-"}),
        ("disliked", "sadly not hand-drawn", {"hand-drawn": "+"}),
        ("liked", "no clutter to get in the way", {"cluttered": "-"}),
        ("liked", "without glitter it looks great", {"metallic": "-"}),
        # nobody, no sign of
        ("liked", "nobody bothered with a gradient, good", {"gradient colours": "-"}),
        # wishes and preferences
        ("disliked", "would be better as a charcoal sketch", {"charcoal drawing": "+"}),
        ("disliked", "I'd rather have watercolour", {"watercolour": "+"}),
        ("liked", "wish the background weren't so plain", {"plain background": "-"}),
        ("liked", "I like pencil instead of neon", {"pencil drawing": "+", "neon colours": "-"}),
        # absence
        ("disliked", "there's no warmth", {"warm colours": "+"}),
        ("liked", "not photorealistic, thankfully", {"photorealistic": "-"}),
        ("disliked", "not enough texture", {"texture": "+"}),
        # negated opinions
        ("disliked", "not a fan of neon", {"neon colours": "-"}),
        ("disliked", "I wouldn't say the watercolour is bad", {"watercolour": "+"}),
        # idioms
        ("disliked", "the anime eyes do nothing for me", {"anime": "-", "faces": "-"}),
        ("liked", "the brushwork knocks it out of the park", {"visible brushstrokes": "+"}),
        # typos and slang
        ("liked", "luv teh watercolr n pastell", {"watercolour": "+", "pastel colours": "+"}),
        # other languages
        ("disliked", "zu dunkel und überladen", {"dark image": "-", "cluttered": "-"}),
        ("liked", "me gustan los colores cálidos", {"warm colours": "+"}),
        # a noun names the category of the word before it
        ("liked", "soft light", {"soft light": "+"}),
        ("liked", "soft fur", {"soft texture": "+"}),
        ("liked", "soft colours", {"muted colours": "+"}),
        # a comparison is no subject
        ("disliked", "as lively as a car park", {"energetic": "-"}),
    ],
)  # fmt: skip
def test_polarity_follows_the_words(verdict: Polarity, text: str, expected: dict[str, str]):
    assert sides(verdict, text) == expected


def test_a_judgement_in_the_word_itself_beats_the_verdict():
    assert sides("liked", "muddy colours") == {"muddy colours": "-"}
    assert sides("disliked", "cosy") == {"cosy": "+"}


def test_evidence_points_at_the_words():
    text = "Well... I adore the Thick Black Outlines!"
    [attribute] = read("liked", text)
    assert attribute.evidence.span is not None
    assert text[slice(*attribute.evidence.span)] == "Thick Black Outlines"
    assert attribute.phrase == "thick black outlines"
    assert attribute.evidence.comment == "c"


def test_a_verb_of_feeling_is_no_craft():
    assert "craft" not in sides("liked", "I felt small before these giant rocks")


def test_louder_words_weigh_more_and_hedged_ones_less():
    hedged, plain, loud = (
        read("liked", text)[0].weight for text in ("a bit grainy", "grainy", "I adore how grainy")
    )
    assert hedged < plain < loud


def test_what_is_absent_enters_no_prompt_as_it_stands():
    [attribute] = read("disliked", "the lines aren't confident")
    assert (attribute.polarity, attribute.phrase) == ("liked", "clean lines")


def test_a_translated_phrase_is_english():
    [attribute] = read("liked", "Ich mag die warmen Farben")
    assert attribute.phrase == "warm colour"


def test_words_that_nobody_listed_are_guessed_by_meaning():
    [attribute] = read("disliked", "the platypus")
    assert (attribute.category, attribute.polarity) == ("subject", "disliked")


@pytest.mark.parametrize("text", ["", "   ", "!!!", "🙂", "ok", "I like it", "meh"])
def test_a_comment_that_says_nothing_visual_gives_no_picture_words(text: str):
    assert all(a.label == "boring" for a in read("liked", text))


@settings(deadline=None, max_examples=30)  # a first unknown word loads the encoder
@given(st.text(max_size=120), st.sampled_from(["liked", "disliked"]))
def test_any_text_is_read(text: str, verdict: Polarity):
    for attribute in read(verdict, text):
        assert attribute.evidence.span is not None
        start, end = attribute.evidence.span
        assert 0 <= start < end <= len(text)


def test_comments_are_read_one_by_one():
    results = RuleExtractor().extract(Comment(str(n), "liked", "neon") for n in range(10**9))
    assert next(results)[0].evidence.comment == "0"
    assert next(results)[0].evidence.comment == "1"


def test_it_is_an_extractor():
    assert isinstance(RuleExtractor(), Extractor)


def test_it_reads_without_torch():
    code = """
import sys
from pipelines.preference.extract.rules import RuleExtractor
from pipelines.preference.attributes import Comment
comments = [Comment("1", "liked", "soft light"), Comment("2", "liked", "the platypus")]
assert all(list(RuleExtractor().extract(comments)))
assert not {"torch", "transformers", "gradio"} & set(sys.modules), "heavy imports"
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
