"""The few ways in which training shows each icon: background, colours, and the caption for both.

They are drawn once, not every time, so that the text tower reads every caption once.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from pipelines.metrics.pixels import colour_shares
from pipelines.recipes.base_model.captions import BACKGROUNDS, caption, pick_background
from pipelines.recipes.base_model.icons import Icons
from pipelines.recipes.base_model.styles import Style, load_styles

# Exchanging the channels turns or mirrors the hue circle and keeps saturation and value:
# the same drawing in other colours, whose names are then measured anew. 0 is unchanged.
RECOLOURINGS = tuple(permutations((0, 1, 2)))
NAMED, LISTED = 0.06, 3  # a colour of this share is named; at most so many are
MUCH_BLACK = 0.45  # of an outlined icon: more than lines


@dataclass(frozen=True)
class Variant:
    """`recolouring` indexes RECOLOURINGS; `background` is "" for a colour without a name;
    `colours` are those of the recoloured icon, largest share first."""

    background: str
    recolouring: int
    colours: tuple[str, ...]
    caption: str


def make_variants(
    icons: Icons, keep: NDArray[np.integer], count: int, rng: np.random.Generator
) -> list[list[Variant]]:
    """`count` variants of each icon in `keep`; the last one is recoloured where it has colours."""
    out = []
    for index in keep:
        row, style = icons.rows[index], load_styles()[icons.rows[index]["set"]]
        own = []
        for number in range(count):
            turn, colours = 0, tuple(row["colors"])
            if number == count - 1 and colours:
                turn = int(rng.integers(1, len(RECOLOURINGS)))
                colours = colour_words(icons.pixels[index], style, turn)
            own.append(one(row, style, turn, colours, rng))
        out.append(own)
    return out


def one(
    row: dict, style: Style, turn: int, colours: tuple[str, ...], rng: np.random.Generator
) -> Variant:
    """One variant with a caption that leaves out parts at random, and no word that is not true."""
    # a nameless ground now and then: what stands behind a picture is not always one of ten colours
    ground = "" if rng.random() < 0.1 and not style.needs_light else pick_background(row, rng)
    said = caption(
        row,
        style=str(rng.choice(style.phrasings)) if turn == 0 and rng.random() < 0.85 else "",
        colours=list(colours) if turn or rng.random() < 0.6 else [],
        background=ground if rng.random() < 0.7 else "",
    )
    assert ground in BACKGROUNDS or not ground
    return Variant(ground, turn, colours, said)


def colour_words(rgba: NDArray[np.uint8], style: Style, recolouring: int = 0) -> tuple[str, ...]:
    """Colours a caption may name, of an icon (H, W, 4) with its channels exchanged."""
    figure = rgba[rgba[..., 3] > 127][:, RECOLOURINGS[recolouring]].astype(np.float32)
    return captioned(colour_shares(figure / np.float32(255)), style)


def captioned(shares: dict[str, float], style: Style) -> tuple[str, ...]:
    """Which colours of these shares a caption names: not the black of outlines, none of ink."""
    large = [name for name, share in shares.items() if share >= NAMED][:5]
    lines_only = style.outlined and len(large) > 1 and shares.get("black", 0) < MUCH_BLACK
    if lines_only:
        large = [name for name in large if name != "black"]
    return () if style.ink else tuple(large[:LISTED])
