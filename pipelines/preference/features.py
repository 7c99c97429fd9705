"""What the personal scorer sees of a picture: the sticker CLIP's embedding and a few measures.

The constants are `assets/preference/prior.safetensors`, made by `python -m
pipelines.preference.prior`: features are centred and scaled by the pictures of the bundled deck.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.metrics import pixels
from pipelines.models.cards import assets_dir

if TYPE_CHECKING:
    from pipelines.metrics.clip import Clip

FEATURES_VERSION = "sticker-clip-256+pixels-8/1"  # raise it when equal pictures give other numbers
SIDE = 128  # pixels; measures of edges depend on the size
MEASURES = (
    "thick dark outlines", "shading", "fine detail", "saturated colours", "bright colours",
    "many colours", "a large figure", "a light background",
)  # fmt: skip
NOTHING = pixels.Measures(0, 0, 0, 0, 1, 0, 0)  # of an empty picture


class Constants(NamedTuple):
    """Features are (raw - centre) * scale, each (F,); `covariance` (F, F) is how far their weights
    differ between people (see `scorer`)."""

    centre: Tensor
    scale: Tensor
    covariance: Tensor


def picture_features(clip: "Clip", images: Sequence[Image.Image]) -> Tensor:
    """Features (N, F) of pictures, float32, centred, with variance about 1 on the deck."""
    constants = load_constants()
    return (raw_features(clip, images) - constants.centre) * constants.scale


@torch.inference_mode()
def raw_features(clip: "Clip", images: Sequence[Image.Image]) -> Tensor:
    """The embedding (N, D) of unit length, then the measures, as `MEASURES` names them."""
    if not images:
        return torch.zeros(0, clip.embed_texts(["picture"]).shape[1] + len(MEASURES))
    measured = torch.tensor([measure(image) for image in images])
    return torch.cat([clip.embed_images(images), measured], 1)


def measure(image: Image.Image) -> list[float]:
    """One number for each of `MEASURES`."""
    rgb = pixels.read_all([image], SIDE)[0]
    found = pixels.measure(rgb, pixels.figure(rgb)) or NOTHING
    ground = float(pixels.background(rgb) @ pixels.LUMA)
    return [*found.rounded().values(), ground]


@cache
def load_constants() -> Constants:
    """The committed constants, once a process.

    Raises:
        ModelNotFound, DamagedFile: they are not there, or are none.
    """
    file = assets_dir() / "preference" / "prior.safetensors"
    if not file.is_file():
        raise ModelNotFound(f"{file} is missing. Get it again.")
    try:
        return Constants(**load_file(file))
    except (SafetensorError, TypeError) as error:
        raise DamagedFile(f"{file} does not hold the scorer's constants. Get it again.") from error
