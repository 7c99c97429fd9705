"""Photos for tests, made of the bundled stickers: turned, tilted, moved, lit, on other grounds.

A good set has twelve; each damage is done to one of them, or to the whole set, and returns which.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from pipelines.metrics.pixels import background
from pipelines.models.cards import assets_dir

DECK = assets_dir() / "decks" / "stickers"
SIDE = 512  # pixels of a photo
GROUNDS = (  # upper and lower colour: a wall and a floor
    ((226, 219, 205), (160, 120, 84)),
    ((150, 190, 225), (104, 148, 84)),
    ((235, 235, 238), (205, 206, 212)),
    ((88, 92, 110), (52, 56, 70)),
    ((214, 176, 160), (120, 84, 92)),
    ((244, 226, 160), (214, 190, 120)),
    ((120, 156, 148), (74, 104, 98)),
    ((196, 180, 214), (140, 122, 168)),
)


@dataclass(frozen=True)
class Shot:
    """How one photo is taken. `x`, `y`, `size` are shares of the frame; angles in degrees."""

    ground: int
    turn: float
    tilt: float  # how far the picture is turned away, -0.5 to 0.5; sides swap below 0
    size: float
    x: float
    y: float
    light: float
    horizon: float


@cache
def sticker(name: str) -> Image.Image:
    """A sticker of the deck as RGBA without its ground, by the words in its file's name."""
    (file,) = DECK.glob(f"*-{name}.webp")
    image = Image.open(file).convert("RGB")
    rgb = np.asarray(image, np.float32) / 255
    differs = Image.fromarray(((np.abs(rgb - background(rgb)).max(-1) > 0.08) * 255).astype("u1"))
    padded = Image.new("L", (image.width + 2, image.height + 2))
    padded.paste(differs, (1, 1))
    ImageDraw.floodfill(padded, (0, 0), 128)  # what the outside reaches; the rest is the figure
    alpha = padded.point(lambda value: 0 if value == 128 else 255).crop((1, 1, 513, 513))
    image.putalpha(alpha)
    return image.crop(alpha.getbbox())


def shots(count: int = 12, seed: int = 0) -> list[Shot]:
    """A good set: other grounds, angles, sizes, places."""
    rng = np.random.default_rng(seed)
    first = int(rng.integers(len(GROUNDS)))
    return [
        Shot(
            ground=(first + i) % len(GROUNDS),
            turn=float(rng.uniform(-25, 25)),
            tilt=float(rng.uniform(0.1, 0.45) * (-1) ** i),
            size=float(rng.uniform(0.5, 0.75)),
            x=float(rng.uniform(0.44, 0.56)),
            y=float(rng.uniform(0.44, 0.56)),
            light=float(rng.uniform(0.85, 1.15)),
            horizon=float(rng.uniform(0.55, 0.8)),
        )
        for i in range(count)
    ]


def photograph(icon: Image.Image, shot: Shot) -> Image.Image:
    """One photo, with a little grain."""
    frame = ground(shot)
    seen = tilted(icon, shot.tilt).rotate(shot.turn, Image.Resampling.BICUBIC, expand=True)
    scale = shot.size * SIDE / max(seen.size)
    seen = seen.resize((round(seen.width * scale), round(seen.height * scale)))
    place = (round(shot.x * SIDE - seen.width / 2), round(shot.y * SIDE - seen.height / 2))
    frame.paste(seen, place, seen)
    frame = ImageEnhance.Brightness(frame).enhance(shot.light)
    grain = np.random.default_rng(int(1e6 * shot.x)).normal(0, 2.0, (SIDE, SIDE, 1))
    return Image.fromarray((np.asarray(frame) + grain).clip(0, 255).astype("u1"))


def ground(shot: Shot) -> Image.Image:
    """A wall and a floor, both a little shaded."""
    upper, lower = GROUNDS[shot.ground]
    frame = Image.new("RGB", (SIDE, SIDE), upper)
    frame.paste(lower, (0, round(SIDE * shot.horizon), SIDE, SIDE))
    shade = (
        Image.linear_gradient("L").resize((SIDE, SIDE)).point([235 + v // 13 for v in range(256)])
    )
    return Image.composite(frame, Image.new("RGB", frame.size), shade)


def tilted(icon: Image.Image, tilt: float) -> Image.Image:
    """Turned about its vertical axis, as a card would be: one side shorter, all narrower."""
    width, height = icon.size
    near, far = (0.0, abs(tilt) * 0.35 * height) if tilt >= 0 else (abs(tilt) * 0.35 * height, 0.0)
    quad = (0, -near, 0, height + near, width, height + far, width, -far)
    narrow = (max(8, round(width * (1 - 0.5 * abs(tilt)))), height)
    return icon.transform(narrow, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def good_set(name: str, count: int = 12, seed: int = 0) -> list[Image.Image]:
    """Photos as they should be."""
    return [photograph(sticker(name), shot) for shot in shots(count, seed)]


def blurred(photos: list[Image.Image], which: int, by: float = 9) -> list[Image.Image]:
    """One photo out of focus."""
    return replaced(photos, which, photos[which].filter(ImageFilter.GaussianBlur(by)))


def doubled(photos: list[Image.Image], which: int, other: int) -> list[Image.Image]:
    """One photo that is another one taken a moment later."""
    again = ImageEnhance.Brightness(photos[other]).enhance(1.04)
    return replaced(photos, which, again.crop((6, 4, SIDE - 4, SIDE - 5)).resize((SIDE, SIDE)))


def tiny(photos: list[Image.Image], which: int) -> list[Image.Image]:
    """One photo from a chat: too few pixels."""
    return replaced(photos, which, photos[which].resize((100, 100), Image.Resampling.BOX))


def far_away(name: str, photos: list[Image.Image], which: int, seed: int) -> list[Image.Image]:
    """One photo taken from across the street."""
    shot = replace(shots(len(photos), seed)[which], size=0.2)
    return replaced(photos, which, photograph(sticker(name), shot))


def cut_off(name: str, photos: list[Image.Image], which: int, seed: int) -> list[Image.Image]:
    """One photo that shows half of the subject."""
    shot = replace(shots(len(photos), seed)[which], y=0.98, size=0.7)
    return replaced(photos, which, photograph(sticker(name), shot))


def two_of_them(name: str, photos: list[Image.Image], which: int, seed: int) -> list[Image.Image]:
    """One photo with two subjects."""
    shot = replace(shots(len(photos), seed)[which], size=0.38, x=0.25)
    photo = photograph(sticker(name), shot)
    second = replace(shot, x=0.75, turn=-shot.turn)
    icon = tilted(sticker(name), second.tilt).rotate(second.turn, expand=True)
    scale = second.size * SIDE / max(icon.size)
    icon = icon.resize((round(icon.width * scale), round(icon.height * scale)))
    at = (round(second.x * SIDE - icon.width / 2), round(second.y * SIDE - icon.height / 2))
    photo.paste(icon, at, icon)
    return replaced(photos, which, photo)


def replaced(photos: list[Image.Image], which: int, photo: Image.Image) -> list[Image.Image]:
    return [photo if index == which else kept for index, kept in enumerate(photos)]
