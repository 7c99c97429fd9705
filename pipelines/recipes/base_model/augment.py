"""Icons as a model meets them: on a background, moved, turned, blurred, noisy, a little off-colour.

Strong enough that the blurry pictures of a half-trained denoiser and photos of printed icons are
still read; weak enough that outline, shading and colour stay what the caption says.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from pipelines.recipes.base_model.variants import RECOLOURINGS


def compose(icons: NDArray[np.uint8], backgrounds: NDArray[np.float32]) -> Tensor:
    """RGBA icons (B, H, W, 4), alpha not multiplied in, on colours (B, 3) in [0, 1].

    Returns:
        pixels in [0, 1] with shape (B, 3, H, W).
    """
    rgba = torch.from_numpy(icons).permute(0, 3, 1, 2).float() / 255
    return over(premultiply(rgba), backgrounds)


def premultiply(rgba: Tensor) -> Tensor:
    """(B, 4, H, W) with the colours multiplied by alpha, so that resampling mixes them rightly."""
    return torch.cat([rgba[:, :3] * rgba[:, 3:], rgba[:, 3:]], 1)


def over(rgba: Tensor, backgrounds: NDArray[np.float32]) -> Tensor:
    """Premultiplied (B, 4, H, W) over colours (B, 3)."""
    ground = torch.from_numpy(backgrounds).float()[:, :, None, None]
    return rgba[:, :3] + ground * (1 - rgba[:, 3:])


def view(
    icons: NDArray[np.uint8],
    backgrounds: NDArray[np.float32],
    recolouring: NDArray[np.integer],
    mirror: NDArray[np.bool_],
    *,
    side: int,
    rng: np.random.Generator,
) -> Tensor:
    """One random view (B, 3, side, side) in [0, 1] of each icon (B, 128, 128, 4)."""
    order = np.array(RECOLOURINGS)[recolouring]
    order = np.concatenate([order, np.full((len(order), 1), 3)], 1)
    icons = np.take_along_axis(icons, order[:, None, None, :], axis=3)
    rgba = premultiply(torch.from_numpy(icons).permute(0, 3, 1, 2).float() / 255)
    pixels = over(moved(rgba, mirror, side, rng), backgrounds)
    return degraded(pixels, rng).clamp_(0, 1)


def moved(rgba: Tensor, mirror: NDArray[np.bool_], side: int, rng: np.random.Generator) -> Tensor:
    """Turned up to 8 degrees, 0.8 to 1.15 times as large, shifted up to 8 %; mirrored by half
    where `mirror` allows."""
    count = len(rgba)
    angle = np.radians(rng.uniform(-8, 8, count)) * (rng.random(count) < 0.5)
    scale = 1 / rng.uniform(0.8, 1.15, count)
    flip = np.where(mirror & (rng.random(count) < 0.5), -1.0, 1.0)
    shift = rng.uniform(-0.16, 0.16, (count, 2)) * (rng.random((count, 1)) < 0.7)
    theta = np.zeros((count, 2, 3))
    theta[:, 0, 0], theta[:, 0, 1] = scale * np.cos(angle) * flip, -scale * np.sin(angle)
    theta[:, 1, 0], theta[:, 1, 1] = scale * np.sin(angle) * flip, scale * np.cos(angle)
    theta[:, :, 2] = shift
    grid = F.affine_grid(torch.from_numpy(theta).float(), [count, 4, side, side], False)
    return F.grid_sample(rgba, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def degraded(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """A third blurred, a third noisy, all with slightly other contrast and brightness."""
    count, side = len(pixels), pixels.shape[-1]
    blurred = torch.from_numpy(np.flatnonzero(rng.random(count) < 0.33))
    if len(blurred):
        coarse = int(side * rng.uniform(0.3, 0.8))
        small = F.interpolate(pixels[blurred], size=coarse, mode="bilinear", antialias=True)
        pixels[blurred] = F.interpolate(small, size=side, mode="bilinear")
    amount = rng.uniform(0, 0.08, count) * (rng.random(count) < 0.33)
    noise = torch.randn(pixels.shape)
    pixels = pixels + noise * torch.from_numpy(amount).float()[:, None, None, None]
    gain = torch.from_numpy(rng.uniform(0.92, 1.08, (count, 1, 1, 1))).float()
    lift = torch.from_numpy(rng.uniform(-0.03, 0.03, (count, 1, 1, 1))).float()
    return (pixels - 0.5) * gain + 0.5 + lift
