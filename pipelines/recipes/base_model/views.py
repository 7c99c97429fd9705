"""Held-out icons as an eye is tested on them: clean, on a coloured ground, and spoilt a little."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pipelines.recipes.base_model.captions import BACKGROUNDS, pick_background

CONDITIONS = ("clean", "ground", "spoilt")


def picture(
    rgba: NDArray[np.uint8], row: dict[str, Any], condition: str, rng: np.random.Generator
) -> tuple[Image.Image, str]:
    """An icon (128, 128, 4) as a picture, and the name of its background.

    clean: on white; ground: on a random background that it can be seen on; spoilt: that, blurred
    by 1.5 pixels with noise of 4 %, about as an early denoiser draws.
    """
    name = "white" if condition == "clean" else pick_background(row, rng, white=0.1)
    icon = Image.fromarray(rgba, "RGBA")
    shown = Image.new("RGBA", icon.size, BACKGROUNDS[name])
    shown = Image.alpha_composite(shown, icon).convert("RGB")
    if condition == "spoilt":
        blurred = np.asarray(shown.filter(ImageFilter.GaussianBlur(1.5)), np.float32)
        noisy = blurred + rng.normal(0, 0.04 * 255, blurred.shape)
        shown = Image.fromarray((noisy.clip(0, 255) + 0.5).astype(np.uint8))
    return shown, name


def share(hits: list[bool]) -> dict[str, float | int]:
    """A proportion with its count and the half width of its 95 % interval (Wald)."""
    n = len(hits)
    p = sum(hits) / n
    return {"share": round(p, 4), "n": n, "within": round(1.96 * (p * (1 - p) / n) ** 0.5, 4)}
