"""What can be said about a picture without knowing how it was made: a Look.

A Look holds the evaluator's probabilities and measures of the pixels. Simulated people see nothing
else: no prompt, no caption, no facts of a deck and nothing from the CLIP that guides the studio.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, field_validator

from pipelines.metrics import pixels
from pipelines.spec import Frozen

SIDE = 128  # pixels; measures of edges depend on the size, so every picture is brought to it
WARM = ("red", "orange", "yellow")
COOL = ("green", "teal", "blue", "purple")
NOTHING = pixels.Measures(0, 0, 0, 0, 1, 0, 0)  # of an empty picture


@dataclass(frozen=True)
class Look:
    """One picture: probabilities of styles by name, measures of pixels by name, probabilities (C,)
    of the evaluator's concepts, and its feature vector (D,), unit length."""

    styles: Mapping[str, float]
    pixels: Mapping[str, float]
    concepts: NDArray[np.float32]
    features: NDArray[np.float32]


class AttributeMeasure(Frozen):
    """How present an attribute is in a Look, in [0, 1]: the mean of its parts.

    styles: factor on the evaluator's probability, summed over styles, at most 1.
    pixels: ramps [0 here, 1 there] over a measure; the first may be the larger one.
    words: how somebody names it when asked directly.
    """

    words: str
    styles: dict[str, float] = Field(default_factory=dict)
    pixels: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @field_validator("pixels")
    @classmethod
    def _rises_or_falls(cls, ramps: dict[str, tuple[float, float]]) -> dict:
        if level := [name for name, (zero, one) in ramps.items() if zero == one]:
            raise ValueError(f"{level[0]} needs two different ends")
        return ramps

    def presence(self, look: Look) -> float:
        """In [0, 1]."""
        parts = [ramp(look.pixels[name], *ends) for name, ends in self.pixels.items()]
        if self.styles:
            known = sum(look.styles.get(s, 0.0) * factor for s, factor in self.styles.items())
            parts.append(min(1.0, known))
        return sum(parts) / len(parts)


def ramp(value: float, zero: float, one: float) -> float:
    """0 at `zero` and beyond, 1 at `one` and beyond, straight between."""
    return float(min(1.0, max(0.0, (value - zero) / (one - zero))))


def measure_pixels(image: Image.Image) -> dict[str, float]:
    """Measures of what was drawn, and `ground`, the lightness of what is behind it."""
    small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    rgb = (np.asarray(small) / 255).astype(np.float32)
    figure = pixels.figure(rgb)
    measures = pixels.measure(rgb, figure) or NOTHING
    return measures.rounded() | colour_measures(rgb[figure]) | {"ground": ground(rgb)}


def colour_measures(colours: np.ndarray) -> dict[str, float]:
    """Shares of the figure's pixels (n, 3) that are of a kind of colour; all 0 without pixels."""
    if not len(colours):
        return dict.fromkeys(("colour", "pale", "strong", "dull", "warm", "cool", "black"), 0.0)
    value, low = colours.max(1), colours.min(1)
    chroma = value - low
    saturation = chroma / np.maximum(value, 1e-6)
    named = pixels.colour_shares(colours)
    return {
        "colour": float((chroma > 0.12).mean()),
        "pale": float(((saturation > 0.08) & (saturation < 0.5) & (value > 0.8)).mean()),
        "strong": float(((saturation > 0.65) & (value > 0.6)).mean()),
        "dull": float(((chroma > 0.06) & (saturation < 0.6) & (value < 0.8)).mean()),
        "warm": sum(named.get(name, 0.0) for name in WARM),
        "cool": sum(named.get(name, 0.0) for name in COOL),
        "black": named.get("black", 0.0),
    }


def ground(rgb: np.ndarray) -> float:
    """Luminance of the border, in [0, 1]."""
    return float(pixels.background(rgb) @ pixels.LUMA)
