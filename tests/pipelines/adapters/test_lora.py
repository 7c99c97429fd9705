"""An adapter goes in and comes out without a trace, on every family."""

import pytest
import torch
from torch import Tensor

from pipelines.adapters.lora import LoraAdapter, Target, bare, inject
from pipelines.conditioning.prompt import parse
from pipelines.errors import InvalidSpec
from pipelines.models.base import BaseModel
from pipelines.models.loader import load
from tests.pipelines.conftest import CPU

EVERYTHING: tuple[Target, ...] = ("attention", "feed-forward", "convolution", "text")


def trained(base: BaseModel, seed: int = 0, targets=EVERYTHING, **options) -> LoraAdapter:
    """An adapter that does something: B is random."""
    adapter = inject(base, 4, 4.0, targets, seed=seed, **options)
    generator = torch.Generator().manual_seed(seed)
    for _, up in adapter.matrices().values():
        up.data.normal_(0, 0.1, generator=generator)
    return adapter


@torch.no_grad()
def answer(base: BaseModel) -> Tensor:
    """What the model says of fixed noise and a fixed text, text encoder included."""
    noise = torch.randn(2, base.latent_channels, 8, 8, generator=torch.Generator().manual_seed(1))
    text = base.encode([parse("a red fox")] * 2)
    return base.predict(noise, torch.tensor(500), text)


def test_leaving_the_block_gives_the_base_back_bit_for_bit(model):
    modules = dict(model.denoiser.named_modules())
    before, adapter = answer(model), trained(model)
    with adapter.applied(model, 0.7):
        assert not torch.equal(answer(model), before)
    assert torch.equal(answer(model), before)
    assert dict(model.denoiser.named_modules()) == modules


def test_weight_0_is_the_base_bit_for_bit(model):
    before, adapter = answer(model), trained(model)
    with adapter.applied(model, 0.0):
        assert torch.equal(answer(model), before)


def test_new_adapter_changes_nothing_yet(model):
    before = answer(model)
    with inject(model, 4, 4.0, EVERYTHING).applied(model, 1.0):
        assert torch.equal(answer(model), before)


def test_error_in_the_block_leaves_no_adapter_behind(tiny):
    before, adapter = answer(tiny), trained(tiny)
    with pytest.raises(KeyError), adapter.applied(tiny):
        raise KeyError
    assert torch.equal(answer(tiny), before)


def test_two_adapters_come_off_in_any_order(tiny):
    before = answer(tiny)
    first, second = trained(tiny, 1), trained(tiny, 2, ("attention",))
    one, two = first.applied(tiny), second.applied(tiny, 0.5)
    one.__enter__()
    alone = answer(tiny)
    two.__enter__()
    one.__exit__(None, None, None)
    with_second = answer(tiny)
    two.__exit__(None, None, None)
    assert torch.equal(answer(tiny), before)
    with second.applied(tiny, 0.5):
        assert torch.equal(answer(tiny), with_second)
    with first.applied(tiny):
        assert torch.equal(answer(tiny), alone)


def test_two_adapters_add_up_in_either_order(tiny):
    first, second = trained(tiny, 1), trained(tiny, 2)
    with first.applied(tiny, 0.5), second.applied(tiny, 0.8):
        one_way = answer(tiny)
    with second.applied(tiny, 0.8), first.applied(tiny, 0.5):
        assert torch.allclose(answer(tiny), one_way, atol=1e-5)


def test_bare_model_ignores_every_adapter_and_gets_them_back(tiny):
    before = answer(tiny)
    first, second = trained(tiny, 1), trained(tiny, 2)
    with first.applied(tiny), second.applied(tiny):
        with_both = answer(tiny)
        with bare(tiny):
            assert torch.equal(answer(tiny), before)
        assert torch.equal(answer(tiny), with_both)


def test_adapter_is_its_matrices_at_its_scale(tiny):
    """W + w (alpha / r) B A, computed by hand on the linear layers."""
    adapter = trained(tiny, targets=("attention",))
    with adapter.applied(tiny, 0.6):
        expected = answer(tiny)
    root = {"denoiser": tiny.denoiser}
    saved = {}
    for place, (down, up) in adapter.matrices().items():
        part, _, path = place.partition(".")
        module = root[part].get_submodule(path)
        saved[module] = module.weight.data
        module.weight.data = module.weight + 0.6 * adapter.shapes[place].scale * up @ down
    by_hand = answer(tiny)
    for module, weight in saved.items():
        module.weight.data = weight
    assert torch.allclose(expected, by_hand, atol=1e-5)


def test_rank_stabilised_scale_divides_by_the_root(tiny):
    plain = inject(tiny, 4, 8.0)
    stabilised = inject(tiny, 4, 8.0, stabilised=True)
    place = next(iter(plain.shapes))
    assert (plain.shapes[place].scale, stabilised.shapes[place].scale) == (2.0, 4.0)
    layer = stabilised.layers[place]
    assert layer.scaling["default"] == 4.0


def test_same_adapter_twice_at_once_is_refused(tiny):
    adapter = trained(tiny)
    with adapter.applied(tiny), pytest.raises(InvalidSpec, match="twice"), adapter.applied(tiny):
        pass


def test_weights_hold_the_matrices_and_nothing_of_the_base(tiny):
    adapter = trained(tiny)
    names = dict(adapter.weights.named_parameters())
    assert len(names) == 2 * len(adapter.layers)
    assert all(".lora_A." in name or ".lora_B." in name for name in names)
    assert all(p.requires_grad and p.dtype == torch.float32 for p in names.values())


def test_places_without_such_layers_are_refused(tiny_pixart_model):
    with pytest.raises(InvalidSpec, match="has no layers for convolution"):
        inject(tiny_pixart_model, 4, 4.0, ("convolution",))


def test_matrices_stay_float32_on_a_base_of_low_precision(tiny_card):
    base = load(tiny_card, CPU, torch.bfloat16)
    before, adapter = answer(base), trained(base)
    assert {p.dtype for p in adapter.weights.parameters()} == {torch.float32}
    with adapter.applied(base):
        assert not torch.equal(answer(base), before)
    assert torch.equal(answer(base), before)
