"""Word-by-word translation."""

import pytest

from pipelines.preference.extract.glossary import foreign, translate
from pipelines.preference.words import split


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Die Umrisse sind zu hart", "de"),
        ("Le fond est trop sombre", "fr"),
        ("me gustan las líneas gruesas", "es"),
        ("Bellissimi colori caldi", "it"),
        ("muito escuro, não gosto do fundo", "pt"),
        ("de lijnen zijn te dik", "nl"),
    ],
)
def test_the_language_is_recognised(text: str, language: str):
    glossary = foreign(text, split(text))
    assert glossary is not None
    assert glossary.language == language


@pytest.mark.parametrize(
    "text",
    [
        "love the art, no idea why",
        "a fine line and a simple texture",
        "",
        "style",
        "comic me no",
        "The violet tone is in the photo, simple texture",
    ],
)
def test_english_stays_english(text: str):
    assert foreign(text, split(text)) is None


def in_english(text: str) -> str:
    words = split(text)
    glossary = foreign(text, words)
    assert glossary is not None
    return " ".join(word.form for word in translate(text, words, glossary))


def test_endings_elisions_and_compounds_are_seen_through():
    assert "thick line" in in_english("die dicken Linien sind schön").replace("lines", "line")
    assert "the ink" in in_english("j'aime le dessin à l'encre")
    assert "autumn colour" in in_english("ich mag die Herbstfarben")


def test_a_german_not_goes_before_its_verb():
    assert in_english("der Stil gefällt mir nicht, zu dunkel").startswith("not the style like")


def test_words_keep_their_place_in_the_comment():
    text = "ich mag die Herbstfarben"
    words = split(text)
    glossary = foreign(text, words)
    assert glossary is not None
    assert {text[w.start : w.end] for w in translate(text, words, glossary)[-2:]} == {
        "Herbstfarben"
    }
