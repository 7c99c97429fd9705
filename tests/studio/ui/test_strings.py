"""The sentences of the pages."""

import re
from pathlib import Path

import pytest

from studio.ui import strings
from studio.ui.head import SCRIPTS, STATIC, page_head
from studio.ui.strings import MIRRORED, PSEUDO, Catalogue, load

UI = Path(strings.__file__).parent
USED = re.compile(r"""\b(?:t|text)\(\s*["']([a-z_]+\.[a-z_0-9]+)["']""")


def test_plurals_follow_the_number() -> None:
    english = load()
    assert english("gallery.count", n=1) == "1 picture"
    assert english("gallery.count", n=2) == "2 pictures"


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        load()("rate.no_such_sentence")


def test_every_sentence_that_the_code_names_is_there() -> None:
    files = [*UI.rglob("*.py"), *STATIC.glob("*.js")]
    named = {key for file in files for key in USED.findall(file.read_text("utf-8"))}
    assert len(named) > 100
    assert named - set(load().entries) == set()


def test_no_script_writes_a_sentence_of_its_own() -> None:
    for name in SCRIPTS:
        code = (STATIC / f"{name}.js").read_text("utf-8")
        assert re.findall(r'text: "[A-Z]\w+ \w+', code) == [], name


def test_no_script_makes_html_of_text() -> None:
    for name in SCRIPTS:
        code = (STATIC / f"{name}.js").read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", code
        )


def test_the_pseudo_language_is_longer_and_in_brackets() -> None:
    pseudo = load(PSEUDO)
    plain = load()("rate.intro")
    assert pseudo("rate.intro").startswith(f"[{plain}")
    assert len(pseudo("rate.intro")) >= 1.4 * len(plain)
    assert pseudo("gallery.count", n=3).startswith("[3 pictures")


def test_the_mirrored_language_says_the_same_from_right_to_left() -> None:
    assert load(MIRRORED).entries == load(PSEUDO).entries
    assert (load(MIRRORED).direction, load(PSEUDO).direction) == ("rtl", "ltr")


def test_a_language_lacks_nothing_because_english_fills_the_gaps() -> None:
    assert load("xx").entries == load().entries


def test_sentences_cannot_end_the_script_that_holds_them() -> None:
    nasty = Catalogue("en", {"a.b": "</script><script>alert(1)</script>"})
    assert "</script>" not in nasty.as_json()
    head = page_head(load())
    assert head.count("<script>") == head.count("</script>") == len(SCRIPTS) + 1
