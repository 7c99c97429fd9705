"""Low-rank adapters: put into a base model for the length of a block, and out without a trace.

    with adapter.applied(base, 0.8): ...

W x + w (alpha / r) B A x in place of W x at every place, with A (r, in) and B (out, r); Hu et al.
2021, arXiv 2106.09685, section 4.1. The layers are peft's. They stand in the model only inside the
block: outside, the model is made of the very modules that it was loaded with, so nothing has to be
undone. Several adapters at once stack on one another, in any order of leaving.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from peft import LoraConfig
from peft.tuners.lora import Conv2d, Linear, LoraLayer
from torch import Tensor, nn

from pipelines.errors import InvalidSpec
from pipelines.models.base import BaseModel
from pipelines.models.lora_names import DENOISER, TEXT

Target = Literal["attention", "feed-forward", "convolution", "text"]
NAME = "default"  # peft's name for an adapter within a layer; each of our layers holds one


@dataclass(frozen=True)
class Shape:
    """Rank and alpha of one layer; `stabilised` divides by sqrt(rank) instead of rank (rsLoRA,
    Kalajdzievski 2023, arXiv 2312.03732, eq. 4)."""

    rank: int
    alpha: float
    stabilised: bool = False

    @property
    def scale(self) -> float:
        """What B A is multiplied with at weight 1."""
        return self.alpha / (self.rank**0.5 if self.stabilised else self.rank)


class LoraAdapter:
    """Low-rank layers by place (`denoiser.mid_block…to_q`), each around the module it adds to.

    `weights` holds A and B alone, as a module whose names are the places: what is trained, averaged
    and checkpointed.
    """

    def __init__(self, layers: Mapping[str, LoraLayer], shapes: Mapping[str, Shape]) -> None:
        self.layers, self.shapes = dict(layers), dict(shapes)
        self.weights = tree(
            {
                f"{place}.{letter}": half
                for place, layer in self.layers.items()
                for letter, half in (("lora_A", layer.lora_A), ("lora_B", layer.lora_B))
            }
        )

    def matrices(self) -> dict[str, tuple[Tensor, Tensor]]:
        """A and B by place, shared with the layers; convolutions have four dimensions."""
        return {
            place: (
                self.weights.get_parameter(f"{place}.lora_A.{NAME}.weight"),
                self.weights.get_parameter(f"{place}.lora_B.{NAME}.weight"),
            )
            for place in self.layers
        }

    @contextmanager
    def applied(self, base: BaseModel, weight: float = 1.0) -> Iterator[None]:
        """The base with `weight` times this adapter inside the block; at 0 it is left alone."""
        if weight == 0.0:
            yield
            return
        if any(isinstance(m, LoraLayer) and m in self.layers.values() for m in modules(base)):
            raise InvalidSpec("An adapter is applied twice at once. Name it once and add weights.")
        with ExitStack() as stack:
            for place, layer in self.layers.items():
                layer.set_scale(NAME, weight)
                stack.callback(take_out, *put_in(base, place, layer), layer)
            yield


def inject(
    base: BaseModel,
    rank: int,
    alpha: float,
    targets: Sequence[Target] = ("attention",),
    *,
    stabilised: bool = False,
    seed: int = 0,
) -> LoraAdapter:
    """A new adapter for training: A random, B zero, so that it changes nothing yet; float32.

    Raises:
        InvalidSpec: the base has no such places.
    """
    with bare(base):
        places = base.family.lora.places(base, tuple(targets))
    if not places:
        raise InvalidSpec(f"{base.card.name} has no layers for {', '.join(targets)}.")
    shape = Shape(rank, alpha, stabilised)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = {place: around(module, shape) for place, module in places.items()}
    return LoraAdapter(layers, dict.fromkeys(layers, shape))


def around(module: nn.Module, shape: Shape) -> LoraLayer:
    """A peft layer around a linear layer or a convolution; the base's module is not changed."""
    kind = Conv2d if isinstance(module, nn.Conv2d) else Linear
    config = LoraConfig(use_rslora=shape.stabilised)
    # peft draws on the processor in float32, the same everywhere, and then takes over the base's
    # device and precision; an optimizer needs float32
    layer = kind(module, NAME, config=config, r=shape.rank, lora_alpha=shape.alpha)  # type: ignore
    if module.weight.dtype != torch.float32:
        layer.lora_A.float()
        layer.lora_B.float()
    return layer


@contextmanager
def bare(base: BaseModel) -> Iterator[None]:
    """The base without any adapter inside the block: what every reference prediction comes from."""
    found = [
        (parent, name, child)
        for root in (base.denoiser, base.text_encoder)
        for parent in list(root.modules())
        if not isinstance(parent, LoraLayer)
        for name, child in parent.named_children()
        if isinstance(child, LoraLayer)
    ]
    for parent, name, layer in found:
        setattr(parent, name, layer.get_base_layer())
    try:
        yield
    finally:
        for parent, name, layer in found:
            setattr(parent, name, layer)


def modules(base: BaseModel) -> Iterator[nn.Module]:
    """Every module of the parts that adapters go into."""
    yield from base.denoiser.modules()
    yield from base.text_encoder.modules()


def put_in(base: BaseModel, place: str, layer: LoraLayer) -> tuple[nn.Module, str]:
    """Set a layer between a module and its parent; returns parent and name."""
    part, _, path = place.partition(".")
    root = {DENOISER: base.denoiser, TEXT: base.text_encoder}[part]
    above, _, name = path.rpartition(".")
    parent = root.get_submodule(above)
    layer.base_layer = getattr(parent, name)
    setattr(parent, name, layer)
    return parent, name


def take_out(parent: nn.Module, name: str, layer: LoraLayer) -> None:
    """The inverse of `put_in`, also where another adapter has been put around it since."""
    while (held := getattr(parent, name)) is not layer:
        parent, name = held, "base_layer"
    setattr(parent, name, layer.base_layer)
    layer.base_layer = layer.get_base_layer()  # hold on to the model, not to another adapter


def tree(leaves: Mapping[str, nn.Module]) -> nn.Module:
    """Modules under dotted names, as one module."""
    root = nn.Module()
    for path, leaf in leaves.items():
        parent = root
        *above, name = path.split(".")
        for step in above:
            if not hasattr(parent, step):
                parent.add_module(step, nn.Module())
            parent = getattr(parent, step)
        parent.add_module(name, leaf)
    return root
