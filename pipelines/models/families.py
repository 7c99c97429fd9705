"""What differs between model families: text encoding and the denoiser's call.

A family is an object that answers questions; nothing outside `pipelines/models/` asks which one it
is. To add one: an object in `FAMILIES`, a line in `folders.LAYOUTS`, a class in the loader, a tiny
model in the tests' conftest; the checklist is in pipelines/README.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from pipelines.conditioning.prompt import Fragment
from pipelines.conditioning.states import TextStates, joined
from pipelines.models.lora_names import PIXART, STABLE_DIFFUSION_1, LoraNames

if TYPE_CHECKING:
    from pipelines.models.base import BaseModel

MAX_WINDOW = 512  # tokenizers without a limit report 10**30


class Family(Protocol):
    """The questions that a family answers."""

    @property
    def id(self) -> str:
        """The name in model cards."""
        ...

    @property
    def lora(self) -> LoraNames:
        """Which layers take a LoRA, and their names in files."""
        ...

    def encode(self, base: "BaseModel", texts: Sequence[Sequence[Fragment]]) -> TextStates:
        """Weighted texts to states (B, L, D)."""
        ...

    def predict(self, base: "BaseModel", x_t: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """The denoiser's prediction with the shape of x_t (B, C, h, w)."""
        ...


def window_size(tokenizer) -> int:
    """Tokens that the text encoder reads at a time, special ones included."""
    return min(tokenizer.model_max_length, MAX_WINDOW)


def specials(tokenizer) -> tuple[list[int], list[int]]:
    """Ids before and after a text: [CLS] … [SEP], <s> … </s>, or nothing … </s>."""
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.cls_token_id
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    return [i for i in [start] if i is not None], [i for i in [end] if i is not None]


def token_count(tokenizer, text: str) -> int:
    """Tokens of a text, special ones left out."""
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])


def room(tokenizer) -> int:
    """Tokens of text that one window holds."""
    start, end = specials(tokenizer)
    return window_size(tokenizer) - len(start) - len(end)


def windows(tokenizer, text: Sequence[Fragment]) -> tuple[Tensor, Tensor, Tensor]:
    """Cut a weighted text into windows.

    Returns:
        ids (N, W) int64, mask (N, W) bool, weights (N, W) float32.
    """
    ids: list[int] = []
    weights: list[float] = []
    for fragment in text:
        own = tokenizer(fragment.text, add_special_tokens=False, verbose=False)["input_ids"]
        ids += own
        weights += [fragment.weight] * len(own)
    start, end = specials(tokenizer)
    size, content = window_size(tokenizer), room(tokenizer)
    rows = []
    for at in range(0, max(len(ids), 1), content):
        body = ids[at : at + content]
        row = [*start, *body, *end]
        pad = size - len(row)
        scale = [1.0] * len(start) + weights[at : at + content] + [1.0] * (len(end) + pad)
        mask = [True] * len(row) + [False] * pad
        rows.append((row + [tokenizer.pad_token_id or 0] * pad, mask, scale))
    ids_, masks, scales = zip(*rows, strict=True)
    return torch.tensor(ids_), torch.tensor(masks), torch.tensor(scales)


def encode_windows(
    base: "BaseModel", text: Sequence[Fragment], *, attend_padding: bool
) -> tuple[Tensor, Tensor]:
    """States (1, N·W, D) and mask (1, N·W) of one weighted text."""
    ids, mask, weights = windows(base.tokenizer, text)
    states = run_encoder(base, ids, None if attend_padding else mask)
    if bool((weights != 1.0).any()):
        empty_ids, empty_mask, _ = windows(base.tokenizer, (Fragment(""),))
        empty = run_encoder(base, empty_ids, None if attend_padding else empty_mask)
        states = empty + weights[..., None].to(states) * (states - empty)
    return states.reshape(1, -1, states.shape[-1]), mask.reshape(1, -1).to(states.device)


def run_encoder(base: "BaseModel", ids: Tensor, mask: Tensor | None) -> Tensor:
    """Last hidden states (N, W, D), float32."""
    device = base.device
    attention = None if mask is None else mask.long().to(device)
    output = base.text_encoder(ids.to(device), attention_mask=attention)
    return output.last_hidden_state.float()


@dataclass(frozen=True)
class StableDiffusion1:
    """SD 1.x and the embedded sticker model: a U-Net that attends to every text position."""

    id: str = "sd1"
    lora: LoraNames = STABLE_DIFFUSION_1

    def encode(self, base: "BaseModel", texts: Sequence[Sequence[Fragment]]) -> TextStates:
        # diffusers' rule: only encoders whose config says so (BERT) are given the mask
        attend = not getattr(base.text_encoder.config, "use_attention_mask", False)
        rows = [TextStates(encode_windows(base, text, attend_padding=attend)[0]) for text in texts]
        return same_length(rows, base, attend)

    def predict(self, base: "BaseModel", x_t: Tensor, t: Tensor, text: TextStates) -> Tensor:
        states = text.states.to(base.device, base.dtype)
        return base.denoiser(
            x_t.to(base.dtype), t, encoder_hidden_states=states, return_dict=False
        )[0]


@dataclass(frozen=True)
class PixArt:
    """PixArt-alpha and Sigma: a DiT that masks T5's padding in its cross-attention."""

    id: str = "pixart"
    lora: LoraNames = PIXART

    def encode(self, base: "BaseModel", texts: Sequence[Sequence[Fragment]]) -> TextStates:
        rows = [TextStates(*encode_windows(base, text, attend_padding=False)) for text in texts]
        return same_length(rows, base, False)

    def predict(self, base: "BaseModel", x_t: Tensor, t: Tensor, text: TextStates) -> Tensor:
        assert text.mask is not None, "PixArt masks padding"
        output = base.denoiser(
            x_t.to(base.dtype),
            encoder_hidden_states=text.states.to(base.device, base.dtype),
            encoder_attention_mask=text.mask.to(base.device, base.dtype),
            timestep=t.expand(len(x_t)).to(base.device),
            added_cond_kwargs=self.size_conditions(base, x_t),
            return_dict=False,
        )[0]
        # learned variance doubles the channels; sampling here uses the mean only
        return output[:, : x_t.shape[1]]

    def size_conditions(self, base: "BaseModel", x_t: Tensor) -> dict[str, Tensor | None]:
        """Resolution and aspect ratio (B, 2) and (B, 1), where the model was trained with them."""
        if not getattr(base.denoiser, "use_additional_conditions", False):
            return {"resolution": None, "aspect_ratio": None}
        height, width = (side * base.latent_scale for side in x_t.shape[-2:])
        like = {"device": base.device, "dtype": base.dtype}
        return {
            "resolution": torch.tensor([[height, width]], **like).repeat(len(x_t), 1),
            "aspect_ratio": torch.tensor([[height / width]], **like).repeat(len(x_t), 1),
        }


def same_length(rows: list[TextStates], base: "BaseModel", attend_padding: bool) -> TextStates:
    """Stack texts of different window counts: the shorter go on with empty windows."""
    longest = max(row.length for row in rows)
    if any(row.length < longest for row in rows):
        states, mask = encode_windows(base, (Fragment(""),), attend_padding=attend_padding)
        filler = TextStates(states, mask)
        rows = [row.padded(longest, filler) for row in rows]
    return joined(rows)


FAMILIES: dict[str, Family] = {family.id: family for family in (StableDiffusion1(), PixArt())}
