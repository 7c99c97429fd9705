"""What can be seen in one photo of a subject, before anything is trained on it.

    looks = [look_at(image, side=512) for image in photos]
    check(looks)                       # pipelines.data.advice

Only pixels are counted: the same numbers come out on every machine, in milliseconds, offline.
`side` is the side in pixels at which the model learns.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipelines.data.figure import SIDE, Figure, figure_of, group, small, smooth, to_lab
from pipelines.metrics.pixels import Mask, Pixels

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels of the photo

MARGIN = 0.15  # of the subject's longer side, left free around it in a suggested crop
REBLUR = 9  # pixels of the averaging that sharpness is compared with
GRAIN = 0.01  # steps of luminance below which nothing is counted
FRAME, SHAPE = 24, 20  # pixels a side of the small pictures that photos are compared by
COLOURS = 5  # of the surroundings
NO_FIGURE = 0.7  # share of a photo's middle that is compared where no figure was found


@dataclass(frozen=True)
class Look:
    """One photo as the checks see it.

    `blur` is 0 (sharp) to 1; `size` the pixels of its shorter side; `ground` the colours
    (k, 4) of the surroundings, Lab and share; `shape` the subject and `frame` the whole
    photo, small, with mean 0 and length 1, so that a dot product says how alike two are.
    """

    size: int
    blur: float
    figure: Figure | None
    ground: Pixels
    shape: Pixels
    frame: Pixels


def look_at(image: Image.Image, side: int) -> Look:
    """Measure one photo (already cropped, if it is to be)."""
    lab = to_lab(small(image, SIDE))
    figure = figure_of(lab)
    mask = middle(lab) if figure is None else figure.mask
    return Look(
        size=min(image.size),
        blur=blur_of(at_side(subject_of(image, figure), side)),
        figure=figure,
        ground=ground_of(lab, mask),
        shape=shape_of(lab, mask, figure),
        frame=unit(resized(lab, FRAME)),
    )


def suggest_crop(image: Image.Image, side: int) -> Box | None:
    """A square around the subject with room beside it; None if there is no need for one.

    It is never smaller than the model's side, so that nothing is enlarged.
    """
    figure = figure_of(to_lab(small(image, SIDE)))
    if figure is None or figure.parts > 1:
        return None
    left, top, right, bottom = pixels_of(figure.box, image)
    wanted = round(max(right - left, bottom - top) * (1 + 2 * MARGIN))
    length = min(max(wanted, side), *image.size)
    if length > 0.85 * min(image.size):
        return None
    x = placed((left + right) / 2, length, image.width)
    y = placed((top + bottom) / 2, length, image.height)
    return x, y, x + length, y + length


def placed(middle: float, length: int, room: int) -> int:
    """Where a stretch begins that is centred as far as the picture allows."""
    return int(min(max(round(middle - length / 2), 0), room - length))


def pixels_of(box: tuple[float, float, float, float], image: Image.Image) -> Box:
    """Shares as pixels."""
    left, top, right, bottom = box
    width, height = image.size
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def subject_of(image: Image.Image, figure: Figure | None) -> Image.Image:
    """The part in which sharpness matters: a soft background is no fault."""
    return image if figure is None else image.crop(pixels_of(figure.box, image))


def at_side(image: Image.Image, side: int) -> Image.Image:
    """Made smaller to what the model will see; never enlarged, which would look like blur."""
    if min(image.size) <= side:
        return image
    scale = side / min(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)))


def blur_of(image: Image.Image) -> float:
    """How little is lost by averaging neighbours: 0 for a sharp picture, towards 1 for a soft one.

    Crete, Dolmiere, Ladret, Nicolas 2007, "The blur effect", equations 1 to 6, on luminance: a
    sharp edge loses most of its step to the averaging, a soft one hardly any.
    """
    grey = smooth(np.asarray(image.convert("L"), np.float32) / 255)  # a camera's grain is no edge
    return max(blur_along(grey), blur_along(grey.T))


def blur_along(grey: Pixels) -> float:
    """The same along the rows of (h, w)."""
    if grey.shape[1] <= REBLUR:
        return 1.0
    padded = np.pad(grey, ((0, 0), (REBLUR // 2 + 1, REBLUR // 2)), mode="edge").cumsum(1)
    averaged = (padded[:, REBLUR:] - padded[:, :-REBLUR]) / REBLUR
    steps, left = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(averaged, axis=1))
    steps = np.where(steps > GRAIN, steps, 0)
    lost = np.maximum(0, steps - left).sum()
    return float(1 - lost / steps.sum()) if steps.any() else 1.0


def ground_of(lab: Pixels, mask: Mask) -> Pixels:
    """The colours of what surrounds the subject: Lab and the share of each, (k, 4). Light changes
    from photo to photo in the same room, so lightness counts half."""
    around = lab[~mask] if (~mask).sum() > 30 else lab.reshape(-1, 3)
    around = around[:: max(1, len(around) // 1000)] * np.array([0.5, 1, 1], np.float32)
    centres = group(around, COLOURS)
    nearest = np.linalg.norm(around[:, None] - centres, axis=-1).argmin(1)
    shares = np.bincount(nearest, minlength=len(centres)) / len(around)
    return np.concatenate([centres, shares[:, None]], 1)


def ground_distance(a: Pixels, b: Pixels) -> float:
    """How far two surroundings are apart, in Lab: how far one has to go from each colour of the
    one to the nearest of the other, and back."""
    away = np.linalg.norm(a[:, None, :3] - b[None, :, :3], axis=-1)
    return float((away.min(1) * a[:, 3]).sum() + (away.min(0) * b[:, 3]).sum()) / 2


def shape_of(lab: Pixels, mask: Mask, figure: Figure | None) -> Pixels:
    """The subject alone, squeezed to a square; what surrounds it is blank."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    cut, inside = lab[window], mask[window][..., None]
    centred = (cut - cut[inside[..., 0]].mean(0)) / 50  # about -1 to 1
    if figure is None:
        return unit(resized(centred, SHAPE))
    return unit(resized(np.concatenate([centred * inside, inside - 0.5], -1), SHAPE))


def middle(lab: Pixels) -> Mask:
    """The middle of a photo whose subject was not found."""
    mask = np.zeros(lab.shape[:2], np.bool_)
    height, width = lab.shape[:2]
    away = (1 - NO_FIGURE) / 2
    mask[round(away * height) : round((1 - away) * height)] = True
    mask[:, : round(away * width)] = mask[:, round((1 - away) * width) :] = False
    return mask


def resized(values: Pixels, side: int) -> Pixels:
    """(h, w, c) to (side, side, c), averaging areas."""
    planes = [
        Image.fromarray(np.ascontiguousarray(p, np.float32)) for p in np.moveaxis(values, -1, 0)
    ]
    return np.stack([np.asarray(p.resize((side, side), Image.Resampling.BOX)) for p in planes], -1)


def unit(values: Pixels) -> Pixels:
    """Mean 0 a channel and length 1 in all."""
    centred = values - values.mean((0, 1))
    return centred / max(float(np.linalg.norm(centred)), 1e-6)
