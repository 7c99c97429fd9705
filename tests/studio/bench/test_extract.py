"""How readers are scored, and what `studio bench extract` prints."""

import json
from typing import Any

import pytest

from pipelines.models.cards import assets_dir
from pipelines.preference.attributes import CATEGORIES
from studio.bench import extract, marking
from studio.bench.report import Cache
from studio.cli.main import main

SETS = {"test": 135, "dev": 130, "fresh": 49, "spent": 40, "viper": 11}


def gold(category: str, polarity: str, *keywords: str, **more: Any) -> dict[str, Any]:
    return {
        "category": category,
        "polarity": polarity,
        "keywords": list(keywords),
        "alt_categories": [],
        **more,
    }


def row(*labels: dict[str, Any], optional: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"verdict": "liked", "kind": "plain", "labels": labels, "optional": optional}


def said(phrase: str, category: str, polarity: str, label: str = "") -> dict[str, Any]:
    return {
        "phrase": phrase,
        "label": label or phrase,
        "category": category,
        "polarity": polarity,
    }


NEON = gold("palette", "liked", "neon")


def test_a_right_answer_scores_one_everywhere():
    for fits in marking.FIGURES.values():
        assert marking.score([said("neon sky", "palette", "liked")], row(NEON), fits).f1 == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (said("neon", "medium", "liked"), (0.0, 1.0, 0.0)),
        (said("glow", "palette", "liked"), (1.0, 0.0, 0.0)),
        (said("neon", "palette", "disliked"), (0.0, 0.0, 0.0)),
        (said("glow", "palette", "liked", "neon colours"), (1.0, 1.0, 1.0)),
    ],
)
def test_each_figure_asks_for_its_own_parts(answer: dict[str, Any], expected: tuple[float, ...]):
    found = [marking.score([answer], row(NEON), fits).f1 for fits in marking.FIGURES.values()]
    assert tuple(found) == expected


def test_saying_it_twice_costs_precision():
    answers = [said("neon", "palette", "liked"), said("neon sky", "palette", "liked")]
    score = marking.score(answers, row(NEON), marking.both_fit)
    assert (score.precision, score.recall) == (0.5, 1.0)


def test_the_interval_of_a_figure_holds_it_and_narrows_with_more_comments():
    scores = [marking.Score(1, 1, 1), marking.Score(0, 1, 1)] * 20
    low, high = marking.interval(scores)
    assert low < 0.5 < high
    more_low, more_high = marking.interval(scores * 10)
    assert low < more_low < 0.5 < more_high < high
    assert marking.interval(scores) == (low, high)  # drawn with a fixed seed
    assert marking.interval([]) == (0.0, 0.0)


def test_matching_is_maximal_whatever_the_order():
    either = gold("palette", "liked", "neon", alt_categories=["mood"])
    answers = [said("neon", "palette", "liked"), said("neon", "mood", "liked")]
    for order in (answers, answers[::-1]):
        assert marking.score(order, row(either, NEON), marking.category_fits).hits == 2


def test_an_optional_attribute_is_neither_rewarded_nor_punished():
    optional = (gold("mood", "liked", "cosy"),)
    answers = [said("neon", "palette", "liked"), said("cosy", "mood", "liked")]
    score = marking.score(answers, row(NEON, optional=optional), marking.both_fit)
    assert (score.hits, score.given, score.wanted) == (1, 1, 1)


def test_a_complaint_about_a_lack_may_be_told_either_way():
    lack = gold("mood", "disliked", "cold", **{"or": gold("mood", "liked", "warm")})
    for answer in (said("cold", "mood", "disliked"), said("warmth", "mood", "liked")):
        assert marking.score([answer], row(lack), marking.both_fit).f1 == 1
    assert marking.score([said("warmth", "mood", "disliked")], row(lack), marking.both_fit).f1 == 0


def test_a_flip_is_the_right_words_on_the_wrong_side_only():
    wrong, right = said("neon", "palette", "disliked"), said("neon", "palette", "liked")
    assert marking.flips([wrong], row(NEON)) == 1
    assert marking.flips([wrong, right], row(NEON)) == 0
    assert marking.flips([], row(NEON)) == 0


@pytest.mark.parametrize("name", SETS)
def test_the_labelled_comments_are_well_formed(name: str):
    rows = extract.read_rows(assets_dir() / "bench" / "comments" / f"{name}.jsonl")
    assert len(rows) == len({row["id"] for row in rows}) == SETS[name]
    for row in rows:
        assert row["labels"]
        for label in (*row["labels"], *row["optional"]):
            assert {label["category"], *label["alt_categories"]} <= set(CATEGORIES)
            assert label["polarity"] in ("liked", "disliked")
            assert all(label["keywords"])


def test_no_comment_to_test_on_is_among_those_to_tune_on():
    folder = assets_dir() / "bench" / "comments"
    texts = {n: {r["comment"] for r in extract.read_rows(folder / f"{n}.jsonl")} for n in SETS}
    assert not texts["test"] & (texts["dev"] | texts["fresh"] | texts["spent"])


def test_a_third_of_the_test_is_hard():
    rows = extract.read_rows(assets_dir() / "bench" / "comments" / "test.jsonl")
    assert 3 * sum(row["kind"] in marking.HARD for row in rows) >= len(rows)


def test_the_bench_prints_its_report_and_meets_its_targets(capfd: pytest.CaptureFixture[str]):
    assert main(["bench", "extract", "--check", "--json"]) == 0
    out, err = capfd.readouterr()
    report = json.loads(out)
    assert set(report) == {"bench", "n", "seconds", "machine", "measures", "targets"}
    assert (report["bench"], report["n"]) == ("extract", SETS["test"])
    assert all(target["met"] for target in report["targets"].values())
    assert report["measures"]["easy baseline"]["all three"] < 1
    assert "about" in err


class Counting:
    """A reader that counts how often it is asked."""

    id, prompt_version = "counting", "1"

    def __init__(self) -> None:
        self.asked = 0

    def extract(self, comments):
        for _ in comments:
            self.asked += 1
            yield []


def test_what_was_read_is_not_read_again_until_the_code_changes(tmp_path):
    reader, cache = Counting(), Cache(tmp_path)
    line = {"id": "1", "verdict": "liked", "comment": "neon"}
    for version in ("a", "a", "b"):
        extract.ask_once(reader, line, cache, version)
    assert reader.asked == 2
