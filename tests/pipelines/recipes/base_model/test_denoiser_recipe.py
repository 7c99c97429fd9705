import tomllib
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from pipelines.conditioning.prompt import Fragment
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
from pipelines.recipes.base_model.icons import load_icons
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


def test_velocity_and_noised_latents_give_both_parts_back():
    schedule = Schedule.of(EMBEDDED, gamma=5)
    torch.manual_seed(0)
    x_0, noise, steps = (
        torch.randn(4, 8, 2, 2),
        torch.randn(4, 8, 2, 2),
        torch.tensor([0, 9, 500, 999]),
    )
    x_t, v = schedule.noised(x_0, noise, steps), schedule.velocity(x_0, noise, steps)
    signal, spread = (p[steps][:, None, None, None] for p in (schedule.signal, schedule.noise))
    assert torch.allclose(signal * x_t - spread * v, x_0, atol=1e-5)
    assert torch.allclose(spread * x_t + signal * v, noise, atol=1e-5)


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
    denoiser_figures.sheet(tmp_path / "model", tmp_path / "sheet.png", side=64, subjects=["shark"])
    assert (tmp_path / "sheet.png").is_file()
    monkeypatch.setattr(denoiser_figures, "SHOWN", 4)
    errors = denoiser_figures.error(tmp_path / "model", icons_folder, 64)
    assert set(errors) == {Split.TRAIN.value, Split.CONCEPT.value}  # too few styles to combine
