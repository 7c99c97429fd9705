"""The denoiser: the U-Net that draws stickers from captions, in the frozen autoencoder's latents.

A stock `UNet2DConditionModel` for the stock `StableDiffusionPipeline`: v-prediction with zero
terminal SNR (Lin et al. 2024, arXiv 2305.08891), 32 MiniLM states without a padding mask. Its
levels are 16, 8 and 4 positions a side at full size. Most of the work is done at 8 by 8, a quarter
of the latents' positions, as in simple diffusion (Hoogeboom et al. 2023, arXiv 2301.11093): the
finest level is thin and has no attention.

What makes it learnable on two cores:
- every icon is shown in a few fixed ways, so latents and text states are computed once (bank.py);
- half-size pictures first (`side = 64`), four times as many a second, then full size;
- time steps are drawn where they teach something, evenly spread over each batch: with the density
  of the weight min(SNR, gamma) (Hang et al. 2023, arXiv 2303.09556), see `step_density`.
"""

import argparse
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from pydantic import Field
from torch import Tensor, nn

from pipelines import losses
from pipelines.data.cache import public
from pipelines.models.cards import assets_dir, file_digest, minilm_dir
from pipelines.recipes.base_model.augment import compose
from pipelines.recipes.base_model.bank import Bank, Indices
from pipelines.recipes.base_model.clip import ground
from pipelines.recipes.base_model.icons import ROWS, load_icons
from pipelines.recipes.base_model.sampling import balance
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.texts import TOKENS, WIDTH, token_states
from pipelines.recipes.base_model.variants import RECOLOURINGS, make_variants
from pipelines.recipes.loop import LoopConfig, run
from pipelines.spec import Frozen

CONFIG = Path(__file__).with_name("configs") / "denoiser-64.toml"
AUTOENCODER = assets_dir() / "models" / "sticker-autoencoder"
SCALE = 8  # pixels per latent position, along one side


class DenoiserConfig(Frozen):
    """What is trained on which pictures."""

    data: Path
    autoencoder: Path = AUTOENCODER  # the frozen one
    model: Path = minilm_dir()  # a whole model in diffusers' layout: its scheduler is used
    side: int = Field(default=128, multiple_of=SCALE)  # pixels; 64 and 128 have icons
    channels: tuple[int, ...] = (64, 192, 256)
    attention: tuple[bool, ...] = (False, True, True)  # a level each, finest first
    layers: int = Field(default=1, ge=1)  # residual blocks a level
    heads: int = Field(default=4, ge=1)
    variants: int = Field(default=4, ge=2)  # fixed ways of showing an icon, the last in new colours
    recoloured: float = Field(default=0.1, ge=0, le=1)  # share of pictures in new colours
    empty: float = Field(default=0.1, ge=0, le=1)  # share of pictures without a caption
    gamma: float = Field(default=5.0, gt=0)
    batch: int = Field(default=64, ge=1)
    loop: LoopConfig


@dataclass(frozen=True)
class Batch:
    """Latents (B, C, h, w) of unit variance and states of their captions (B, 32, 384)."""

    latents: Tensor
    states: Tensor


class StickerDenoiser:
    """The recipe."""

    def __init__(self, config: DenoiserConfig) -> None:
        self.config = config

    def setup(self) -> UNet2DConditionModel:
        config, icons = self.config, load_icons(self.config.data)
        self.keep = np.flatnonzero([part is Split.TRAIN for part in split(icons.rows)])
        # from the full size whatever `side` is, so that both sizes show an icon in the same ways
        rng = np.random.default_rng(config.loop.seed)
        self.variants = make_variants(icons, self.keep, config.variants, rng)
        self.icons = load_icons(config.data, config.side)
        self.weight = balance([icons.rows[i] for i in self.keep])
        shares = [(1 - config.recoloured) / (config.variants - 1)] * (config.variants - 1)
        self.shares = np.array([*shares, config.recoloured])
        captions = sorted({one.caption for own in self.variants for one in own} | {""})
        self.caption = {text: i for i, text in enumerate(captions)}
        self.autoencoder = load_autoencoder(config.autoencoder)
        self.latents, self.states = self.banks(captions)
        self.schedule = Schedule.of(config.model, config.gamma)
        with torch.random.fork_rng():
            torch.manual_seed(config.loop.seed)
            self.model = make_model(config, self.autoencoder.config["latent_channels"])
        return self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def banks(self, captions: list[str]) -> tuple[Bank, Bank]:
        """Latents of every variant of every icon, states of every caption."""
        config, cache = self.config, self.config.data / "cache"
        weights = config.autoencoder / "diffusion_pytorch_model.safetensors"
        icons = config.data / ROWS  # what each one shows, its colours and its measures
        seen = (
            f"{file_digest(weights)} {public(self.autoencoder.config)} {file_digest(icons)} "
            f"{config.variants} {config.loop.seed} {captions}"
        )
        side = config.side // SCALE
        shape = (self.autoencoder.config["latent_channels"], side, side)
        latents = Bank(
            cache / f"latents-{config.side}-{digest(seen)}",
            len(self.keep) * config.variants, shape, self.encode,
        )  # fmt: skip
        states = Bank(
            cache / f"states-{digest(str(captions))}",
            len(captions), (TOKENS, WIDTH), lambda i: token_states([captions[k] for k in i]),
        )  # fmt: skip
        return latents, states

    @torch.no_grad()
    def encode(self, shown: Indices) -> Tensor:
        """Latents of variants, counted through all icons."""
        rows, numbers = np.divmod(shown, self.config.variants)
        ways = [self.variants[r][n] for r, n in zip(rows, numbers, strict=True)]
        rngs = [np.random.default_rng((self.config.loop.seed, int(i))) for i in shown]
        order = np.array([(*RECOLOURINGS[way.recolouring], 3) for way in ways])
        icons = np.take_along_axis(self.icons.take(self.keep[rows]), order[:, None, None], axis=3)
        grounds = [ground(way.background, rng) for way, rng in zip(ways, rngs, strict=True)]
        pixels = compose(icons, np.stack(grounds)) * 2 - 1
        return self.autoencoder.encode(pixels, return_dict=False)[0].mean.float()  # type: ignore[index]

    def batch(self, rng: np.random.Generator) -> Batch:
        count = self.config.batch
        rows = rng.choice(len(self.weight), count, p=self.weight)
        numbers = rng.choice(self.config.variants, count, p=self.shares)
        told = rng.random(count) >= self.config.empty
        texts = [
            self.variants[r][n].caption if say else ""
            for r, n, say in zip(rows, numbers, told, strict=True)
        ]
        return Batch(
            self.latents.take(rows * self.config.variants + numbers),
            self.states.take(np.array([self.caption[text] for text in texts])),
        )

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        steps = self.schedule.draw(len(batch.latents))
        noise, a = torch.randn_like(batch.latents), self.schedule.at(steps)
        predicted = self.model(
            losses.noised(batch.latents, noise, a),
            steps,
            encoder_hidden_states=batch.states,
            return_dict=False,
        )[0]
        target = losses.target(batch.latents, noise, a, "v_prediction")
        with torch.autocast(predicted.device.type, enabled=False):
            return F.mse_loss(predicted.float(), target), {}


@dataclass(frozen=True)
class Schedule:
    """alpha-bar of every time step, and the density from which t is drawn."""

    alphas: Tensor  # (T,)
    cumulative: Tensor  # (T,), rises to 1

    @classmethod
    def of(cls, model: Path, gamma: float) -> "Schedule":
        """From the scheduler in a model's folder."""
        scheduler: Any = DDIMScheduler.from_pretrained(model / "scheduler")
        alphas = scheduler.alphas_cumprod
        density = step_density(alphas, gamma)
        return cls(alphas, density.cumsum(0))

    def at(self, steps: Tensor) -> Tensor:
        """alpha-bar at time steps (B,), with shape (B, 1, 1, 1)."""
        return self.alphas[steps][:, None, None, None]

    def draw(self, count: int) -> Tensor:
        """Time steps (count,), one from each of `count` equal parts of the density."""
        places = (torch.arange(count) + torch.rand(count)) / count
        return torch.searchsorted(self.cumulative, places).clamp(max=len(self.cumulative) - 1)


def step_density(alphas: Tensor, gamma: float) -> Tensor:
    """Chance of each time step (T,), sums to 1.

    An error of v weighs SNR + 1 as an error of x_0. Min-SNR caps that at gamma; capping SNR + 1 at
    gamma + 1 does the same for v and keeps the last, signal-less step, whose SNR is 0.
    """
    weight = ((gamma + 1) * (1 - alphas)).clamp(max=1)  # min(SNR + 1, gamma + 1) / (SNR + 1)
    return weight / weight.sum()


def make_model(config: DenoiserConfig, latents: int) -> UNet2DConditionModel:
    """A fresh U-Net that predicts zero."""
    down = ["CrossAttnDownBlock2D" if here else "DownBlock2D" for here in config.attention]
    up = ["CrossAttnUpBlock2D" if here else "UpBlock2D" for here in reversed(config.attention)]
    values: dict[str, Any] = {
        "sample_size": 16,
        "in_channels": latents,
        "out_channels": latents,
        "down_block_types": down,
        "up_block_types": up,
        "block_out_channels": config.channels,
        "layers_per_block": config.layers,
        "cross_attention_dim": WIDTH,
        "attention_head_dim": config.heads,  # diffusers' name for the number of heads
    }
    model = UNet2DConditionModel(**values)
    nn.init.zeros_(model.conv_out.weight)
    nn.init.zeros_(model.conv_out.bias)  # type: ignore[arg-type]
    return model


def load_autoencoder(folder: Path) -> AutoencoderKL:
    """A frozen autoencoder."""
    autoencoder: Any = AutoencoderKL.from_pretrained(folder, dtype=torch.float32)
    return autoencoder.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def digest(text: str) -> str:
    """A short name for what a file depends on."""
    return sha256(text.encode()).hexdigest()[:16]


def main(arguments: list[str] | None = None) -> None:
    from pipelines.recipes.base_model import denoiser_figures
    from pipelines.recipes.checkpoint import averaged_weights

    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model denoiser")
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="train, going on from the checkpoint in --out")
    train.add_argument("--init-from", type=Path, help="safetensors to start from")
    export = verbs.add_parser("export", help="write a model that diffusers loads")
    export.add_argument("--trained", type=Path, required=True, help="--out of train")
    for verb in (train, export):
        verb.add_argument("--config", type=Path, default=CONFIG)
        verb.add_argument("--autoencoder", type=Path, default=AUTOENCODER, help="folder of its own")
        verb.add_argument("--out", type=Path, required=True, help="folder to write to")
    evaluate = verbs.add_parser("evaluate", help="error of v on held-out icons, and a sheet")
    evaluate.add_argument("--model", type=Path, required=True, help="what export wrote")
    evaluate.add_argument("--side", type=int, default=128, help="pixels")
    evaluate.add_argument("--sheet", type=Path, help="PNG to write")
    for verb in (train, export, evaluate):
        verb.add_argument("--data", type=Path, required=True, help="what `data` made")
    given = parser.parse_args(arguments)
    if given.verb == "evaluate":
        for part, value in denoiser_figures.error(given.model, given.data, given.side).items():
            print(f"{part} {value:.4f}")
        if given.sheet:
            denoiser_figures.sheet(given.model, given.sheet, side=given.side)
        return
    values = tomllib.loads(given.config.read_text(encoding="utf-8"))
    places = {"data": given.data, "autoencoder": given.autoencoder}
    recipe = StickerDenoiser(DenoiserConfig.parse(places | values))
    if given.verb == "export":
        denoiser_figures.export(recipe, averaged_weights(given.trained), given.out)
        return
    for report in run(recipe, given.out, init_from=given.init_from):
        if report.step % 20 == 0 or report.saved:
            print(report, flush=True)


if __name__ == "__main__":
    main()
