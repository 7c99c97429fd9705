"""For which base model was this LoRA made? Asked before it is put anywhere."""

import re
from collections.abc import Mapping

from pipelines.adapters.keys import Matrices, known_names
from pipelines.errors import WrongFamily
from pipelines.models.base import BaseModel

# Width of the text states that cross-attention reads: what InvokeAI tells bases apart by.
WIDTHS = {384: "the embedded sticker model", 768: "SD 1.x", 1024: "SD 2.x", 2048: "SDXL"}
VERSIONS = {"sd_v1": "SD 1.x", "sd_v2": "SD 2.x", "sdxl": "SDXL", "flux": "FLUX", "sd3": "SD 3"}
MARKS = {
    "lora_te2": "SDXL",
    "text_encoder_2": "SDXL",
    "double_blocks": "FLUX",
    "single_transformer_blocks": "FLUX",
    "joint_blocks": "SD 3",
}
CROSS = re.compile(r"attn2[._]to_[kv]$")


def made_for(found: Mapping[str, Matrices], metadata: Mapping[str, str]) -> str:
    """The base that a LoRA seems to be for, "" where nothing tells. What the matrices say counts
    more than what the metadata say: that can be edited or missing."""
    for mark, base in MARKS.items():
        if any(mark in name for name in found):
            return base
    width = cross_width_of(found)
    if width in WIDTHS:
        return WIDTHS[width]
    version = metadata.get("ss_base_model_version") or metadata.get("modelspec.architecture", "")
    return next((base for start, base in VERSIONS.items() if version.startswith(start)), version)


def cross_width_of(found: Mapping[str, Matrices]) -> int:
    """Width of the text states of a LoRA on cross-attention, 0 where it has none."""
    return next((m.down.shape[1] for name, m in found.items() if CROSS.search(name)), 0)


def refuse_other_bases(
    found: Mapping[str, Matrices], metadata: Mapping[str, str], base: BaseModel, file: str
) -> None:
    """Every matrix has its place in this base, or the file is refused as a whole.

    Raises:
        WrongFamily: saying what the file seems to be for.
    """
    table, card = known_names(base), base.card
    strange = [name for name in found if name not in table]
    misfits = [] if strange else [n for n, m in found.items() if not sits(base, table[n], m)]
    wrong = strange or misfits
    if not wrong:
        return
    other = made_for(found, metadata)
    reason = "no such layer" if strange else "another size"
    raise WrongFamily(
        f"{file} does not fit {card.name}: {len(wrong)} of its {len(found)} layers have {reason} "
        f"there, first {wrong[0]}."
        + (f" It seems to be made for {other}." if other else "")
        + " Choose the base model that it was trained on."
    )


def sits(base: BaseModel, place: str, matrices: Matrices) -> bool:
    """Whether A and B have the sizes of the layer at a place."""
    part, _, path = place.partition(".")
    weight = getattr(base, part).get_submodule(path).weight
    outside, inside = weight.shape[0], weight[0].numel()
    r = matrices.rank
    return matrices.down.numel() == r * inside and matrices.up.numel() == r * outside
