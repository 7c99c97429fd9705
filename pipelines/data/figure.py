"""Where the subject of a photo is, found from colours alone: no model, nothing to download.

What surrounds a subject mostly reaches the frame on several sides; the subject does not. So the
colours along the frame are grouped, those that appear on three sides (or widely on two) are the
ground, and what differs from all of them is the figure. A subject in front of its own colours, or
a room full of things, is not found, and then nothing is claimed about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.metrics.pixels import Mask, Pixels

SIDE = 96  # pixels of the longer side: enough for a box, and quick
RING = 4  # pixels along the frame that are looked at
GROUPS = 5  # colours of the ground that are told apart
WIDE = 0.25  # of the ring that a colour on two sides must cover to be ground
CLEAR = 0.55  # share of the variance that the split into figure and ground must explain
NEAREST = 9.0  # Lab units that figure and ground must differ by
LARGEST = 0.8  # of the picture; more is no figure on a ground
GAP = 3  # pixels between parts that are still one thing
RIVAL = 0.35  # of the largest part's area, from which another part is a second subject
TOUCH = 0.06  # of a side of the frame that a figure must cover to be cut off there


@dataclass(frozen=True)
class Figure:
    """The subject as it was found. Boxes are (left, top, right, bottom) as shares of the picture.

    `mask` has shape (h, w), the longer side SIDE; `parts` counts things of comparable size; `cut`
    is the share of one side of the frame that the figure covers, 0 if it lies inside.
    """

    mask: Mask
    box: tuple[float, float, float, float]
    parts: int
    cut: float

    @property
    def coverage(self) -> float:
        """Area of the box as a share of the picture."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)


def find_figure(image: Image.Image) -> Figure | None:
    """The figure of a picture, None where it cannot be told from what is around it."""
    return figure_of(to_lab(small(image, SIDE)))


def figure_of(lab: Pixels) -> Figure | None:
    """The same from Lab values (h, w, 3)."""
    grounds = ground_colours(lab)
    if not len(grounds):
        return None
    away = smooth(distance_to(lab, grounds))
    threshold, clear = split(away)
    mask = away > max(threshold, NEAREST)
    if clear < CLEAR or not 0.004 < mask.mean() < LARGEST:
        return None
    parts = [part for part in components(grown(mask, GAP)) if (part & mask).any()]
    areas = sorted((int((part & mask).sum()) for part in parts), reverse=True)
    kept = [part & mask for part in parts if (part & mask).sum() >= 0.05 * areas[0]]
    mask = filled(np.logical_or.reduce(kept))
    touched = sides_touched(mask)
    if len(touched) > 1 or mask.mean() > LARGEST:  # more likely a ground that was misread
        return None
    return Figure(
        mask=mask,
        box=box_of(mask),
        parts=sum(area >= RIVAL * areas[0] for area in areas),
        cut=sum(touched),
    )


def small(image: Image.Image, side: int) -> Pixels:
    """The picture as (h, w, 3) floats in [0, 1], its longer side at most `side`."""
    scale = side / max(image.size)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), np.float32) / 255


def to_lab(rgb: Pixels) -> Pixels:
    """sRGB in [0, 1] to CIE Lab (D65), where equal distances look about equally different."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1).astype(np.float32)


def ground_colours(lab: Pixels) -> Pixels:
    """Colours (k, 3) of what surrounds the subject."""
    ring, side = ring_of(lab)
    centres = group(ring, GROUPS)
    nearest = np.linalg.norm(ring[:, None] - centres, axis=-1).argmin(1)
    ground = []
    for index, centre in enumerate(centres):
        mine = nearest == index
        # a colour that only grazes a side does not count as being there
        sides = sum((mine & (side == s)).sum() > 0.05 * (side == s).sum() for s in range(4))
        if sides >= 3 or (sides == 2 and mine.mean() >= WIDE):
            ground.append(centre)
    return np.array(ground, np.float32).reshape(-1, 3)


def ring_of(lab: Pixels) -> tuple[Pixels, NDArray[np.intp]]:
    """Colours along the frame (n, 3), and on which of the four sides each lies."""
    parts = [lab[:RING], lab[-RING:], lab[:, :RING], lab[:, -RING:]]
    flat = [part.reshape(-1, 3) for part in parts]
    return np.concatenate(flat), np.repeat(np.arange(4), [len(part) for part in flat])


def group(colours: Pixels, count: int) -> Pixels:
    """k-means centres (k, 3), begun from the colour farthest from those before: no chance in it."""
    centres = colours.mean(0, keepdims=True)
    for _ in range(count - 1):
        away = np.linalg.norm(colours[:, None] - centres, axis=-1).min(1)
        if away.max() < NEAREST:
            break
        centres = np.concatenate([centres, colours[away.argmax()][None]])
    for _ in range(8):
        nearest = np.linalg.norm(colours[:, None] - centres, axis=-1).argmin(1)
        used = np.unique(nearest)
        centres = np.stack([colours[nearest == index].mean(0) for index in used])
    return centres


def distance_to(lab: Pixels, grounds: Pixels) -> Pixels:
    """Lab distance (h, w) to the nearest ground colour, or to a mix of two: shade and gradients
    run between them."""
    points = lab.reshape(-1, 3)
    nearest = np.linalg.norm(points[:, None] - grounds, axis=-1).min(1)
    for a in range(len(grounds)):
        for b in range(a + 1, len(grounds)):
            if np.linalg.norm(grounds[a] - grounds[b]) < 3 * NEAREST:  # close: one shaded ground
                nearest = np.minimum(nearest, distance_to_segment(points, grounds[a], grounds[b]))
    return nearest.reshape(lab.shape[:2])


def distance_to_segment(points: Pixels, a: Pixels, b: Pixels) -> Pixels:
    """Distance (n,) of points (n, 3) to the line from a to b."""
    along = np.clip((points - a) @ (b - a) / max(float((b - a) @ (b - a)), 1e-6), 0, 1)
    return np.linalg.norm(points - (a + along[:, None] * (b - a)), axis=-1)


def smooth(values: Pixels) -> Pixels:
    """Mean over 3 x 3."""
    padded = np.pad(values, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9


def split(values: Pixels) -> tuple[float, float]:
    """Otsu's threshold (1979), and the share of the variance that the split explains."""
    counts, edges = np.histogram(values, 64)
    middles, share = (edges[:-1] + edges[1:]) / 2, counts / counts.sum()
    below, mean = share.cumsum(), (share * middles).cumsum()
    between = (mean[-1] * below - mean) ** 2 / np.maximum(below * (1 - below), 1e-9)
    best = int(between[:-1].argmax())
    variance = float((share * (middles - mean[-1]) ** 2).sum())
    return float(edges[best + 1]), float(between[best] / max(variance, 1e-9))


def grown(mask: Mask, by: int) -> Mask:
    """The mask made `by` pixels wider."""
    for _ in range(by):
        padded = np.pad(mask, 1)
        mask = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1]
        mask = mask | padded[1:-1, :-2] | padded[1:-1, 2:]
    return mask


def components(mask: Mask) -> Iterator[Mask]:
    """The connected parts of a mask, by flooding."""
    left = mask.copy()
    while left.any():
        part = np.zeros_like(mask)
        part[np.unravel_index(left.argmax(), mask.shape)] = True
        part = flood(part, left)
        left &= ~part
        yield part


def flood(seed: Mask, within: Mask) -> Mask:
    """All of `within` that is connected to `seed`."""
    while True:
        wider = grown(seed, 1) & within
        if (wider == seed).all():
            return seed
        seed = wider


def filled(mask: Mask) -> Mask:
    """The mask without holes: a white eye on a white ground belongs to the figure."""
    outside = np.pad(~mask, 1, constant_values=True)
    seed = np.zeros_like(outside)
    seed[0] = True
    return ~flood(seed, outside)[1:-1, 1:-1]


def box_of(mask: Mask) -> tuple[float, float, float, float]:
    """The box around a mask, as shares."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    height, width = mask.shape
    return (
        float(columns[0] / width),
        float(rows[0] / height),
        float((columns[-1] + 1) / width),
        float((rows[-1] + 1) / height),
    )


def sides_touched(mask: Mask) -> list[float]:
    """Shares of the sides of the frame that the figure covers, of those that it touches."""
    shares = [float(edge.mean()) for edge in (mask[0], mask[-1], mask[:, 0], mask[:, -1])]
    return [share for share in shares if share >= TOUCH]
