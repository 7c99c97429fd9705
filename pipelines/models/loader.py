"""A model card -> a BaseModel. The only file that names diffusers' and transformers' classes.

Only safetensors are opened, and nothing is fetched: a folder that is incomplete is an error here,
never a download.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.pixart_transformer_2d import PixArtTransformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.utils import logging as transformers_logging

from pipelines.errors import DamagedFile, WrongFamily
from pipelines.models.base import BaseModel
from pipelines.models.cards import ModelCard
from pipelines.models.families import FAMILIES
from pipelines.models.folders import layout_of, read_index

DENOISERS = {"sd1": UNet2DConditionModel, "pixart": PixArtTransformer2DModel}
TEXT_ENCODERS = ("BertModel", "CLIPTextModel", "T5EncoderModel")


def load(card: ModelCard, device: torch.device, dtype: torch.dtype) -> BaseModel:
    """Load the model of a card.

    Raises:
        ModelNotFound: the folder or a part of it is missing.
        UnsafeFile: the weights are there as pickles only.
        WrongFamily: the folder holds another family than the card says.
        DamagedFile: a weight file cannot be read.
    """
    folder = card.folder
    index = read_index(card)
    denoiser = folder / layout_of(card).denoiser
    try:
        return BaseModel(
            card=card,
            family=FAMILIES[card.family],
            denoiser=load_part(DENOISERS[card.family], denoiser, device, dtype),
            autoencoder=load_part(AutoencoderKL, folder / "vae", device, dtype),
            text_encoder=load_text_encoder(index, folder / "text_encoder", device),
            tokenizer=transformers.AutoTokenizer.from_pretrained(
                folder / "tokenizer", local_files_only=True
            ),
            scheduler_config=json.loads((folder / "scheduler/scheduler_config.json").read_text()),
            device=device,
            dtype=dtype,
        )
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise DamagedFile(f"{card.name} in {folder} cannot be read: {error}") from error


def load_part(kind: Any, folder: Path, device: torch.device, dtype: torch.dtype) -> Any:
    """One diffusers module, frozen, in evaluation mode."""
    with quiet():
        module = kind.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, local_files_only=True
        )
    return module.to(device).requires_grad_(False).eval()


def load_text_encoder(index: dict[str, Any], folder: Path, device: torch.device) -> Any:
    """The text encoder in float32, as `BaseModel` explains."""
    name = index["text_encoder"][1]
    if name not in TEXT_ENCODERS:
        raise WrongFamily(f"The text encoder {name} is not one of {', '.join(TEXT_ENCODERS)}.")
    with quiet():
        module = getattr(transformers, name).from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
    return module.to(device).requires_grad_(False).eval()


@contextmanager
def quiet() -> Iterator[None]:
    """Loading without progress bars and without reports on weights that a part leaves out."""
    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        transformers_logging.enable_progress_bar()
