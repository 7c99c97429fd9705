"""How much memory a training will take, told before any weight is loaded.

One step of the recipe runs on fake tensors: shapes, types and lifetimes are real, numbers are not.
That takes seconds and next to no memory, and there is no table of constants to keep for a family.
No page or command asks for it yet.
"""

import json
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pipelines.adapters.lora import LoraAdapter
from pipelines.conditioning.states import TextStates
from pipelines.models.base import BaseModel
from pipelines.models.cards import ModelCard
from pipelines.models.families import FAMILIES, MAX_WINDOW
from pipelines.models.folders import layout_of, read_index, read_json
from pipelines.models.loader import DENOISERS, AutoencoderKL
from pipelines.recipes.dreambooth import Batch, DreamBooth, DreamBoothConfig
from pipelines.recipes.loop import autocast, make_optimizer


@dataclass(frozen=True)
class Estimate:
    """Bytes of tensors, which is what an accelerator has to hold. weights: the models as loaded;
    encoding, training: the most while photos are encoded and during a step, weights included.

    On a processor the process takes more: Python and its libraries 0.75 GB, and the C library's
    heap, which held 1.5 to 1.7 times the tensors in four trainings of the sticker model (2.9 times
    with gradient checkpointing).
    """

    weights: int
    encoding: int
    training: int

    @property
    def peak(self) -> int:
        """The most at any time."""
        return max(self.encoding, self.training)


def estimate(config: DreamBoothConfig, card: ModelCard, dtype: torch.dtype) -> Estimate:
    """The memory of a training on square photos of the model's own size.

    Raises:
        ModelError: the card's folder cannot be read.
    """
    base = imagined(card, dtype)
    recipe = DreamBooth(config, base, Path())
    adapter = recipe.fresh()
    held = Held()
    with FakeTensorMode(), held:
        for part in (base.denoiser, base.autoencoder, base.text_encoder):
            materialise(part)
        weights = held.now
        with torch.inference_mode():
            base.encode_pixels(torch.zeros(1, 3, card.height, card.width))
        encoding, held.peak = held.peak, held.now
        materialise(adapter.weights)
        with adapter.applied(base):
            train(recipe, adapter)
        training = held.peak
    return Estimate(weights, encoding, training)


def train(recipe: DreamBooth, adapter: LoraAdapter) -> None:
    """Two steps, so that the optimizer's moments stand while the second one runs."""
    config, base = recipe.config, recipe.base
    if config.checkpointing:
        base.denoiser.enable_gradient_checkpointing()  # type: ignore[operator]
    recipe.material = Blank(base, config)  # type: ignore[assignment]
    recipe.alphas = torch.full((1000,), 0.5)
    optimizer = make_optimizer(adapter.weights, config.loop)
    rows = config.batch + (0 if config.prior == "none" else min(config.prior_batch, config.batch))
    scale = base.latent_scale
    shape = (base.latent_channels, base.card.height // scale, base.card.width // scale)
    for _ in range(2):
        batch = Batch(
            torch.zeros(rows, *shape),
            torch.zeros(rows, *shape),
            torch.zeros(rows, dtype=torch.int64),
            [""] * rows,
            torch.zeros(config.batch, 1, *shape[1:]),
        )
        with autocast(base.device, config.loop.precision):
            loss, _ = recipe.loss(batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


class Blank:
    """Text states of the right shape, by the text encoder where it learns."""

    def __init__(self, base: BaseModel, config: DreamBoothConfig) -> None:
        self.base, self.learns = base, "text" in config.targets

    def text(self, captions: list[str]) -> TextStates:
        base, rows, length = self.base, len(captions), self.base.tokenizer
        if self.learns:
            states = base.text_encoder(torch.zeros(rows, length, dtype=torch.int64))[0].float()
        else:
            states = torch.zeros(rows, length, text_width(base.text_encoder.config))
        return TextStates(states, torch.ones(rows, length, dtype=torch.bool))


def text_width(config: Any) -> int:
    """Width of a text encoder's states; T5 has a name of its own for it."""
    return getattr(config, "d_model", None) or config.hidden_size


def imagined(card: ModelCard, dtype: torch.dtype) -> BaseModel:
    """The model of a card without its weights; its `tokenizer` is only the length of a window."""
    index, folder = read_index(card), card.folder
    kind, place = DENOISERS[card.family], folder / layout_of(card).denoiser
    text = transformers.AutoConfig.from_pretrained(folder / "text_encoder", local_files_only=True)
    window = read_json(folder / "tokenizer" / "tokenizer_config.json")["model_max_length"]
    settings: Any = AutoencoderKL.load_config(folder / "vae")
    with torch.device("meta"):
        parts: dict[str, Any] = {
            "denoiser": kind.from_config(kind.load_config(place)),
            "autoencoder": AutoencoderKL.from_config(settings),
            "text_encoder": getattr(transformers, index["text_encoder"][1])(text),
        }
    for name, part in parts.items():
        # nn.Module's own, since diffusers' warns of layers that it would keep in float32
        nn.Module.to(part, torch.float32 if name == "text_encoder" else dtype)
        part.requires_grad_(False).eval()
    return BaseModel(
        card=card,
        family=FAMILIES[card.family],
        tokenizer=min(window, MAX_WINDOW),
        scheduler_config=json.loads((folder / "scheduler/scheduler_config.json").read_text()),
        device=torch.device("cpu"),
        dtype=dtype,
        **parts,
    )


def materialise(module: nn.Module) -> None:
    """Fake tensors on the processor in place of a module's empty ones. They come last, since fake
    weights cannot be converted or moved."""
    made: dict[int, nn.Parameter] = {}  # weights that two layers share stay shared
    for part in module.modules():
        for name, weight in part._parameters.items():
            if weight is not None:
                if id(weight) not in made:
                    fake = torch.empty(weight.shape, dtype=weight.dtype)
                    made[id(weight)] = nn.Parameter(fake, requires_grad=weight.requires_grad)
                part._parameters[name] = made[id(weight)]
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = torch.zeros(buffer.shape, dtype=buffer.dtype)


class Held(TorchDispatchMode):
    """Bytes of all tensors that are alive, and the most there were."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor):
                self.see(tensor)
        return out

    def see(self, tensor: Tensor) -> None:
        """Count a tensor's storage until it is freed; views share one."""
        storage = tensor.untyped_storage()
        name, size = storage._cdata, storage.nbytes()
        if name not in self._seen:
            self._seen.add(name)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self.drop, name, size)

    def drop(self, name: int, size: int) -> None:
        """A storage was freed."""
        self._seen.discard(name)
        self.now -= size
