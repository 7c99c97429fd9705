"""Trained denoisers as diffusers loads them, their error on held-out icons, sheets to look at."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from pipelines import losses
from pipelines.generate import Picture, generate
from pipelines.models.cards import ModelCard
from pipelines.models.loader import load
from pipelines.recipes.base_model.augment import compose
from pipelines.recipes.base_model.captions import caption, pick_background
from pipelines.recipes.base_model.clip import ground
from pipelines.recipes.base_model.denoiser import (
    Schedule,
    StickerDenoiser,
    load_autoencoder,
    make_model,
)
from pipelines.recipes.base_model.icons import Icons, load_icons
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.texts import token_states
from pipelines.recipes.checkpoint import load_weights
from pipelines.spec import GenerationSpec

SEED = 1  # of the pictures and the noise of `error`
SHOWN, BATCH = 512, 64  # icons a split, at a time
SUBJECTS = (
    "red apple",
    "cat face",
    "rocket",
    "octopus",
    "house",
    "birthday cake",
    "guitar",
    "tree",
)
STYLES = (
    "fluent-emoji-3d", "twemoji", "noto", "openmoji", "fluent-emoji-high-contrast",
    "streamline-pixel", "streamline-freehand-color", "emojione-v1",
)  # fmt: skip


def export(recipe: StickerDenoiser, weights: Path, out: Path) -> None:
    """Write a whole model to `out`: the denoiser with these weights, fp16, the autoencoder whose
    latents it learnt, and text encoder and scheduler as they lie in `config.model`."""
    config = recipe.config
    autoencoder = load_autoencoder(config.autoencoder)
    model = make_model(config, autoencoder.config["latent_channels"])
    load_weights(model, weights)
    if out.resolve() != config.model.resolve():
        ignored = shutil.ignore_patterns("unet", "vae", "README.md", "*.png")
        shutil.copytree(config.model, out, ignore=ignored, dirs_exist_ok=True)
    autoencoder.register_to_config(_name_or_path=config.autoencoder.name)  # no path of a computer
    autoencoder.half().save_pretrained(out / "vae")
    model.half().save_pretrained(out / "unet")


def error(folder: Path, data: Path, side: int) -> dict[str, float]:
    """Mean squared error of v over evenly spread time steps, by split: icons it was trained on,
    combinations of concept and style it was not, concepts it was not. Figures compare only between
    denoisers of the same autoencoder and side."""
    model: Any = UNet2DConditionModel.from_pretrained(folder / "unet", dtype=torch.float32)
    autoencoder, icons = load_autoencoder(folder / "vae"), load_icons(data, side)
    schedule = Schedule.of(folder, gamma=float("inf"))
    parts = np.array(split(icons.rows))
    out = {}
    for part in Split:
        rng, generator = np.random.default_rng(SEED), torch.Generator().manual_seed(SEED)
        own = np.flatnonzero(parts == part)
        errors = []
        for picked in np.array_split(rng.permutation(own)[:SHOWN], -(-SHOWN // BATCH)):
            if len(picked):
                latents, states = encoded(icons, picked, autoencoder, rng)
                noise = torch.randn(latents.shape, generator=generator)
                errors.append(error_of(model.eval(), schedule, latents, noise, states))
        if errors:
            out[part.value] = float(np.mean(errors))
    return out


@torch.inference_mode()
def encoded(
    icons: Icons, picked: NDArray[np.integer], autoencoder: Any, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Latents of icons on backgrounds that fit, and states of their full captions."""
    rows = [icons.rows[i] for i in picked]
    names = [pick_background(row, rng) for row in rows]
    texts = [
        caption(row, style=load_styles()[row["set"]].phrase, colours=row["colors"], background=name)
        for row, name in zip(rows, names, strict=True)
    ]
    grounds = np.stack([ground(name, rng) for name in names])
    pixels = compose(icons.take(picked), grounds) * 2 - 1
    return autoencoder.encode(pixels, return_dict=False)[0].mean, token_states(texts)


@torch.inference_mode()
def error_of(
    model: UNet2DConditionModel, schedule: Schedule, latents: Tensor, noise: Tensor, states: Tensor
) -> float:
    """Mean squared error of v, the time steps spread evenly over the batch."""
    count = len(latents)
    steps = ((torch.arange(count) + 0.5) / count * len(schedule.alphas)).long()
    a = schedule.at(steps)
    noised = losses.noised(latents, noise, a)
    guess = model(noised, steps, encoder_hidden_states=states, return_dict=False)[0]
    return F.mse_loss(guess, losses.target(latents, noise, a, "v_prediction")).item()


def sheet(
    folder: Path, out: Path, *, side: int, subjects: Sequence[str] = SUBJECTS, seed: int = 1
) -> None:
    """A contact sheet: a row a subject, a column a style, the same seed everywhere."""
    card = ModelCard(
        id="sheet", name="sheet", family="sd1", source=str(folder.resolve()), width=side,
        height=side, guidance=4.0,
    )  # fmt: skip
    base = load(card, torch.device("cpu"), torch.float32)
    drawn = Image.new("RGB", (side * len(STYLES), side * len(subjects)), "white")
    for row, subject in enumerate(subjects):
        for column, style in enumerate(STYLES):
            spec = GenerationSpec(prompt=f"{subject}, {load_styles()[style].phrase}", seed=seed)
            for event in generate(base, spec):
                if isinstance(event, Picture):
                    drawn.paste(event.image, (side * column, side * row))
    out.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(out)
