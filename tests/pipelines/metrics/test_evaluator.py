"""The evaluator that ships, on the real icons of the sticker deck."""

import json

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.metrics.evaluator import Verdict, family, frechet_distance, load_evaluator
from pipelines.models.cards import assets_dir
from pipelines.recipes.base_model.splits import heldout_concepts
from pipelines.recipes.base_model.styles import load_styles

DECK = assets_dir() / "decks" / "stickers"


@pytest.fixture(scope="module")
def deck() -> list[dict]:
    return json.loads((DECK / "deck.json").read_text(encoding="utf-8"))["pictures"]


@pytest.fixture(scope="module")
def verdict(deck) -> Verdict:
    return load_evaluator().judge([Image.open(DECK / fact["file"]) for fact in deck])


def test_verdicts_are_probabilities_over_known_names(verdict, deck):
    assert verdict.style.shape == (len(deck), 17)
    assert verdict.concept.shape == (len(deck), len(verdict.concepts))
    assert np.allclose(verdict.style.sum(1), 1, atol=1e-4)
    assert np.allclose(verdict.concept.sum(1), 1, atol=1e-4)
    assert verdict.styles == tuple(load_styles())
    assert heldout_concepts() <= set(verdict.concepts)


def test_most_deck_icons_are_named_in_their_style_family(verdict, deck):
    named = verdict.named_families()
    right = [n == family(fact["style"]) for n, fact in zip(named, deck, strict=True)]
    assert sum(right) / len(right) > 0.7


def test_most_deck_icons_are_named_among_64_concepts(verdict, deck):
    judge = load_evaluator()
    asked = [i for i, fact in enumerate(deck) if subject(fact) in judge.concepts]
    assert len(asked) > 30
    among = [judge.choices(subject(fact)) if i in asked else [judge.concepts[0]] for i, fact in
             enumerate(deck)]  # fmt: skip
    named = verdict.named_concepts(among)
    right = [named[i] == subject(deck[i]) for i in asked]
    assert sum(right) / len(right) > 0.7


def subject(fact: dict) -> str:
    return fact["subject"].removeprefix("a ").removeprefix("an ")


def test_judging_one_by_one_says_the_same(verdict, deck):
    one = load_evaluator().judge([Image.open(DECK / deck[7]["file"])])
    assert np.allclose(one.style[0], verdict.style[7], atol=1e-3)


def test_transparent_and_odd_sized_pictures_are_judged():
    clear = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    white = Image.new("L", (128, 128), 255)
    clear_says, white_says = (load_evaluator().judge([image]).style for image in (clear, white))
    assert np.allclose(clear_says, white_says, atol=1e-4)


def test_a_family_adds_the_probabilities_of_its_styles():
    style = np.array([[0.3, 0.3, 0.4]], np.float32)
    styles = ("twemoji", "fxemoji", "noto")
    nothing = np.zeros((1, 1), np.float32)
    assert Verdict(style, nothing, nothing, styles, ("x",)).named_styles() == ["noto"]
    assert Verdict(style, nothing, nothing, styles, ("x",)).named_families() == ["flat"]


def test_its_own_accuracy_stands_beside_it():
    accuracy = load_evaluator().accuracy
    for condition in ("clean", "ground", "spoilt"):
        for question in ("style", "family", "concept_of_64", "concept_of_all"):
            assert accuracy["heldout"][condition][question]["n"] > 500
    assert accuracy["heldout_60_concepts"]["clean"]["concept_of_64"]["n"] > 20


def test_distance_is_nothing_to_itself_and_grows_as_features_move():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(500, 8))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(a, a + 2) == pytest.approx(8 * 4, abs=1e-6)
    assert frechet_distance(a, 2 * a) == pytest.approx(np.trace(np.cov(a.T)) + 4 * 0, rel=0.05)


def test_a_folder_without_an_evaluator_is_named(tmp_path):
    with pytest.raises(ModelNotFound, match=r"card\.json"):
        load_evaluator(tmp_path)


def test_cut_weights_are_named(tmp_path):
    shipped = assets_dir() / "models" / "sticker-evaluator"
    (tmp_path / "card.json").write_bytes((shipped / "card.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes((shipped / "model.safetensors").read_bytes()[:999])
    with pytest.raises(DamagedFile, match="does not fit its card"):
        load_evaluator(tmp_path)
