"""What can be counted in a picture without any model: colours, outline, shading, detail.

The measures are crude and they are the same for icons, generated pictures and photos, which is
their use: a difference between two sets of pictures measured the same way. What was drawn is the
mask (H, W) of `figure`, or the alpha of an icon. Colours are floats in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOURS = (
    "red", "orange", "yellow", "green", "teal", "blue", "purple",
    "pink", "brown", "beige", "black", "gray", "white",
)  # fmt: skip
HUES = (14, 42, 68, 160, 190, 255, 295, 345)  # degrees where red, orange ... pink end
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
DARK = 0.25  # luminance below which a rim counts as a line
FAINT, SOFT, STRONG = 0.003, 0.06, 0.15  # steps between neighbouring pixels
RED, PINK, BROWN, BEIGE, BLACK, GRAY, WHITE = (
    COLOURS.index(name) for name in ("red", "pink", "brown", "beige", "black", "gray", "white")
)

Pixels = NDArray[np.floating]
Mask = NDArray[np.bool_]


def read(image: Image.Image) -> Pixels:
    """A picture as (H, W, 3) floats in [0, 1]; what is transparent becomes white."""
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"), np.float32) / 255


def read_all(images: Sequence[Image.Image], side: int) -> Pixels:
    """Pictures as (N, side, side, 3), squeezed to squares; smaller ones by averaging areas."""
    out = np.empty((len(images), side, side, 3), np.float32)
    for place, image in zip(out, images, strict=True):
        flat = Image.fromarray((read(image) * 255 + 0.5).astype(np.uint8))
        larger = max(flat.size) < side
        method = Image.Resampling.BICUBIC if larger else Image.Resampling.BOX
        place[:] = np.asarray(flat.resize((side, side), method), np.float32) / 255
    return out


@dataclass(frozen=True)
class Measures:
    """Shares in [0, 1] over the figure, except `ncolors`, a count.

    outline: dark pixels in the 2-pixel rim; shading: small steps between neighbours; detail: large
    ones; saturation and brightness: means of HSV's S and of the channels; ncolors: bins of 3 bits
    a channel that hold over 1 %; coverage: the figure in the frame.
    """

    outline: float
    shading: float
    detail: float
    saturation: float
    brightness: float
    ncolors: int
    coverage: float

    def rounded(self) -> dict[str, float]:
        """By name, to three digits, as the data set stores them."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def measure_image(image: Image.Image) -> Measures | None:
    """Measures of a picture on a plain background; None if there is nothing on it.

    The thresholds were set at 128 pixels a side: compare pictures of equal size.
    """
    rgb = read(image)
    return measure(rgb, figure(rgb))


def measure(rgb: Pixels, mask: Mask) -> Measures | None:
    """Measures of a picture (H, W, 3), flat on its background; None if the figure is under 30
    pixels. For an icon on white, `rgb` is the icon composed on white."""
    if mask.sum() < 30:
        return None
    return measure_parts(rgb, rgb[mask], mask)


def measure_icon(rgba: NDArray[np.uint8]) -> tuple[Measures, dict[str, float]] | None:
    """Measures and colour shares of an icon (H, W, 4), alpha not multiplied in; None if empty.

    Its own colours are counted, not their mix with the background at the edge.
    """
    flat = rgba.astype(np.float32) / 255
    alpha, mask = flat[..., 3:], flat[..., 3] > 0.5
    if mask.sum() < 30:
        return None
    figure_pixels = flat[..., :3][mask]
    on_white = flat[..., :3] * alpha + 1 - alpha
    return measure_parts(on_white, figure_pixels, mask), colour_shares(figure_pixels)


def measure_parts(rgb: Pixels, colours: Pixels, mask: Mask) -> Measures:
    """Measures from the composed picture and from the figure's own colours (n, 3)."""
    top, bottom = colours.max(1), colours.min(1)
    saturation = np.where(top > 0, (top - bottom) / np.maximum(top, 1e-6), 0)
    edge = (rgb @ LUMA)[rim(mask)]
    steps = neighbour_steps(rgb)[mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:]]
    some = len(steps) > 0
    return Measures(
        outline=float((edge < DARK).mean()) if len(edge) else 0.0,
        shading=float(((steps > FAINT) & (steps < SOFT)).mean()) if some else 0.0,
        detail=float((steps > STRONG).mean()) if some else 0.0,
        saturation=float(saturation.mean()),
        brightness=float(colours.mean()),
        ncolors=count_colours(colours),
        coverage=float(mask.mean()),
    )


def rim(mask: Mask) -> Mask:
    """The two outermost rings of pixels inside a mask (wrapping at the frame's edge)."""
    inner = mask.copy()
    for _ in range(2):
        beside = [np.roll(inner, shift, axis) for axis in (0, 1) for shift in (1, -1)]
        inner = inner & np.logical_and.reduce(beside)
    return mask & ~inner


def neighbour_steps(rgb: Pixels) -> NDArray[np.float32]:
    """Largest channel difference to the pixel below or to the right: (H-1, W-1)."""
    down = np.abs(np.diff(rgb, axis=0))[:, :-1].max(-1)
    right = np.abs(np.diff(rgb, axis=1))[:-1].max(-1)
    return np.maximum(down, right)


def count_colours(colours: Pixels) -> int:
    """How many bins of 8 x 8 x 8 hold more than 1 % of the pixels (n, 3)."""
    bins = (colours * 7.99).astype(int) @ np.array([64, 8, 1])
    return int((np.bincount(bins) > len(bins) * 0.01).sum())


def name_colours(rgb: Pixels) -> NDArray[np.intp]:
    """Index into COLOURS for each pixel (n, 3). The thresholds were set by eye on the icons; the
    later rules overrule the earlier ones."""
    value, low = rgb.max(1), rgb.min(1)
    chroma = value - low
    s = np.where(value > 0, chroma / np.maximum(value, 1e-6), 0)
    h = hue(rgb, value, chroma)
    names = np.searchsorted(HUES, h, side="right")
    names = np.where(names == len(HUES), RED, names)
    names = np.where((h < 16) & (s < 0.55) & (value > 0.75), PINK, names)
    names = np.where((h > 345) & (s < 0.6) & (value > 0.7), PINK, names)
    names = np.where((h >= 12) & (h < 48) & (value < 0.72) & (s > 0.25), BROWN, names)
    names = np.where((h < 14) & (value < 0.5) & (s < 0.75), BROWN, names)
    pale = (s < 0.5) & (s >= 0.12)
    names = np.where((h >= 14) & (h < 50) & (value >= 0.72) & pale, BEIGE, names)
    names = np.where((chroma < 0.10) | ((s < 0.22) & (value < 0.35)), GRAY, names)
    cool = (h > 170) & (h < 260)
    names = np.where((s < 0.18) & (value < 0.82) & cool, GRAY, names)
    names = np.where(value < 0.22, BLACK, names)
    return np.where((chroma < 0.1) & (value > 0.9), WHITE, names)


def hue(rgb: Pixels, value: Pixels, chroma: Pixels) -> Pixels:
    """HSV's hue in degrees, [0, 360)."""
    r, g, b = rgb.T
    c = np.maximum(chroma, 1e-6)
    green_or_blue = np.where(value == g, (b - r) / c + 2, (r - g) / c + 4)
    return np.where(value == r, ((g - b) / c) % 6, green_or_blue) * 60


def colour_shares(colours: Pixels) -> dict[str, float]:
    """Share of each named colour among pixels (n, 3), largest first, those present only."""
    counts = np.bincount(name_colours(colours), minlength=len(COLOURS)) / len(colours)
    order = np.argsort(-counts)
    return {COLOURS[i]: float(counts[i]) for i in order if counts[i] > 0}


def background(rgb: Pixels) -> Pixels:
    """Colour (3,) of the frame's border: the median of its outer two rings of pixels."""
    ring = [rgb[:2].reshape(-1, 3), rgb[-2:].reshape(-1, 3)]
    ring += [rgb[:, :2].reshape(-1, 3), rgb[:, -2:].reshape(-1, 3)]
    return np.median(np.concatenate(ring), axis=0).astype(np.float32)


def figure(rgb: Pixels, tolerance: float = 0.08) -> Mask:
    """Pixels (H, W) that differ from the border's colour: what was drawn, on a plain background.

    Parts of the figure that have the background's colour are not found, so white eyes on a white
    background count as background.
    """
    return np.abs(rgb - background(rgb)).max(-1) > tolerance


def nearest_background(rgb: Pixels, named: dict[str, tuple[int, int, int]]) -> str:
    """The named colour (0 to 255 a channel) that is closest to the picture's background."""
    own = background(rgb) * 255
    return min(named, key=lambda name: float(np.linalg.norm(own - np.array(named[name]))))
