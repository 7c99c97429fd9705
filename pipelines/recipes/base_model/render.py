"""Icons drawn: SVG and webp to 128 x 128 RGBA, each filling 116 pixels of the frame."""

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.recipes.base_model.icons import SIDE
from pipelines.recipes.base_model.plan import LINE, LINE_OF, RASTER, RASTERS, Planned
from pipelines.recipes.base_model.vocabulary import Packages

FILL = 116  # pixels of SIDE that the icon's longer side takes
ENLARGED = 1.6  # at most: a dot stays smaller than a house
PROBE = 96  # pixels at which the drawing's extent is found
INK = "#1a1a1a"  # what icons that take the text's colour are drawn in
PAINTED = r'="(?!none|#000"|#000000"|black)[^"]*"'  # anything but nothing and black

Rgba = NDArray[np.uint8]  # (SIDE, SIDE, 4), alpha not multiplied in


def draw(row: Planned, node_modules: Path) -> Rgba | None:
    """One icon, None if nothing of it is visible."""
    if row.set == RASTER:
        file = node_modules / RASTERS / f"{row.icon}.webp"
        return draw_raster(Image.open(file).convert("RGBA"))
    name = LINE_OF if row.set == LINE else row.set
    icons = icon_set(node_modules, name)
    icon = icons["icons"][row.icon]
    body = without_fill(icon["body"]) if row.set == LINE else icon["body"]
    sizes = (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    box = [icon.get(key, icons.get(key, default)) for key, default in sizes]
    return draw_vector(body.replace("currentColor", INK), *box)


@lru_cache(maxsize=1)  # rows come set by set, and a set is up to 20 MB of text
def icon_set(node_modules: Path, name: str) -> dict[str, Any]:
    """An Iconify set."""
    return Packages(node_modules).icons(name)


def without_fill(body: str) -> str:
    """An outlined drawing with only its black left: a line drawing of the same thing."""
    body = re.sub(f"fill{PAINTED}", 'fill="none"', body)
    return re.sub(f"stroke{PAINTED}", 'stroke="none"', body)


def draw_vector(body: str, left: float, top: float, width: float, height: float) -> Rgba | None:
    """An SVG body: probed for its extent, then drawn once more with the view box around it."""
    longer = max(width, height)
    size = (max(1, round(PROBE * width / longer)), max(1, round(PROBE * height / longer)))
    if width >= height:
        size = (PROBE, max(1, round(PROBE * height / width)))
    extent = visible(raster(body, (left, top, width, height), size), 10)
    if extent is None:
        return None
    scale = width / size[0]
    x0, y0, x1, y1 = (value * scale for value in extent)
    x, y, side = framed(left + x0, top + y0, left + x1, top + y1, longer)
    view = (round(x, 4), round(y, 4), round(side, 4), round(side, 4))
    return np.asarray(raster(body, view, (SIDE, SIDE)))


def draw_raster(image: Image.Image) -> Rgba | None:
    """A finished picture, cropped around what is visible."""
    extent = visible(image, 8)
    if extent is None:
        return None
    x, y, side = framed(*extent, image.width)
    return cropped(image, (x, y, x + side, y + side))


def framed(x0: float, y0: float, x1: float, y1: float, longer: float) -> tuple[float, float, float]:
    """Left, top and side of the square in which this extent fills FILL of SIDE pixels, without
    enlarging a drawing `longer` units wide more than ENLARGED times."""
    side = max(x1 - x0, y1 - y0, longer / ENLARGED) * SIDE / FILL
    return (x0 + x1) / 2 - side / 2, (y0 + y1) / 2 - side / 2, side


def visible(image: Image.Image, faint: int) -> tuple[int, int, int, int] | None:
    """Box of the pixels with more alpha than `faint`."""
    ys, xs = np.where(np.asarray(image)[..., 3] > faint)
    if len(xs) == 0:
        return None
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def raster(
    body: str, view: tuple[float, float, float, float], size: tuple[int, int]
) -> Image.Image:
    """Part of an SVG body as pixels."""
    import resvg_py  # only this recipe needs it

    x, y, width, height = view
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{x} {y} {width} {height}" width="{width}" height="{height}">{body}</svg>'
    )
    png = resvg_py.svg_to_bytes(
        svg_string=svg, width=size[0], height=size[1], skip_system_fonts=True
    )
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def cropped(image: Image.Image, box: tuple[float, float, float, float]) -> Rgba:
    """A box of a picture at SIDE pixels, through twice the size, mixing premultiplied colours."""
    pixels = np.asarray(image).astype(np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    twice = [
        Image.fromarray(np.ascontiguousarray(pixels[..., channel])).transform(
            (2 * SIDE, 2 * SIDE), Image.Transform.EXTENT, box, Image.Resampling.BILINEAR
        )
        for channel in range(4)
    ]
    return unmultiplied(halved(np.stack([np.asarray(channel) for channel in twice], -1)))


def half_size(rgba: Rgba) -> Rgba:
    """An icon at half its side."""
    pixels = rgba.astype(np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    return unmultiplied(halved(pixels))


def halved(pixels: NDArray[np.floating]) -> NDArray[np.floating]:
    """Means of 2 x 2 pixels."""
    height, width, channels = pixels.shape
    return pixels.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))


def unmultiplied(pixels: NDArray[np.floating]) -> Rgba:
    """Premultiplied floats as straight uint8; what is invisible becomes white."""
    alpha = pixels[..., 3:]
    colour = np.where(alpha > 1e-4, pixels[..., :3] / np.maximum(alpha, 1e-4), 1.0)
    return (np.clip(np.concatenate([colour, alpha], -1), 0, 1) * 255 + 0.5).astype(np.uint8)
