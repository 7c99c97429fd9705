"""How files name the parts of a LoRA: kohya's, diffusers' and peft's spelling of the same matrices.

kohya      lora_unet_mid_block_attentions_0_proj_in.lora_down.weight, .lora_up.weight, .alpha
diffusers  unet.mid_block.attentions.0.proj_in.lora_A.weight, .lora_B.weight; alpha in metadata
           older: .lora.down.weight, .lora_linear_layer.down.weight, .processor.to_q_lora.down.…
peft       base_model.model.mid_block.attentions.0.proj_in.lora_A.weight; alpha in a json beside it

down = A (r, in), up = B (out, r); missing alpha means alpha = r.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipelines.adapters.lora import LoraAdapter, Shape, bare
from pipelines.errors import DamagedFile, UnknownAdapter
from pipelines.models.base import BaseModel
from pipelines.models.lora_names import DENOISER, TEXT, spelled

HALVES = {
    "lora_down.weight": "down",
    "lora_up.weight": "up",
    "lora.down.weight": "down",
    "lora.up.weight": "up",
    "lora_linear_layer.down.weight": "down",
    "lora_linear_layer.up.weight": "up",
    "lora_A.weight": "down",
    "lora_B.weight": "up",
    "lora_A.default.weight": "down",  # tools that leak peft's name of the adapter
    "lora_B.default.weight": "up",
    "alpha": "alpha",
}
OTHER_KINDS = {
    "dora_scale": "DoRA",
    "lora_magnitude_vector": "DoRA",
    "hada_w1_a": "LoHa",
    "lokr_w1": "LoKr",
    "oft_blocks": "OFT",
    "oft_diag": "OFT",
    "lora_mid": "LoCon in Tucker form",
}
OLD_PROCESSOR = re.compile(r"\.processor\.(to_[qkv]|to_out)_lora\.")


@dataclass(frozen=True)
class Matrices:
    """One place of a file: A, B and alpha, None where the file does not say."""

    down: Tensor
    up: Tensor
    alpha: float | None = None

    @property
    def rank(self) -> int:
        """r: the rows of A."""
        return self.down.shape[0]


def read(tensors: Mapping[str, Tensor]) -> dict[str, Matrices]:
    """The matrices of a file by the names that it gives to modules, whatever the spelling.

    Raises:
        UnknownAdapter: it holds another kind of adapter.
        DamagedFile: a half is missing, or a tensor is none of a LoRA's.
    """
    parts: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        for mark, kind in OTHER_KINDS.items():
            if mark in key:
                raise UnknownAdapter(
                    f"The file holds a {kind} adapter ({key}), which is not supported. Have it "
                    "merged into a plain LoRA."
                )
        name, half = split(key)
        parts.setdefault(name, {})[half] = tensor
    return {name: whole(name, found) for name, found in parts.items()}


def whole(name: str, found: Mapping[str, Tensor]) -> Matrices:
    """One place, if its tensors are what a LoRA has there.

    Raises:
        DamagedFile
    """
    if not {"down", "up"} <= found.keys():
        raise DamagedFile(f"The file has only one half of {name}. Get it again.")
    for half in ("down", "up"):
        shape = tuple(found[half].shape)
        if len(shape) not in (2, 4) or 0 in shape or not found[half].is_floating_point():
            raise DamagedFile(
                f"{half} of {name} is no matrix: {found[half].dtype} of shape {shape}. Get the "
                "file again."
            )
    alpha = found.get("alpha")
    if alpha is None:
        return Matrices(found["down"], found["up"])
    if alpha.numel() != 1 or not math.isfinite(alpha.item()):
        raise DamagedFile(f"alpha of {name} is no number: {alpha}. Get the file again.")
    return Matrices(found["down"], found["up"], float(alpha))


def split(key: str) -> tuple[str, str]:
    """Module name and half of a tensor's key.

    Raises:
        DamagedFile: the key is in no spelling of a LoRA.
    """
    plain = OLD_PROCESSOR.sub(lambda m: f".{m[1].replace('to_out', 'to_out.0')}.lora.", key)
    for ending, half in HALVES.items():
        if plain.endswith(f".{ending}"):
            return plain.removesuffix(f".{ending}").removeprefix("base_model.model."), half
    raise DamagedFile(f"{key} is not a part of a LoRA; the file holds something else.")


def kohya(adapter: LoraAdapter, base: BaseModel) -> dict[str, Tensor]:
    """Tensors by kohya's keys; alpha is always said, and rank stabilisation is folded into it."""
    tensors = {}
    for place, (down, up) in adapter.matrices().items():
        name, shape = base.family.lora.kohya_name(place), adapter.shapes[place]
        tensors[f"{name}.lora_down.weight"] = down
        tensors[f"{name}.lora_up.weight"] = up
        tensors[f"{name}.alpha"] = torch.tensor(shape.scale * shape.rank)
    return tensors


def diffusers(adapter: LoraAdapter, base: BaseModel) -> dict[str, Tensor]:
    """Tensors by diffusers' keys with peft's letters."""
    names = {place: base.family.lora.diffusers_name(place) for place in adapter.layers}
    return lettered(adapter, names)


def peft(adapter: LoraAdapter, part: str) -> dict[str, Tensor]:
    """Tensors of one part of the model by peft's keys."""
    names = {
        place: f"base_model.model.{place.partition('.')[2]}"
        for place in adapter.layers
        if place.startswith(f"{part}.")
    }
    return lettered(adapter, names)


def lettered(adapter: LoraAdapter, names: Mapping[str, str]) -> dict[str, Tensor]:
    """`<name>.lora_A.weight` and `<name>.lora_B.weight` of these places."""
    matrices = adapter.matrices()
    return {
        f"{name}.lora_{letter}.weight": half
        for place, name in names.items()
        for letter, half in zip("AB", matrices[place], strict=True)
    }


def known_names(base: BaseModel) -> dict[str, str]:
    """Every name that a file may give to a layer of this base -> its place."""
    names, table = base.family.lora, {}
    with bare(base):
        places = [
            f"{part}.{path}"
            for part, root in ((DENOISER, base.denoiser), (TEXT, base.text_encoder))
            for path, module in root.named_modules()
            if isinstance(module, nn.Linear | nn.Conv2d)
        ]
    for place in places:
        part, _, path = place.partition(".")
        table[names.diffusers_name(place)] = place
        table[f"{TEXT}.{path}" if part == TEXT else path] = place  # peft: no prefix, no wrapper
        if names.kohya:
            table[names.kohya_name(place)] = place
            if part == TEXT:  # what diffusers' own converter writes for SD 1.x
                table[f"lora_te1_{spelled(part, path).replace('.', '_')}"] = place
    return table


def shape_of(matrices: Matrices, alpha: float | None, stabilised: bool = False) -> Shape:
    """Rank and alpha of a place: the file's own alpha first, then its config's, then the rank."""
    own = matrices.alpha if matrices.alpha is not None else alpha
    return Shape(matrices.rank, own if own else float(matrices.rank), stabilised)
