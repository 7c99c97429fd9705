"""The work of a "blind" job: draws the pairs of a blind test, without and with the profile."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.generate import Picture as Drawn
from pipelines.generate import generate
from pipelines.metrics.clip import load_clip, similarity
from pipelines.models.base import BaseModel
from pipelines.models.cards import file_digest
from pipelines.spec import Frozen, GenerationSpec, Taste
from studio.domain import BlindPair, Pick, Picture, PictureKind, Progress, new_id
from studio.jobs.context import JobContext
from studio.provenance import write_png
from studio.services.engine import Engine
from studio.services.taste import taste_of

FOLDER = "tests"  # among the pictures of the studio


class BlindParams(Frozen):
    """What the job holds: all else is fixed with the test."""

    test: str


def run(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """Draw what is not drawn yet; a pair is stored as soon as both its pictures are there."""
    test = context.store.blind_tests.get(BlindParams.parse(params).test)
    pairs = context.store.blind_tests.pairs(test.id)
    lacking = [pair for pair in pairs if not pair.is_drawn]
    yield Progress(total=len(lacking), text=f"Loading {test.model_id}")
    base = Engine(context.paths, context.settings, context.store, context.kept).base(test.model_id)
    version = context.store.profiles.version(test.profile_id, test.profile_version)
    taste = taste_of(version, test.strength)
    began = time.perf_counter()
    for done, pair in enumerate(lacking):
        pace = (time.perf_counter() - began) / done if done else None
        now = Progress(
            step=done,
            total=len(lacking),
            text=f"Preparing pair {pair.number} of {len(pairs)}.",
            seconds_left=pace and pace * (len(lacking) - done),
        )
        images: list[Image.Image] = []
        for wanted in (None, taste):
            spec = GenerationSpec(
                prompt=pair.prompt, seed=pair.seed, steps=base.card.steps, taste=wanted
            )
            for event in generate(base, spec):
                yield now  # a denoising step: here the job can be stopped
                if isinstance(event, Drawn):
                    images.append(event.image)
        plain, personal = images
        keep(context, pair, plain, personal, gains(base, taste, plain, personal))
    yield Progress(step=len(lacking), total=len(lacking))
    yield {"test": test.id, "pairs": len(pairs)}


def keep(
    context: JobContext,
    pair: BlindPair,
    plain: Image.Image,
    personal: Image.Image,
    gained: dict[str, float],
) -> None:
    """Store both pictures, each on its side; no file stays that no row knows."""
    sides = [plain, personal] if pair.personal is Pick.RIGHT else [personal, plain]
    names = [new_id(), new_id()]  # files tell nothing about their side
    files = [context.paths.pictures / FOLDER / f"{name}.png" for name in names]
    stored = False
    try:
        for image, file in zip(sides, files, strict=True):
            write_png(image, file, None)
        shown = zip(files, sides, strict=True)
        left, right = (as_picture(context, pair, file, image) for file, image in shown)
        found = pair.model_copy(update={"gains": gained})
        stored = context.store.blind_tests.draw(found, left, right)
    finally:
        if not stored:
            for file in files:
                file.unlink(missing_ok=True)


def as_picture(context: JobContext, pair: BlindPair, file: Path, image: Image.Image) -> Picture:
    """The row of a file without a record inside."""
    return Picture(
        id=file.stem,
        kind=PictureKind.TEST,
        path=file.relative_to(context.paths.home).as_posix(),
        sha256=file_digest(file),
        width=image.width,
        height=image.height,
        caption=pair.prompt,
    )


def gains(
    base: BaseModel, taste: Taste, plain: Image.Image, personal: Image.Image
) -> dict[str, float]:
    """How much more the picture with the profile shows each phrase, as a difference of cosines.

    By the sticker CLIP, which knows nothing of other models' pictures: there, nothing is said."""
    if not (base.card.embedded and taste.liked):
        return {}
    clip = load_clip()
    phrases = [each.phrase for each in taste.liked]
    shown = similarity(clip.embed_images([plain, personal]), clip.embed_texts(phrases))
    return {p: round(float(g), 4) for p, g in zip(phrases, shown[1] - shown[0], strict=True)}
