"""What a LoRA file says of itself: kohya's `ss_*`, ModelSpec's `modelspec.*`, two hashes.

A1111 reads the base model's version, the alias and the hash; Forge `modelspec.architecture`;
InvokeAI and people the trigger phrase. All values are strings. Paths, captions and names of photos
are not among them: nobody shares a file to tell the world where it lay.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from safetensors.torch import save as serialise
from torch import Tensor

from pipelines.adapters.lora import LoraAdapter
from pipelines.models.base import BaseModel
from pipelines.spec import Frozen

LEGACY_AT, LEGACY_SIZE = 0x100000, 0x10000  # the 64 KiB that A1111's first hash looked at


class Label(Frozen):
    """What the person says of the file. `trigger` is what a prompt has to hold."""

    title: str = "subject"
    trigger: str = ""
    description: str = ""
    author: str = ""
    licence: str = ""


def describe(
    adapter: LoraAdapter, base: BaseModel, label: Label, training: Mapping[str, object]
) -> dict[str, str]:
    """Everything but the hashes. `training` holds more `ss_*` values, for example `ss_steps`."""
    names, card = base.family.lora, base.card
    public = cross_width(base) == names.width
    shapes = list(adapter.shapes.values())
    largest = max(shapes, key=lambda shape: shape.rank)
    kohya = {
        # kohya's minimum set; an embedded model is not SD 1.x, whatever its family
        "ss_v2": False,
        "ss_base_model_version": names.version if public else card.id,
        "ss_network_module": "networks.lora",
        "ss_network_dim": largest.rank,
        "ss_network_alpha": largest.scale * largest.rank,
        "ss_network_args": json.dumps({}),
        "ss_output_name": label.title,
        "ss_sd_model_name": card.id,
        "ss_sd_model_hash": card.short_hash or None,
        "ss_resolution": f"({card.width}, {card.height})",
        **training,
    }
    spec = {
        "sai_model_spec": "1.0.1",
        "architecture": names.architecture if public else f"{card.id}/lora",
        "implementation": "diffusers",
        "title": label.title,
        "resolution": f"{card.width}x{card.height}",
        "description": label.description,
        "author": label.author,
        "license": label.licence,
        "date": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "trigger_phrase": label.trigger,
        "usage_hint": label.trigger and f"Write “{label.trigger}” in the prompt.",
        "prediction_type": {"v_prediction": "v"}.get(base.prediction, base.prediction),
    }
    said = {f"modelspec.{name}": value for name, value in spec.items() if value}
    return {name: str(value) for name, value in (kohya | said).items()}


def cross_width(base: BaseModel) -> int:
    """Width of the text states that the denoiser attends to."""
    config = base.denoiser.config
    return config.get("cross_attention_dim") or 0  # type: ignore[union-attr, operator]


def hashes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> dict[str, str]:
    """`sshs_*` of sd-scripts and ModelSpec's hash: of the bytes of the tensors, so that they stay
    when a title is changed."""
    kept = {name: value for name, value in metadata.items() if name.startswith("ss_")}
    data = serialise(dict(tensors), kept)
    digest = hashlib.sha256(data[8 + int.from_bytes(data[:8], "little") :]).hexdigest()
    old = hashlib.sha256(data[LEGACY_AT : LEGACY_AT + LEGACY_SIZE]).hexdigest()
    return {
        "sshs_model_hash": digest,
        "sshs_legacy_hash": old[:8],
        "modelspec.hash_sha256": f"0x{digest}",
    }
