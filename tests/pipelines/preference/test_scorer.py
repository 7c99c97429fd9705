from random import Random

import pytest
import torch
from PIL import Image, ImageDraw

from pipelines.errors import DamagedFile, InvalidSpec
from pipelines.metrics.clip import load_clip
from pipelines.preference.features import MEASURES, load_constants, picture_features
from pipelines.preference.scorer import Scorer, explain, fit_scorer, heldout_accuracy
from pipelines.preference.select import best_of, next_pair
from pipelines.preference.vocabulary import load_vocabulary

PLAIN = torch.eye(6)  # a prior for features without names


def choices(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of somebody who wants more of the first feature and nothing else."""
    rng = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, n, 6, generator=rng)
    better = a[:, :1] > b[:, :1]
    return torch.where(better, a, b), torch.where(better, b, a)


def test_chances_of_both_orders_sum_to_one():
    scorer = fit_scorer(*choices(20), prior=PLAIN)
    a, b = choices(50, seed=1)
    assert torch.allclose(scorer.chance(a, b) + scorer.chance(b, a), torch.ones(50))


def test_without_choices_every_chance_is_a_half():
    a, b = choices(10)
    scorer = fit_scorer(a[:0], b[:0], prior=PLAIN)
    assert scorer.chance(a, b).tolist() == [0.5] * 10
    assert torch.allclose(scorer.covariance, PLAIN)


def test_replaying_the_choices_gives_the_same_scorer_bit_for_bit():
    first, again = (fit_scorer(*choices(30), prior=PLAIN) for _ in range(2))
    assert torch.equal(first.weights, again.weights)
    assert torch.equal(first.covariance, again.covariance)


def test_the_order_of_choices_does_not_matter():
    winners, losers = choices(30)
    one = fit_scorer(winners, losers, prior=PLAIN)
    other = fit_scorer(winners.flip(0), losers.flip(0), prior=PLAIN)
    assert torch.allclose(one.weights, other.weights, atol=1e-5)


def test_exchanging_winners_and_losers_turns_the_taste_around():
    winners, losers = choices(30)
    one, other = fit_scorer(winners, losers, prior=PLAIN), fit_scorer(losers, winners, prior=PLAIN)
    assert torch.allclose(one.weights, -other.weights, atol=1e-5)


def test_a_choice_that_counts_twice_is_two_choices():
    winners, losers = choices(8)
    twice = fit_scorer(winners, losers, torch.full((8,), 2.0), PLAIN)
    both = fit_scorer(winners.repeat(2, 1), losers.repeat(2, 1), prior=PLAIN)
    assert torch.allclose(twice.weights, both.weights, atol=1e-5)


def test_more_consistent_choices_make_it_more_certain():
    a, b = choices(50, seed=1)
    scorers = [fit_scorer(*choices(n), prior=PLAIN) for n in (4, 16, 64)]
    doubts = [float(scorer.uncertainty(a, b).mean()) for scorer in scorers]
    chances = [float(scorer.chance(a, b).mean()) for scorer in scorers]
    assert doubts == sorted(doubts, reverse=True)
    assert chances == sorted(chances)


def test_the_gradient_is_zero_at_the_weights():
    winners, losers = choices(30)
    w = fit_scorer(winners, losers, prior=PLAIN).weights.double().requires_grad_()
    gaps = (winners - losers).double() @ w
    (torch.nn.functional.softplus(-gaps).sum() + w @ w / 2).backward()
    assert w.grad is not None
    assert float(w.grad.abs().max()) < 1e-4


def test_a_saved_scorer_is_the_same(tmp_path):
    scorer = fit_scorer(*choices(5), prior=PLAIN)
    scorer.save(tmp_path / "scorer.safetensors")
    again = Scorer.load(tmp_path / "scorer.safetensors")
    assert torch.equal(again.weights, scorer.weights)
    assert torch.equal(again.covariance, scorer.covariance)
    assert again.pairs == 5


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "scorer.safetensors"
    fit_scorer(*choices(5), prior=PLAIN).save(file)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(DamagedFile, match="Fit it again"):
        Scorer.load(file)


def test_shapes_that_do_not_fit_are_refused():
    winners, losers = choices(5)
    with pytest.raises(InvalidSpec, match="both be"):
        fit_scorer(winners, losers[:4], prior=PLAIN)
    with pytest.raises(InvalidSpec, match="6 features"):
        fit_scorer(winners, losers)
    with pytest.raises(InvalidSpec, match="finite"):
        fit_scorer(winners * torch.nan, losers, prior=PLAIN)


def test_accuracy_is_of_choices_left_out():
    good = heldout_accuracy(*choices(60), prior=PLAIN)
    assert good is not None
    assert good.n == 60
    assert good.low < good.share < good.high
    assert good.share > 0.8
    rng = torch.Generator().manual_seed(3)
    chance = heldout_accuracy(*torch.randn(2, 200, 6, generator=rng), prior=PLAIN)
    assert chance is not None
    assert chance.low < 0.5 < chance.high


def test_five_choices_are_too_few_to_say():
    assert heldout_accuracy(*choices(5), prior=PLAIN) is None


def test_what_is_asked_next_is_new_until_all_is_asked():
    scorer, features = fit_scorer(*choices(0), prior=PLAIN), choices(4)[0]
    pairs, asked, rng = [(0, 1), (2, 3), (0, 2)], set(), Random(0)
    while (place := next_pair(scorer, features, pairs, asked, rng)) is not None:
        a, b = pairs[place]
        assert (b, a) not in asked
        asked.add((b, a))
    assert len(asked) == 3


def test_the_unknown_is_asked_and_every_fifth_question_is_clear():
    scorer = fit_scorer(*choices(40), prior=PLAIN)
    features = torch.zeros(4, 6)
    features[0, 0], features[1, 0] = 3, -3  # known
    features[2, 4], features[3, 4] = 1, -1  # not known
    pairs = [(0, 1), (2, 3)]
    assert next_pair(scorer, features, pairs, set(), Random(0)) == 1
    fourth = [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert next_pair(scorer, features, pairs, fourth, Random(0)) == 0


def test_what_was_shown_least_is_preferred():
    scorer = fit_scorer(*choices(0), prior=PLAIN)
    features = torch.tensor([[1.0], [-1.0]] * 2) * torch.ones(6)
    features = torch.cat([features, features[:2]])
    pairs, prompts = [(0, 1), (2, 3)], ["cat", "cat", "dog", "dog", "cat", "cat"]
    place = next_pair(scorer, features, pairs, {(4, 5)}, Random(0), prompts=prompts)
    assert place == 1


def test_the_best_stands_first():
    scorer = Scorer(torch.tensor([1.0, 0.0]), torch.eye(2))
    assert best_of(scorer, torch.tensor([[0.0, 9.0], [2.0, 0.0], [0.0, 1.0]])) == [1, 0, 2]


def disc(colour: str, line: str) -> Image.Image:
    image = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(image).ellipse((15, 15, 80, 80), fill=colour, outline=line, width=6)
    return image


def test_somebody_who_chooses_outlines_is_said_to_want_them():
    colours = ["red", "orange", "skyblue", "pink", "lime", "gold"]
    clip = load_clip()
    winners = picture_features(clip, [disc(colour, "black") for colour in colours])
    losers = picture_features(clip, [disc(colour, colour) for colour in colours])
    assert winners.shape == (6, len(load_constants().centre))
    scorer = fit_scorer(winners, losers)
    reasons = dict(explain(scorer, clip, load_vocabulary(), most=10_000))
    assert reasons[MEASURES[0]] > 0
    assert float(scorer.chance(winners, losers).min()) > 0.5
    shown = explain(scorer, clip, load_vocabulary())
    assert [abs(push) for _, push in shown] == sorted((abs(p) for _, p in shown), reverse=True)
