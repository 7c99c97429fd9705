"""Diffusers folders, read without torch: which family they hold, and whether they may be opened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ModelNotFound, UnsafeFile, WrongFamily
from pipelines.models.cards import ModelCard

PICKLES = (".ckpt", ".pt", ".pth", ".bin")


@dataclass(frozen=True)
class Layout:
    """Where a family's folder keeps its denoiser, of which class, and who else wrote it."""

    denoiser: str
    denoiser_class: str
    pipelines: tuple[str, ...]


LAYOUTS: Mapping[str, Layout] = {
    "sd1": Layout("unet", "UNet2DConditionModel", ("StableDiffusionPipeline",)),
    "pixart": Layout(
        "transformer", "PixArtTransformer2DModel", ("PixArtAlphaPipeline", "PixArtSigmaPipeline")
    ),
}


def layout_of(card: ModelCard) -> Layout:
    """The layout of a card's family.

    Raises:
        WrongFamily: it is none of ours.
    """
    if card.family not in LAYOUTS:
        raise WrongFamily(
            f"{card.name} is of family {card.family!r}; supported are {', '.join(LAYOUTS)}."
        )
    return LAYOUTS[card.family]


def read_index(card: ModelCard) -> dict[str, Any]:
    """The model_index.json of a card's folder, checked against the card.

    Raises:
        ModelNotFound: there is none.
        WrongFamily: it holds another family than the card says.
        UnsafeFile: the denoiser is there as a pickle only.
    """
    layout = layout_of(card)
    index = read_json(card.folder / "model_index.json")
    found = (index.get(layout.denoiser) or [None, None])[1]
    if found != layout.denoiser_class:
        raise WrongFamily(
            f"{card.name} is called {card.family!r} and needs a {layout.denoiser_class}, but "
            f"{card.folder} holds {found or 'none'}. Correct the card's family."
        )
    refuse_pickles(card.folder / layout.denoiser)
    return index


def refuse_pickles(folder: Path) -> None:
    """Weights that can run code when opened are never opened.

    Raises:
        UnsafeFile: there is nothing else in the folder.
    """
    files = list(folder.iterdir()) if folder.is_dir() else []
    pickles = [file.name for file in files if file.suffix in PICKLES]
    if pickles and not any(file.suffix == ".safetensors" for file in files):
        raise UnsafeFile(
            f"{pickles[0]} can run code when opened, so it is refused. Use a .safetensors copy."
        )


def describe(folder: Path) -> tuple[str, int]:
    """Family of a diffusers folder, and the side in pixels of the pictures it was trained on.

    Raises:
        ModelNotFound: it is no diffusers folder.
        WrongFamily: its family is none of ours.
    """
    found = str(read_json(folder / "model_index.json").get("_class_name", ""))
    family = next((name for name, layout in LAYOUTS.items() if found in layout.pipelines), None)
    if family is None:
        raise WrongFamily(
            f"{folder} holds a {found or 'model of unknown kind'}; supported are "
            f"{', '.join(name for layout in LAYOUTS.values() for name in layout.pipelines)}."
        )
    latent = read_json(folder / LAYOUTS[family].denoiser / "config.json").get("sample_size", 64)
    levels = len(read_json(folder / "vae" / "config.json").get("block_out_channels", [0] * 4))
    return family, int(latent) * 2 ** (levels - 1)


def read_json(file: Path) -> dict[str, Any]:
    """A JSON file of a model folder.

    Raises:
        ModelNotFound: it is missing or damaged.
    """
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelNotFound(
            f"{file.parent} holds no readable {file.name}. Point to a diffusers model folder."
        ) from error
    if not isinstance(values, dict):
        raise ModelNotFound(f"{file} holds no settings by name. Get the model again.")
    return values
