import json
import shutil
import tomllib
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from pipelines.conditioning.prompt import Fragment
from pipelines.errors import TrainingError
from pipelines.models.cards import minilm_dir
from pipelines.recipes.base_model import denoiser_figures
from pipelines.recipes.base_model.bank import Bank
from pipelines.recipes.base_model.denoiser import (
    CONFIG,
    DenoiserConfig,
    Schedule,
    StickerDenoiser,
    step_density,
)
from pipelines.recipes.base_model.icons import ROWS, load_icons
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.texts import token_states
from pipelines.recipes.checkpoint import averaged_weights
from pipelines.recipes.loop import LoopConfig, run

EMBEDDED = minilm_dir()
CONFIGS = CONFIG.parent


def tiny(icons_folder, **changes) -> DenoiserConfig:
    given = {
        "data": icons_folder, "autoencoder": EMBEDDED / "vae", "side": 64, "channels": (32, 32),
        "attention": (False, True), "batch": 8,
        "loop": LoopConfig(steps=24, lr=4e-3, average=0.8, checkpoint_minutes=60),
    }  # fmt: skip
    return DenoiserConfig(**(given | changes))


@pytest.fixture(scope="module")
def recipe(icons_folder) -> StickerDenoiser:
    recipe = StickerDenoiser(tiny(icons_folder))
    recipe.setup()
    return recipe


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("denoiser*.toml")), ids=lambda f: f.stem)
def test_committed_configs_are_valid(file, icons_folder):
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    config = DenoiserConfig.parse({"data": icons_folder, **values})
    assert len(config.channels) == len(config.attention)


def test_training_never_sees_what_is_held_out(recipe, icons_folder):
    parts = split(load_icons(icons_folder).rows)
    assert {parts[i] for i in recipe.keep} == {Split.TRAIN}
    assert not any("shark" in caption for caption in recipe.caption)


def test_latents_are_those_of_the_captioned_picture(recipe):
    for name, level in {"white": 1.0, "black": -0.85}.items():
        row, number = next(
            (row, number)
            for row, own in enumerate(recipe.variants)
            for number, one in enumerate(own)
            if one.background == name and f"{name} background" in one.caption
        )
        latents = recipe.latents.take(np.array([row * recipe.config.variants + number]))
        drawn = recipe.autoencoder.decode(latents, return_dict=False)[0]
        assert drawn[..., :4, :4].mean() == pytest.approx(level, abs=0.2)


def test_states_are_those_that_the_studio_gives_the_denoiser(sticker):
    text = "red circle, flat vector emoji"
    ours = token_states([text])
    assert torch.allclose(ours, sticker.encode([(Fragment(text),)]).states, atol=1e-5)


def test_some_captions_are_left_out(icons_folder):
    told = StickerDenoiser(tiny(icons_folder, empty=1.0))
    told.setup()
    batch = told.batch(np.random.default_rng(0))
    assert torch.allclose(batch.states, token_states([""]).half().float().expand(8, -1, -1))


def test_a_bank_makes_each_row_once_and_keeps_it(tmp_path):
    asked = []

    def make(indices):
        asked.extend(indices.tolist())
        return torch.from_numpy(indices).float()[:, None].expand(-1, 3)

    first = Bank(tmp_path / "rows", 10, (3,), make)
    assert first.take(np.array([4, 2, 4]))[:, 0].tolist() == [4, 2, 4]
    assert sorted(asked) == [2, 4]
    again = Bank(tmp_path / "rows", 10, (3,), make)
    assert again.take(np.array([2, 5]))[:, 0].tolist() == [2, 5]
    assert sorted(asked) == [2, 4, 5]


def test_a_model_that_knows_the_velocity_has_no_loss(icons_folder, recipe):
    """v = sqrt(a) e - sqrt(1 - a) x_0, of which the model is told x_t = sqrt(a) x_0 + sqrt(1 - a) e
    and the time step; here it is told x_0 as well."""
    batch = recipe.batch(np.random.default_rng(0))
    alphas: Any = DDIMScheduler.from_pretrained(EMBEDDED / "scheduler").alphas_cumprod  # type: ignore

    def knows(x_t, steps, **_):
        a = alphas[steps][:, None, None, None]
        noise = (x_t - a.sqrt() * batch.latents) / (1 - a).sqrt()
        return (a.sqrt() * noise - (1 - a).sqrt() * batch.latents,)

    model, recipe.model = recipe.model, knows
    try:
        assert recipe.loss(batch)[0] < 1e-8
    finally:
        recipe.model = model


@pytest.mark.parametrize("what", ["rows", "variants", "autoencoder"])
def test_latents_of_other_pictures_lie_in_another_bank(icons_folder, tmp_path, what):
    """One data folder, whose cache stays while what it depends on changes."""
    folder = shutil.copytree(icons_folder, tmp_path / "icons", ignore=lambda *_: {"cache"})
    changes = {}
    first = banked(tiny(folder))
    if what == "rows":
        rows = (folder / ROWS).read_text()
        (folder / ROWS).write_text(rows.replace('"bbox": [', '"bbox": [1, ', 1))
        assert (folder / ROWS).read_text() != rows
    elif what == "variants":
        changes = {"variants": 5}
    else:
        other = shutil.copytree(EMBEDDED / "vae", tmp_path / "vae")
        config = json.loads((other / "config.json").read_text())
        (other / "config.json").write_text(json.dumps(config | {"shift_factor": 0.5}))
        changes = {"autoencoder": other}
    assert banked(tiny(folder, **changes)) > first


def banked(config: DenoiserConfig) -> set[str]:
    """The banks of latents after a setup."""
    StickerDenoiser(config).setup()
    return {file.name for file in (config.data / "cache").glob("latents-*")}


def test_a_bank_of_another_shape_is_refused(tmp_path):
    Bank(tmp_path / "rows", 10, (3,), torch.zeros)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=r"shape \(10, 3\).*\(10, 4\).*Delete it"):
        Bank(tmp_path / "rows", 10, (4,), torch.zeros)  # type: ignore[arg-type]


def test_time_steps_are_rarer_where_little_noise_is_left_and_reach_the_last():
    scheduler: Any = DDIMScheduler.from_pretrained(EMBEDDED / "scheduler")
    alphas = scheduler.alphas_cumprod
    density = step_density(alphas, 5)
    assert density.sum() == pytest.approx(1, abs=1e-4)
    assert density[-1] == density.max()  # no signal at all, and yet it has to be learnt
    snr = alphas / (1 - alphas)
    assert torch.allclose(density[snr < 5], density.max(), rtol=1e-3)
    assert density[0] < 0.1 * density.max()
    drawn = Schedule.of(EMBEDDED, 5).draw(5000)
    assert drawn.min() >= 0
    assert drawn.max() == 999
    assert (drawn < 100).float().mean() == pytest.approx(density[:100].sum().item(), abs=0.01)


def test_training_lowers_the_loss_and_stock_diffusers_draws_with_it(
    icons_folder, tmp_path, monkeypatch
):
    recipe = StickerDenoiser(tiny(icons_folder))
    losses = [report.loss for report in run(recipe, tmp_path / "run")]
    assert np.mean(losses[-6:]) < 0.85 * np.mean(losses[:4])
    denoiser_figures.export(recipe, averaged_weights(tmp_path / "run"), tmp_path / "model")
    pipeline = StableDiffusionPipeline.from_pretrained(
        tmp_path / "model", dtype=torch.float32, local_files_only=True
    )
    pipeline.set_progress_bar_config(disable=True)
    drawn: Any = pipeline(
        "red circle", num_inference_steps=2, height=64, width=64, output_type="np"
    )
    assert drawn.images.shape == (1, 64, 64, 3)
    stored = AutoencoderKL.from_pretrained(tmp_path / "model" / "vae")
    assert stored.config["latent_channels"] == 8
    for part in ("unet", "vae"):  # no path of this computer goes along
        assert '_name_or_path": "/' not in (tmp_path / "model" / part / "config.json").read_text()
    denoiser_figures.sheet(tmp_path / "model", tmp_path / "sheet.png", side=64, subjects=["shark"])
    assert (tmp_path / "sheet.png").is_file()
    monkeypatch.setattr(denoiser_figures, "SHOWN", 4)
    errors = denoiser_figures.error(tmp_path / "model", icons_folder, 64)
    assert set(errors) == {Split.TRAIN.value, Split.CONCEPT.value}  # too few styles to combine
