"""What the autoencoder learns from: icons on all sorts of grounds, photographs, textures."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.recipes.base_model.captions import BACKGROUNDS
from pipelines.recipes.base_model.icons import SIDE, load_icons
from pipelines.recipes.base_model.photos import load_photos
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.textures import texture

Pixels = NDArray[np.float32]  # (H, W, 3), values in [0, 1]


class Pictures:
    """`shares` are those of icons, photographs and textures among the pictures drawn."""

    def __init__(self, data: Path, photos: Path, shares: tuple[float, float, float]) -> None:
        icons = load_icons(data)
        self.icons, self.shares = icons.pixels, shares
        self.keep = np.flatnonzero([part is Split.TRAIN for part in split(icons.rows)])
        self.photos = load_photos(photos, heldout=False)

    def draw(self, side: int, rng: np.random.Generator) -> Pixels:
        """One picture (side, side, 3), turned and mirrored at random."""
        kind = rng.choice(3, p=self.shares)
        shown = (self.icon, self.photo, texture)[kind](side, rng)
        if rng.random() < 0.5:
            shown = shown[:, ::-1]
        return np.ascontiguousarray(recoloured(shown, rng), np.float32)

    def plain_icon(self, rng: np.random.Generator) -> Pixels:
        """A whole icon on one of the named backgrounds, as captions describe it."""
        return compose(self.icons[rng.choice(self.keep)], named_colour(rng))

    def icon(self, side: int, rng: np.random.Generator) -> Pixels:
        """An icon on a ground; if smaller than it, a part with something in it."""
        rgba = self.icons[rng.choice(self.keep)]
        if side < SIDE:
            rgba = busy_part(rgba, side, rng)
        return compose(rgba, self.ground(side, rng))

    def ground(self, side: int, rng: np.random.Generator) -> Pixels:
        """What stands behind an icon: half the time white, else a colour, rarely something else."""
        kind = rng.random()
        if kind < 0.5:
            return np.ones(3, np.float32)
        if kind < 0.7:
            return named_colour(rng)
        if kind < 0.9:
            return rng.random(3).astype(np.float32)
        return texture(side, rng) if kind < 0.95 else self.photo(side, rng)

    def photo(self, side: int, rng: np.random.Generator) -> Pixels:
        """A random square of a photograph, at any scale from its pixels to its whole height."""
        photo = self.photos[rng.integers(len(self.photos))]
        height, width = photo.shape[:2]
        square = int(side * (min(height, width) / side) ** rng.random())
        top, left = rng.integers(height - square + 1), rng.integers(width - square + 1)
        part = Image.fromarray(photo[top : top + square, left : left + square])
        shrunk = np.asarray(part.resize((side, side), Image.Resampling.BOX), np.float32)
        shrunk = np.rot90(shrunk / np.float32(255), int(rng.integers(4)))
        grey = np.array_equal(shrunk[..., 0], shrunk[..., 2])
        return shrunk ** rng.uniform(0.5, 2, 3).astype(np.float32) if grey else shrunk


def compose(rgba: NDArray[np.uint8], ground: Pixels) -> Pixels:
    """An icon (H, W, 4), alpha not multiplied in, on a colour (3,) or a picture (H, W, 3)."""
    shown = np.divide(rgba, 255, dtype=np.float32)
    mixed = ground + shown[..., 3:] * (shown[..., :3] - ground)
    return mixed.astype(np.float32, copy=False)


def colour(name: str) -> Pixels:
    """A background (3,) that captions name."""
    return np.array(BACKGROUNDS[name], np.float32) / np.float32(255)


def named_colour(rng: np.random.Generator) -> Pixels:
    """Any of those; white as often as all others together."""
    names = list(BACKGROUNDS)
    return colour("white" if rng.random() < 0.5 else names[rng.integers(len(names))])


def busy_part(rgba: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A square of the icon around one of its pixels that is not transparent."""
    y, x = np.nonzero(rgba[..., 3])
    if len(y) == 0:
        return rgba[:side, :side]
    at = rng.integers(len(y))
    shift = rng.integers(-side, 1, 2)
    top, left = np.clip([y[at] + shift[0], x[at] + shift[1]], 0, len(rgba) - side)
    return rgba[top : top + side, left : left + side]


def recoloured(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Every third picture in other colours: channels exchanged, sometimes as a negative."""
    if rng.random() > 0.33:
        return pixels
    pixels = pixels[..., rng.permutation(3)]
    return 1 - pixels if rng.random() < 0.3 else pixels
