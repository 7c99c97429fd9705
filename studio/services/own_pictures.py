"""Pictures that the person brought: taken in once, with what can be measured in them."""

import numpy as np
from PIL import Image

from pipelines.metrics.pixels import COLOURS, background, colour_shares, figure, name_colours
from studio.domain import Picture, PictureKind
from studio.intake import Kept
from studio.paths import Paths
from studio.store import Store

SIDE = 128  # pixels; enough to name colours
SHARE = 0.1  # of the figure that a colour must cover to be named
NAMES = 3


def known_as(paths: Paths, store: Store, kept: Kept) -> Picture:
    """The picture of a file that was taken in; equal pixels are one picture, however often they
    are brought."""
    known = store.pictures.find_file(kept.sha256, PictureKind.OWN)
    if known is None:
        return store.pictures.add(as_picture(kept, paths))
    if (paths.home / known.path).is_file():
        return known
    path = str(kept.path.relative_to(paths.home))  # it came without its file, by an import
    return store.pictures.update(known.model_copy(update={"path": path}))


def forget(store: Store, kept: Kept) -> None:
    """Remove a file that was taken in, unless it is a picture already."""
    if store.pictures.find_file(kept.sha256, PictureKind.OWN) is None:
        kept.path.unlink(missing_ok=True)


def as_picture(kept: Kept, paths: Paths) -> Picture:
    """A picture for the store. Its file name stays out of it: names can tell who is in it."""
    with Image.open(kept.path) as image:
        facts = measure(image)
    return Picture(
        kind=PictureKind.OWN,
        path=str(kept.path.relative_to(paths.home)),
        sha256=kept.sha256,
        width=kept.width,
        height=kept.height,
        caption=f"a picture that you added, mostly {' and '.join(facts['colours'][:2])}",
        facts=facts,
    )


def measure(image: Image.Image) -> dict:
    """Facts in the form that decks have: named colours and background."""
    small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    rgb = np.asarray(small).astype(np.float32) / np.float32(255)
    mask = figure(rgb)
    pixels = rgb[mask] if mask.any() else rgb.reshape(-1, 3)
    shares = colour_shares(pixels)
    names = [name for name, share in shares.items() if share >= SHARE][:NAMES]
    ground = COLOURS[int(name_colours(background(rgb)[None])[0])]
    return {"colours": names or list(shares)[:1], "background": ground}
