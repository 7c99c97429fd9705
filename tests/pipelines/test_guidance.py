"""The combinations as equations: what must hold for any prediction."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines.conditioning.states import TextStates
from pipelines.guidance import (
    ClassifierFree,
    Conditioning,
    TasteStates,
    ViperEmbedding,
    ViperTwoPass,
    classifier_free,
    rescaled,
    viper_two_pass,
)

scales = st.floats(0, 10, allow_nan=False)
degrees = st.floats(0, 1, allow_nan=False)


def predictions(count: int) -> list[torch.Tensor]:
    return list(torch.randn(count, 2, 4, 8, 8, generator=torch.Generator().manual_seed(1)))


def text(seed: int, length: int = 6, mask: list[int] | None = None) -> TextStates:
    states = torch.randn(1, length, 4, generator=torch.Generator().manual_seed(seed))
    return TextStates(states, None if mask is None else torch.tensor([mask], dtype=torch.bool))


@given(s=scales, d=degrees)
def test_coefficients_sum_to_one(s, d):
    """Equal predictions stay what they are, whatever the strength: the noise keeps its size."""
    x = predictions(1)[0].double()
    assert torch.allclose(viper_two_pass(x, x, x, x, s=s, d=d), x, atol=1e-9)
    assert torch.allclose(classifier_free(x, x, s), x, atol=1e-9)


@given(s=scales, d=degrees)
def test_equal_sides_cancel_in_the_two_pass_form(s, d):
    n, t, side = (x.double() for x in predictions(3))
    plain = classifier_free(n, t, s)
    assert torch.allclose(viper_two_pass(n, t, side, side, s=s, d=d), plain, atol=1e-9)


@given(s=scales)
def test_degree_zero_is_classifier_free(s):
    n, t, liked, disliked = predictions(4)
    assert torch.allclose(
        viper_two_pass(n, t, liked, disliked, s=s, d=0.0), classifier_free(n, t, s), atol=1e-5
    )


def test_equal_lists_cancel_in_the_embedding_form():
    same = text(3)
    plain = Conditioning(text(1), text(2))
    taste = TasteStates(same, same, text(4))
    shifted = ViperEmbedding(plain, taste, scale=4.0, degree=0.7).branches[1]
    assert torch.allclose(shifted.states, plain.prompt.states, atol=1e-6)


def test_two_pass_adds_nothing_for_an_empty_side_and_predicts_for_the_empty_text():
    base, empty, liked = Conditioning(text(1), text(2)), text(4), text(3)
    guidance = ViperTwoPass(base, TasteStates(liked, None, empty), scale=4.0, degree=0.5)
    negative, prompt, plus, minus = guidance.branches
    assert torch.equal(negative.states, base.negative.states)
    assert torch.allclose(prompt.states, base.prompt.states + 0.5 * liked.states)
    assert torch.equal(plus.states, liked.states)
    assert torch.equal(minus.states, empty.states)


def test_masked_family_keeps_the_union_and_ignores_padding():
    prompt = text(1, mask=[1, 1, 0, 0, 0, 0])
    taste = text(2, mask=[1, 1, 1, 1, 0, 0])
    total = prompt.plus(taste, 0.5)
    assert total.mask is not None
    assert total.mask.tolist() == [[True, True, True, True, False, False]]
    assert torch.allclose(total.states[0, 3], 0.5 * taste.states[0, 3])
    assert torch.allclose(total.states[0, 1], prompt.states[0, 1] + 0.5 * taste.states[0, 1])
    assert not total.states[0, 4:].any()


def test_taste_of_one_window_leaves_later_windows_alone():
    prompt, taste = text(1, length=12), text(2, length=6)
    total = prompt.plus(taste, 1.0)
    assert torch.equal(total.states[:, 6:], prompt.states[:, 6:])


def test_scale_one_asks_the_denoiser_once():
    plain = ClassifierFree(Conditioning(text(1), text(2)), scale=1.0)
    assert len(plain.branches) == 1


@pytest.mark.parametrize("phi", [0.0, 0.7])
def test_rescale_moves_the_deviation_towards_the_prompts(phi):
    guided, eps_t = predictions(2)
    result = rescaled(3 * guided, eps_t, phi)
    target = phi * eps_t.std((1, 2, 3)) + (1 - phi) * 3 * guided.std((1, 2, 3))
    assert torch.allclose(result.std((1, 2, 3)), target, rtol=1e-4)
