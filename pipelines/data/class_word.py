"""What the subject of photos is, in one common word, guessed for the person to confirm.

The sticker CLIP has learnt from drawings: on photographs it knows simple things only, so its guess
is offered and never used unasked. Where the figure was found, the rest is made white, as it is in
what this CLIP has seen.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from pipelines.data.figure import find_figure
from pipelines.data.photos import pixels_of

SIDE = 256  # pixels; the CLIP looks at 64, so no more is needed
WORDS = tuple(
    """dog cat bird horse rabbit fox bear lion tiger elephant monkey frog turtle snake fish dolphin
    whale octopus snail butterfly bee spider dinosaur dragon unicorn owl penguin duck chicken cow
    pig sheep mouse deer person man woman child baby face hand robot astronaut ghost monster doll
    toy teddy-bear car bus truck train bicycle motorcycle boat ship airplane helicopter rocket house
    castle church tent tree flower rose cactus leaf mushroom fruit apple banana cake cupcake bread
    pizza hamburger ice-cream cup mug bottle glass teapot bowl plate spoon knife chair sofa table
    lamp bed clock watch camera phone computer television radio guitar violin drum trumpet piano
    book pen pencil scissors hammer key umbrella bag backpack suitcase shoe boot hat shirt dress
    ring crown glasses ball balloon kite gift candle flag sign logo mountain planet moon sun star
    cloud snowman heart anchor wheel""".replace("\n", " ").split()
)


def suggest(images: Sequence[Image.Image], count: int = 3) -> list[tuple[str, float]]:
    """The likeliest words with their probabilities, if exactly one of WORDS is true of all."""
    from pipelines.metrics.clip import load_clip, similarity  # torch, only where it is needed

    clip = load_clip()
    words = [word.replace("-", " ") for word in WORDS]
    seen = clip.embed_images([alone(image) for image in images]).mean(0, keepdim=True)
    seen = seen / seen.norm(dim=-1, keepdim=True)
    chances = (clip.scale * similarity(seen, clip.embed_texts(words))).softmax(1)[0]
    best = chances.argsort(descending=True)[:count]
    return [(words[i], float(chances[i])) for i in best.tolist()]


def alone(image: Image.Image) -> Image.Image:
    """The subject by itself on white, in a square; the whole photo where it was not found."""
    figure = find_figure(image)
    if figure is None:
        return image
    mask = Image.fromarray((figure.mask * 255).astype(np.uint8)).resize(image.size)
    cut = Image.composite(image, Image.new("RGB", image.size, "white"), mask)
    cut = cut.crop(pixels_of(figure.box, image))
    side = round(1.15 * max(cut.size))
    square = Image.new("RGB", (side, side), "white")
    square.paste(cut, ((side - cut.width) // 2, (side - cut.height) // 2))
    return square.resize((SIDE, SIDE))
