"""The autoencoder: pictures to 8 latent channels at 1/8 scale and back. Frozen once it is made.

A stock `AutoencoderKL`, small enough for two cores. Three errors are minimised: of pixels and of
edges, absolute and over a pyramid of scales, so that thin lines stay; and of the mean colour of
8x8 blocks, squared. Without the last one whole axes of colour stay unlearnt, red against green
first: an absolute error is content with the median, grey. A weak pull brings latents to N(0, 1).

Two things are for the denoiser that learns these latents, not for the reconstruction:
- now and then the latents are halved before decoding and must give the halved picture (EQ-VAE,
  Kouzelis et al. 2025, arXiv 2502.09509; Skorokhodov et al. 2025, arXiv 2502.14831). Their coarse
  parts then mean coarse parts of the picture, which is the order in which a denoiser draws.
- the statistics of each latent channel are folded into the quant convolutions on export, so that
  latents have zero mean and unit variance and `scaling_factor` is 1.
"""

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from pydantic import Field
from torch import Tensor

from pipelines.recipes.base_model.icons import SIDE
from pipelines.recipes.base_model.pictures import Pictures
from pipelines.recipes.checkpoint import averaged_weights, load_weights
from pipelines.recipes.loop import LoopConfig, run
from pipelines.spec import Frozen

CONFIG = Path(__file__).with_name("configs") / "autoencoder.toml"


class AutoencoderConfig(Frozen):
    """What is trained, on which mix of pictures, with which weights in the loss."""

    data: Path
    photos: Path
    keep_latents_of: Path | None = None  # an autoencoder: only its decoder is trained further
    channels: tuple[int, ...] = (24, 48, 96, 128)
    latents: int = Field(default=8, ge=1)
    groups: int = Field(default=8, ge=1)  # of the norms
    kl: float = Field(default=1e-4, ge=0)
    edges: float = Field(default=1.0, ge=0)
    colour: float = Field(default=20.0, ge=0)  # weight of 8x8 blocks' squared error
    scales: int = Field(default=4, ge=1)  # of the pyramid
    equivariance: float = Field(default=0.15, ge=0, le=1)  # share of batches with halved latents
    batch: int = Field(default=12, ge=1)  # parts of 64 pixels; a quarter as many whole pictures
    whole: float = Field(default=0.15, ge=0, le=1)  # share of batches of whole pictures
    shares: tuple[float, float, float] = (0.75, 0.15, 0.10)  # icons, photographs, textures
    loop: LoopConfig


@dataclass(frozen=True)
class Batch:
    """Pictures (B, 3, S, S) in [-1, 1]; `halved` if their latents are to be halved."""

    pixels: Tensor
    halved: bool


class StickerAutoencoder:
    """The recipe: see the module's docstring."""

    def __init__(self, config: AutoencoderConfig) -> None:
        self.config = config

    def setup(self) -> AutoencoderKL:
        config = self.config
        self.pictures = Pictures(config.data, config.photos, config.shares)
        with torch.random.fork_rng():
            torch.manual_seed(self.config.loop.seed)
            self.model = start(self.config)
        return self.model.train()

    def batch(self, rng: np.random.Generator) -> Batch:
        halved = rng.random() < self.config.equivariance
        # halved pictures have to be large enough to have something in them
        whole = halved or rng.random() < self.config.whole
        side, count = (SIDE, self.config.batch // 4) if whole else (SIDE // 2, self.config.batch)
        shown = [self.pictures.draw(side, rng) for _ in range(max(count, 1))]
        pixels = torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2)
        return Batch(pixels.contiguous() * 2 - 1, halved)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        posterior = encode(self.model, batch.pixels)
        z, target = posterior.sample(), batch.pixels
        if batch.halved:
            z, target = F.avg_pool2d(z, 2), F.avg_pool2d(target, 2)
        decoded = decode(self.model, z)
        with torch.autocast(z.device.type, enabled=False):
            decoded = decoded.float()
            areas, edges = pyramid_distance(decoded, target, self.config.scales)
            colour = F.avg_pool2d(decoded - target, 8).square().mean()
            kl = posterior.kl().mean() / posterior.mean[0].numel()
            total = areas + self.config.edges * edges + self.config.colour * colour
            total = total + self.config.kl * kl
            squared = F.mse_loss(decoded.detach(), target)
        watched = {"areas": areas, "edges": edges, "colour": colour, "kl": kl}
        watched["psnr"] = psnr(squared)
        return total, {name: value.detach() for name, value in watched.items()}


def start(config: AutoencoderConfig) -> AutoencoderKL:
    """What training begins with: a fresh model, or one whose latents must stay as they are, since
    a denoiser has learnt them; its decoder can still become sharper."""
    if config.keep_latents_of is None:
        return make_model(config)
    model: Any = AutoencoderKL.from_pretrained(config.keep_latents_of, dtype=torch.float32)
    for part in (model.encoder, model.quant_conv):
        part.requires_grad_(False)
    return model


def make_model(config: AutoencoderConfig) -> AutoencoderKL:
    """A fresh autoencoder. No attention in the middle: it would cost more than it shows."""
    depth = len(config.channels)
    values: dict[str, Any] = {
        "down_block_types": ("DownEncoderBlock2D",) * depth,
        "up_block_types": ("UpDecoderBlock2D",) * depth,
        "block_out_channels": config.channels,
        "layers_per_block": 1,
        "latent_channels": config.latents,
        "norm_num_groups": config.groups,
        "sample_size": SIDE,
        "scaling_factor": 1.0,
        "mid_block_add_attention": False,
    }
    return AutoencoderKL(**values)


def encode(model: AutoencoderKL, pixels: Tensor) -> DiagonalGaussianDistribution:
    """The posterior of pictures (B, 3, H, W) in [-1, 1]: latents (B, latents, H/8, W/8)."""
    return model.encode(pixels, return_dict=False)[0]  # type: ignore[arg-type]


def decode(model: AutoencoderKL, z: Tensor) -> Tensor:
    """Pictures in about [-1, 1] from latents."""
    return model.decode(z, return_dict=False)[0]  # type: ignore[arg-type]


def pyramid_distance(decoded: Tensor, target: Tensor, scales: int) -> tuple[Tensor, Tensor]:
    """Mean absolute errors of pixels and of steps between neighbours, each averaged over `scales`
    halvings of the pictures (B, 3, H, W) in [-1, 1]."""
    areas, edges = [], []
    error = decoded - target  # both measures and the halving are linear up to the absolute value
    for scale in range(scales):
        if scale:
            error = F.avg_pool2d(error, 2)
        areas.append(error.abs().mean())
        edges.append(error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean())
    return torch.stack(areas).mean(), torch.stack(edges).mean()


def psnr(squared: Tensor) -> Tensor:
    """Decibels from a mean squared error over pixels in [-1, 1]."""
    return 10 * torch.log10(4 / squared)


@torch.no_grad()
def fold_statistics(model: AutoencoderKL, pixels: Tensor) -> None:
    """Make the latents of `pixels` (B, 3, H, W) zero in mean and one in variance, channel by
    channel, by changing the two 1x1 convolutions around them; pictures come back as before."""
    posteriors = [encode(model, part) for part in pixels.split(32)]
    mean = torch.cat([posterior.mean for posterior in posteriors])
    noise = torch.cat([posterior.var for posterior in posteriors]).mean((0, 2, 3))
    centre, spread = mean.mean((0, 2, 3)), (mean.var((0, 2, 3)) + noise).sqrt()
    before, after = model.quant_conv, model.post_quant_conv
    assert before is not None
    assert after is not None
    assert before.bias is not None
    assert after.bias is not None
    # (mean, logvar) -> ((mean - centre) / spread, logvar - 2 log spread)
    half = len(spread)
    before.weight[:half] /= spread[:, None, None, None]
    before.bias[:half] = (before.bias[:half] - centre) / spread
    before.bias[half:] -= 2 * spread.log()
    # z -> spread z + centre, then as before
    after.bias += after.weight[:, :, 0, 0] @ centre
    after.weight *= spread[None, :, None, None]


def export(recipe: StickerAutoencoder, weights: Path, out: Path, *, count: int = 1024) -> None:
    """Write trained weights as diffusers loads them, fp16, with the statistics of `count` icons
    (as the denoiser will see them, whole and on named backgrounds) folded in, unless the latents
    are to stay."""
    model = recipe.setup().eval()
    load_weights(model, weights)
    if recipe.config.keep_latents_of is None:
        rng = np.random.default_rng(recipe.config.loop.seed)
        shown = np.stack([recipe.pictures.plain_icon(rng) for _ in range(count)])
        fold_statistics(model, torch.from_numpy(shown).permute(0, 3, 1, 2).float() * 2 - 1)
    model.half().save_pretrained(out)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model.autoencoder")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, does in [
        ("train", "train, going on from the checkpoint in --out"),
        ("export", "write the averaged weights of --trained as diffusers loads them"),
        ("evaluate", "measure autoencoders side by side on held-out icons and photographs"),
    ]:
        one = verbs.add_parser(verb, help=does)
        one.add_argument("--data", type=Path, required=True, help="what `data` made")
        one.add_argument("--photos", type=Path, required=True, help="what `photos` unpacked")
        one.add_argument("--out", type=Path, required=True, help="folder to write to")
        if verb == "evaluate":
            one.add_argument("models", nargs="+", type=Path, help="folders that diffusers loads")
        else:
            one.add_argument("--config", type=Path, default=CONFIG)
        if verb == "train":
            one.add_argument("--init-from", type=Path, help="safetensors to start from")
        if verb == "export":
            one.add_argument("--trained", type=Path, required=True, help="--out of train")
    given = parser.parse_args()
    if given.verb == "evaluate":
        from pipelines.recipes.base_model.autoencoder_figures import evaluate

        print(evaluate(given.models, given.data, given.photos, given.out))
        return
    values = tomllib.loads(given.config.read_text(encoding="utf-8"))
    places = {"data": given.data, "photos": given.photos}
    recipe = StickerAutoencoder(AutoencoderConfig.parse(places | values))
    if given.verb == "export":
        export(recipe, averaged_weights(given.trained), given.out)
        return
    for report in run(recipe, given.out, init_from=given.init_from):
        if report.step % 20 == 0 or report.saved:
            watched = " ".join(f"{name} {value:.3f}" for name, value in report.metrics.items())
            print(f"{report.step}/{report.steps} {report.seconds:.0f}s {watched}", flush=True)


if __name__ == "__main__":
    main()
