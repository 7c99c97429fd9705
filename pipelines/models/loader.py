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

from pipelines.errors import DamagedFile, ModelNotFound, UnsafeFile, WrongFamily
from pipelines.models.base import BaseModel
from pipelines.models.cards import ModelCard
from pipelines.models.families import FAMILIES

DENOISERS = {"sd1": UNet2DConditionModel, "pixart": PixArtTransformer2DModel}
TEXT_ENCODERS = ("BertModel", "CLIPTextModel", "T5EncoderModel")
PICKLES = (".ckpt", ".pt", ".pth", ".bin")


def load(card: ModelCard, device: torch.device, dtype: torch.dtype) -> BaseModel:
    """Load the model of a card.

    Raises:
        ModelNotFound: the folder or a part of it is missing.
        UnsafeFile: the weights are there as pickles only.
        WrongFamily: the folder holds another family than the card says.
        DamagedFile: a weight file cannot be read.
    """
    folder = card.folder
    index = read_index(card, folder)
    family, denoiser = FAMILIES[card.family], DENOISERS[card.family]
    refuse_pickles(folder / family.denoiser_folder, card)
    try:
        return BaseModel(
            card=card,
            family=family,
            denoiser=load_part(denoiser, folder / family.denoiser_folder, device, dtype),
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


def read_index(card: ModelCard, folder: Path) -> dict[str, Any]:
    """The folder's model_index.json, checked against the card."""
    path = folder / "model_index.json"
    if not path.is_file():
        raise ModelNotFound(
            f"{card.name}: {folder} holds no model_index.json. "
            "Point the card at a diffusers folder."
        )
    if card.family not in FAMILIES:
        raise WrongFamily(
            f"{card.name} is of family {card.family!r}; supported are {', '.join(FAMILIES)}."
        )
    index = json.loads(path.read_text(encoding="utf-8"))
    found = index.get(FAMILIES[card.family].denoiser_folder, [None, None])[1]
    expected = DENOISERS[card.family].__name__
    if found != expected:
        raise WrongFamily(
            f"{card.name} is called {card.family!r} and needs a {expected}, but {folder} holds "
            f"{found or 'none'}. Correct the card's family."
        )
    return index


def refuse_pickles(folder: Path, card: ModelCard) -> None:
    """Weights that can run code when opened are never opened."""
    files = list(folder.iterdir()) if folder.is_dir() else []
    pickles = [file.name for file in files if file.suffix in PICKLES]
    if pickles and not any(file.suffix == ".safetensors" for file in files):
        raise UnsafeFile(
            f"{card.name}: {pickles[0]} can run code when opened, so it is refused. "
            "Use a .safetensors copy."
        )


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
