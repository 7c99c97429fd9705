"""The losses against their equations."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines import losses
from pipelines.generate import clean_estimate

SHAPE = (3, 2, 4, 4)


def drawn(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(SHAPE, generator=generator) for _ in range(2)]


@pytest.mark.parametrize("kind", losses.KINDS)
@given(a=st.floats(0.01, 0.99))
def test_the_target_leads_back_to_the_clean_latent(kind, a):
    """What the sampler makes of a perfect prediction is x_0."""
    x_0, eps = drawn()
    alpha = torch.full((3, 1, 1, 1), a)
    x_t = losses.noised(x_0, eps, alpha)
    wanted = losses.target(x_0, eps, alpha, kind)
    estimate = clean_estimate(x_t, wanted, torch.tensor([a]), torch.tensor(0), kind)
    assert torch.allclose(estimate, x_0, atol=1e-4)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
@given(a=st.floats(0.001, 0.999), gamma=st.floats(1, 10))
def test_min_snr_makes_errors_of_every_kind_count_alike(kind, a, gamma):
    """weight(kind) * error in what is predicted = weight(sample) * error in x_0."""
    alpha = torch.tensor(a, dtype=torch.float64)
    wrong = torch.tensor([1.0], dtype=torch.float64)
    clean = clean_estimate(0 * wrong, wrong, alpha[None], torch.tensor(0), kind)
    in_x_0 = losses.min_snr(alpha, gamma, "sample") * clean**2
    in_own = losses.min_snr(alpha, gamma, kind) * wrong**2
    assert torch.allclose(in_own, in_x_0, rtol=1e-4)


def test_min_snr_holds_where_only_noise_is_left():
    nothing = torch.zeros(1)
    assert losses.min_snr(nothing, 5.0, "epsilon") == 1
    assert losses.min_snr(nothing, 5.0, "v_prediction") == 0
    assert losses.min_snr(nothing, 5.0, "sample") == 0


def test_full_mask_changes_nothing():
    error = drawn()[0] ** 2
    assert torch.allclose(losses.masked(error, torch.ones(3, 1, 4, 4), 0.1), error)


def test_what_the_mask_leaves_out_is_not_learnt_where_unmasked_is_0():
    error = torch.ones(SHAPE)
    mask = torch.zeros(3, 1, 4, 4)
    mask[:, :, :2] = 1
    kept = losses.masked(error, mask, 0.0)
    assert torch.all(kept[:, :, 2:] == 0)
    assert kept.mean((1, 2, 3)).tolist() == [1, 1, 1]  # a half weighs as much as a whole
    assert torch.all(losses.outside(error, mask)[:, :, :2] == 0)


def test_unmasked_weight_is_what_the_surroundings_count():
    mask = torch.zeros(3, 1, 4, 4)
    mask[:, :, 0] = 1
    kept = losses.masked(torch.ones(SHAPE), mask, 0.1)
    assert kept[0, 0, 3, 0] / kept[0, 0, 0, 0] == pytest.approx(0.1)


def test_empty_mask_is_no_division_by_zero():
    kept = losses.masked(torch.ones(SHAPE), torch.zeros(3, 1, 4, 4), 0.0)
    assert torch.isfinite(kept).all()


@given(start=st.floats(0, 1, exclude_max=True), batch=st.integers(1, 9))
def test_even_steps_fall_one_into_each_part_of_the_range(start, batch):
    steps = losses.even_steps(batch, 1000, torch.tensor(start, dtype=torch.float64))
    assert steps.min() >= 0
    assert steps.max() < 1000
    gaps = steps.sort().values.diff()
    assert all(abs(gap - 1000 / batch) <= 1 for gap in gaps.tolist())


def test_offset_noise_moves_whole_channels():
    noise = drawn()[0]
    assert losses.offset_noise(noise, 0.0) is noise
    moved = losses.offset_noise(noise, 0.5, torch.Generator().manual_seed(1)) - noise
    assert torch.allclose(moved, moved[:, :, :1, :1].expand(SHAPE), atol=1e-6)
    assert moved.abs().max() > 0
