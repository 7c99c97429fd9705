"""Where a family takes a LoRA, and what those places are called in files.

A place is named by the part of the BaseModel and the module's path in it, for example
`denoiser.mid_block.attentions.0.proj_in` or `text_encoder.encoder.layers.0.mlp.fc1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from pipelines.models.base import BaseModel

DENOISER, TEXT = "denoiser", "text_encoder"
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
FEED_FORWARD = ("ff.net.0.proj", "ff.net.2")
# CLIP, then BERT, then T5: a name that one encoder lacks matches nothing in it
TEXT_ATTENTION = (
    *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"),
    *("self.query", "self.key", "self.value", "attention.output.dense"),
    *("SelfAttention.q", "SelfAttention.k", "SelfAttention.v", "SelfAttention.o"),
)


@dataclass(frozen=True)
class LoraNames:
    """One family's answers.

    groups: endings of the module paths that each group of targets stands for.
    diffusers: the denoiser's prefix in diffusers' files.
    kohya: the denoiser's and the text encoder's prefix in kohya's files; None where the family has
        no kohya grammar.
    version, architecture: `ss_base_model_version` and `modelspec.architecture` of the family's
        public base model, whose cross-attention is `width` wide.
    """

    groups: Mapping[str, tuple[str, ...]]
    diffusers: str
    kohya: tuple[str, str] | None = None
    version: str = ""
    architecture: str = ""
    width: int = 0
    text: tuple[str, ...] = field(default=TEXT_ATTENTION)

    def places(self, base: "BaseModel", targets: tuple[str, ...]) -> dict[str, nn.Module]:
        """Modules that these groups of targets stand for, by place; "text" is the text encoder."""
        endings = tuple(e for target in targets if target != "text" for e in self.groups[target])
        found = {
            f"{DENOISER}.{path}": module
            for path, module in base.denoiser.named_modules()
            if matches(path, endings)
        }
        if "text" in targets:
            found |= {
                f"{TEXT}.{path}": module
                for path, module in base.text_encoder.named_modules()
                if matches(path, self.text)
            }
        return found

    def kohya_name(self, place: str) -> str:
        """`<prefix>_<path with . as _>`, as kohya's networks/lora.py writes it."""
        assert self.kohya is not None, "this family has no kohya grammar"
        part, _, path = place.partition(".")
        prefix = self.kohya[part == TEXT]
        return f"{prefix}_{spelled(part, path).replace('.', '_')}"

    def diffusers_name(self, place: str) -> str:
        """The place as diffusers spells it: `unet.mid_block…`, `text_encoder.text_model…`."""
        part, _, path = place.partition(".")
        return f"{TEXT if part == TEXT else self.diffusers}.{spelled(part, path)}"


def spelled(part: str, path: str) -> str:
    """A module path as files spell it. Transformers 5 dropped the `text_model` wrapper of CLIP's
    text encoder; files of every age have it."""
    wrapped = part == TEXT and path.startswith("encoder.layers.")
    return f"text_model.{path}" if wrapped else path


def matches(path: str, endings: tuple[str, ...]) -> bool:
    """Whether a module path ends in one of these, whole names only."""
    return any(path == ending or path.endswith(f".{ending}") for ending in endings)


STABLE_DIFFUSION_1 = LoraNames(
    groups={
        "attention": ATTENTION,
        # with these two groups: kohya's default set, every linear layer of a Transformer2DModel
        "feed-forward": (*FEED_FORWARD, "proj_in", "proj_out"),
        "convolution": (
            *("conv1", "conv2", "time_emb_proj", "conv_shortcut"),
            *("downsamplers.0.conv", "upsamplers.0.conv"),
        ),
    },
    diffusers="unet",
    kohya=("lora_unet", "lora_te"),
    version="sd_v1",
    architecture="stable-diffusion-v1/lora",
    width=768,
)

PIXART = LoraNames(
    groups={"attention": ATTENTION, "feed-forward": FEED_FORWARD, "convolution": ()},
    diffusers="transformer",
)
