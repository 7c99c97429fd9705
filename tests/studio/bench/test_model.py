import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipelines.metrics.evaluator import load_evaluator
from pipelines.recipes.base_model.splits import heldout_concepts
from studio.bench.eye import Eye
from studio.bench.model_study import PROMPTS, Asked, diversity, judge, nearest, prompts, rate, shows
from studio.cli.main import main


def disc(colour: str, ground: str = "white", line: str | None = None) -> Image.Image:
    image = Image.new("RGB", (128, 128), ground)
    ImageDraw.Draw(image).ellipse((20, 20, 108, 108), fill=colour, outline=line, width=8)
    return image


def test_the_prompts_are_300_of_five_kinds_and_ask_what_the_evaluator_knows():
    asked = prompts(None)
    assert Counter(one.kind for one in asked) == dict.fromkeys(
        ("seen", "combination", "colour", "background", "wording"), 60
    )
    known = load_evaluator()
    assert {one.concept for one in asked} <= set(known.concepts) - heldout_concepts()
    assert {one.style for one in asked} <= set(known.styles)
    assert len({one.prompt for one in asked}) == 300


def test_wordings_do_not_name_their_concept():
    lines = [json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        said = line["prompt"].split(",")[0]
        assert (said == line["concept"]) == (line["kind"] != "wording"), line


def test_fewer_prompts_are_the_first_of_each_kind():
    assert [one.prompt for one in prompts(2) if one.kind == "colour"] == [
        one.prompt for one in prompts(None) if one.kind == "colour"
    ][:2]


def test_a_colour_is_shown_if_the_figure_has_much_of_it():
    assert shows(disc("red"), "red")
    assert shows(disc("red", ground="navy", line="black"), "red")
    assert not shows(disc("red"), "blue")
    assert not shows(Image.new("RGB", (128, 128), "white"), "red")


def test_background_is_judged_by_the_frame():
    eye = Eye.load()
    asked = [
        Asked("background", "p", "rocket", "twemoji", background=name) for name in ("pink", "black")
    ]
    images = [disc("red", ground="#ffd6e2")] * 2
    hits = judge(asked, images, eye.evaluator.judge(images), eye)
    assert hits["background"] == [True, False]


def test_rates_carry_their_interval():
    assert rate([True] * 9 + [False]) == {"value": 0.9, "low": 0.5958, "high": 0.9821, "n": 10}


def test_diversity_is_nought_for_equal_seeds_and_one_for_unrelated_pictures():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(40, 64))
    assert diversity(np.concatenate([first, first]), 40) == 0
    assert diversity(rng.normal(size=(80, 64)), 40) == pytest.approx(1, abs=0.1)


def test_one_seed_says_nothing_of_diversity():
    assert diversity(np.random.default_rng(0).normal(size=(40, 64)), 40) is None


@pytest.mark.parametrize("words", [("--seeds", "0"), ("--prompts", "0"), ("--prompts", "-2")])
def test_no_prompts_and_no_seeds_are_refused(words, capsys):
    assert main(["bench", "model", "--json", *words]) == 2
    assert "from 1 up" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_nearest_finds_the_copy():
    rng = np.random.default_rng(0)
    icons = rng.normal(size=(50, 8))
    assert nearest(icons[:5], icons) == pytest.approx(0, abs=1e-6)
    assert nearest(icons[:5] + 1, icons) > 0.5


def test_it_draws_and_judges_with_the_embedded_model(tmp_path, capsys):
    words = ["--prompts", "1", "--seeds", "2", "--out", str(tmp_path)]
    assert main(["bench", "model", "--json", *words]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n"] == 5
    assert set(document["targets"]) >= {"style family", "colour", "background"}
    assert len(list(tmp_path.glob("*.webp"))) == 5
    assert (tmp_path / "index.html").read_text(encoding="utf-8").count("<figure>") == 5
