"""Textures drawn from a generator: what neither icons nor a handful of photographs show enough of.

Every function returns one picture (side, side, 3) of float32 in [0, 1] and takes all its
randomness from `rng`.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]
Field = NDArray[np.float32]  # (side, side), values in [0, 1]


def texture(side: int, rng: np.random.Generator) -> Pixels:
    """One random texture: coloured noise, stripes, a gradient, or lit shapes before one of them."""
    ground = coloured(FIELDS[rng.integers(len(FIELDS))](side, rng), rng)
    return lit_shapes(ground, rng) if rng.random() < 0.5 else grain(ground, rng)


def fractal(side: int, rng: np.random.Generator) -> Field:
    """Value noise: octaves of smooth random grids, each half as strong or somewhat more."""
    total = np.zeros((side, side), np.float32)
    cells, gain = int(rng.integers(2, 9)), rng.uniform(0.4, 0.9)
    for octave in range(4):
        count = cells << octave
        if count > side:
            break
        grid = Image.fromarray(rng.random((count, count), np.float32))
        total += gain**octave * np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC))
    return spread(total)


def stripes(side: int, rng: np.random.Generator) -> Field:
    """Waves or bars of any direction and width, straight or bent by noise, sometimes crossed."""
    along = ramp(side, rng) * side
    bent = along + fractal(side, rng) * rng.uniform(0, 8) * (rng.random() < 0.5)
    wave = np.sin(bent * (2 * np.pi / rng.uniform(3, 40)))
    if rng.random() < 0.3:
        wave = wave * np.sin(ramp(side, rng) * (2 * np.pi * side / rng.uniform(3, 40)))
    hard = np.clip(wave * rng.uniform(1, 8), -1, 1)
    return (hard * 0.5 + 0.5).astype(np.float32)


def gradient(side: int, rng: np.random.Generator) -> Field:
    """From one edge to the other, or from a centre outwards."""
    if rng.random() < 0.5:
        return spread(ramp(side, rng))
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    return spread(np.hypot(y - rng.random(), x - rng.random()).astype(np.float32))


FIELDS = (fractal, stripes, gradient)


def ramp(side: int, rng: np.random.Generator) -> Field:
    """Distance along a random direction, in sides."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    return (np.cos(angle) * x + np.sin(angle) * y).astype(np.float32)


def spread(field: Field) -> Field:
    """Stretched to [0, 1]."""
    low, high = field.min(), field.max()
    return ((field - low) / max(high - low, 1e-6)).astype(np.float32)


def coloured(field: Field, rng: np.random.Generator) -> Pixels:
    """A field through a palette of two to five random colours."""
    palette = rng.random((int(rng.integers(2, 6)), 3))
    stops = np.linspace(0, 1, len(palette))
    channels = [np.interp(field, stops, palette[:, c]) for c in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def grain(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Fine noise, grey or coloured, on every second picture."""
    if rng.random() < 0.5:
        return pixels
    shape = (*pixels.shape[:2], int(rng.choice([1, 3])))
    noise = rng.standard_normal(shape, np.float32) * rng.uniform(0.01, 0.08)
    return np.clip(pixels + noise, 0, 1, dtype=np.float32)


def lit_shapes(ground: Pixels, rng: np.random.Generator) -> Pixels:
    """One to six ellipses and boxes, shaded like balls from one light, with a soft shadow."""
    side = len(ground)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    light = rng.uniform(-0.7, 0.7, 2)
    for _ in range(int(rng.integers(1, 7))):
        centre, angle = rng.random(2), rng.uniform(0, np.pi)
        axes = rng.uniform(0.06, 0.4, 2)
        v, u = y - centre[0], x - centre[1]
        a = (np.cos(angle) * u + np.sin(angle) * v) / axes[0]
        b = (np.cos(angle) * v - np.sin(angle) * u) / axes[1]
        power = rng.choice([2.0, 2.0, 6.0])  # 6: a box with round corners
        distance = (np.abs(a) ** power + np.abs(b) ** power) ** (1 / power)
        inside = np.clip((1 - distance) * axes.min() * side, 0, 1)[..., None]
        shade = 0.75 + 0.5 * (light[0] * u + light[1] * v) / axes.max()
        gloss = np.exp(-((a - light[0]) ** 2 + (b - light[1]) ** 2) * 12) * rng.uniform(0, 0.8)
        ball = rng.random(3) * shade[..., None] + gloss[..., None]
        shadow = np.exp(-np.clip(distance - 1, 0, None) * 6) * rng.uniform(0, 0.5)
        ground = ground * (1 - shadow[..., None]) * (1 - inside) + ball * inside
    return np.clip(ground, 0, 1).astype(np.float32)
