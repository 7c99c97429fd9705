"""What a training looks at, computed once: latents and masks of photos, states of captions, and
latents of the class. All of it is cached by content, so the second training starts at once."""

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional

from pipelines import runtime
from pipelines.adapters.lora import bare
from pipelines.conditioning.prompt import Fragment
from pipelines.conditioning.states import TextStates, joined
from pipelines.data.buckets import Size, bucket, fitted
from pipelines.data.cache import Cache, fingerprint, public
from pipelines.errors import TrainingError
from pipelines.generate import denoise
from pipelines.guidance import ClassifierFree, Conditioning
from pipelines.metrics.pixels import read
from pipelines.models.base import BaseModel
from pipelines.models.cards import file_digest
from pipelines.models.families import windows
from pipelines.recipes.subject.settings import DreamBoothConfig, Photo
from pipelines.spec import Sampler

Pictures = tuple[Image.Image, Image.Image]  # photo and mask
SMALLEST_VIEW = 0.8  # share of a photo's side that a cropped view shows


@dataclass(frozen=True)
class Shot:
    """One view of one photo: latents (C, h, w), mask (1, h, w) in [0, 1], its caption."""

    latents: Tensor
    mask: Tensor
    caption: str


class Material:
    """Shots by size, text states by caption, class latents by size."""

    def __init__(self, config: DreamBoothConfig, base: BaseModel, cache: Cache) -> None:
        self.config, self.base, self.cache = config, base, cache
        self.class_prompt = f"a {config.class_word}"
        self.autoencoder = fingerprint(base.autoencoder)
        self.shots: dict[Size, list[Shot]] = defaultdict(list)
        for photo in config.photos:
            size, shots = self.shots_of(photo)
            self.shots[size] += shots
        self.captions = sorted({c for p in config.photos for c in self.said_of(p)} | {""})
        self.states = None if "text" in config.targets else self.text_states()
        self.classes = (
            {size: self.class_latents(size) for size in self.shots}
            if config.prior == "images"
            else {}
        )

    def said_of(self, photo: Photo) -> tuple[str, ...]:
        """Captions that its steps need: with the token, and of the class."""
        return (
            photo.caption,
            self.config.class_caption(photo.caption),
            f"a {self.config.class_word}",
        )

    def shots_of(self, photo: Photo) -> tuple[Size, list[Shot]]:
        """The views of one photo, encoded or from the cache. Its files are hashed once, and read
        only where a view is not cached."""
        native = (self.base.card.width, self.base.card.height)
        size = bucket(size_of(photo), native, step(self.base))
        files = {
            "photo": file_digest(photo.path),
            "mask": photo.mask and file_digest(photo.mask),
            "crop": photo.crop,
            "size": size,
            "autoencoder": self.autoencoder,
        }
        pictures = functools.cache(partial(opened, photo))
        shots = []
        for view in range(self.config.views):
            for mirrored in (False, True)[: 1 + self.config.flip]:
                key = {**files, "view": view, "mirrored": mirrored}
                make = partial(self.encoded, pictures, size, view, mirrored)
                found = self.cache.get(key, make)
                shots.append(Shot(found["latents"], found["mask"], photo.caption))
        return size, shots

    def encoded(
        self, pictures: Callable[[], Pictures], size: Size, view: int, mirrored: bool
    ) -> dict[str, Tensor]:
        """Latents and mask of one view."""
        place, scale = way(view)

        def pixels(picture: Image.Image) -> np.ndarray:
            values = np.asarray(fitted(picture, size, scale, place), np.float32) / 255
            return values[:, ::-1].copy() if mirrored else values

        image, mask = pictures()
        with torch.inference_mode():
            rgb = torch.from_numpy(pixels(image)).permute(2, 0, 1)[None] * 2 - 1
            # the mean: a draw of the posterior differs by less than the noise of any step
            latents = self.base.encode_pixels(rgb)[0]
        grey = torch.from_numpy(pixels(mask))[None, None]
        small = functional.interpolate(grey, latents.shape[-2:], mode="area")[0]
        return {"latents": latents, "mask": small}

    def tokens(self, texts: Sequence[str]) -> list[Any]:
        """Texts as the encoder reads them: token ids and masks, window by window. They stand in
        keys for the tokenizer, whatever its kind and settings."""
        cut = [windows(self.base.tokenizer, (Fragment(text),)) for text in texts]
        return [[ids.tolist(), mask.tolist()] for ids, mask, _ in cut]

    def text_states(self) -> dict[str, TextStates]:
        """States of every caption, padded to one length together."""
        base = self.base

        def make() -> dict[str, Tensor]:
            with bare(base):
                states = base.encode([(Fragment(text),) for text in self.captions])
            mask = {} if states.mask is None else {"mask": states.mask}
            return {"states": states.states, **mask}

        key = {
            "captions": self.captions,
            "tokens": self.tokens(self.captions),
            "encoder": fingerprint(base.text_encoder),
        }
        found = self.cache.get(key, make)
        states = TextStates(found["states"], found.get("mask"))
        return {text: states.rows(i, i + 1) for i, text in enumerate(self.captions)}

    def text(self, captions: list[str]) -> TextStates:
        """States of captions: from the cache, or with gradients where the encoder learns."""
        if self.states is None:
            fragments = [(Fragment(text),) for text in captions]
            return self.base.family.encode(self.base, fragments)
        return joined([self.states[text] for text in captions])

    def class_latents(self, size: Size) -> Tensor:
        """Latents (N, C, h, w) of what the base draws for "a <class>", straight from the denoiser.

        The autoencoder has no part in it: a picture that is decoded and encoded again loses detail.
        """
        base, count = self.base, self.config.class_images
        seed = self.config.loop.seed
        shape = (base.latent_channels, size[1] // base.latent_scale, size[0] // base.latent_scale)

        def make() -> dict[str, Tensor]:
            with torch.inference_mode(), bare(base):
                texts = base.encode([(Fragment(self.class_prompt),), (Fragment(""),)])
                parts = []
                for start in range(seed, seed + count, 4):
                    seeds = list(range(start, min(start + 4, seed + count)))
                    prompt, empty = (texts.rows(i, i + 1).repeated(len(seeds)) for i in (0, 1))
                    guidance = ClassifierFree(
                        Conditioning(prompt, empty), base.card.guidance, base.card.guidance_rescale
                    )
                    noise = runtime.noise(seeds, shape)
                    *_, last = denoise(base, guidance, noise, base.card.steps, Sampler.DDIM)
                    parts.append(last.latents)
                return {"latents": torch.cat(parts)}

        key = {
            "class": self.class_prompt,
            "tokens": self.tokens([self.class_prompt, ""]),
            "scheduler": public(base.scheduler_config),
            "size": size,
            "seeds": [seed, count],
            "guidance": [base.card.guidance, base.card.guidance_rescale, base.card.steps],
            "model": fingerprint(base.denoiser, base.text_encoder),
        }
        return self.cache.get(key, make)["latents"]


def size_of(photo: Photo) -> Size:
    """Width and height of a photo after its crop, from the files' headers alone.

    Raises:
        TrainingError: a file cannot be read, or the mask has another size.
    """
    try:
        with Image.open(photo.path) as image:
            size = image.size
        masked = size
        if photo.mask:
            with Image.open(photo.mask) as mask:
                masked = mask.size
    except (OSError, UnidentifiedImageError) as error:
        raise unreadable(photo, error) from error
    if masked != size:
        raise TrainingError(
            f"The mask of {photo.path.name} is {masked[0]}×{masked[1]}, the photo "
            f"{size[0]}×{size[1]}. Draw the mask again."
        )
    left, top, right, bottom = photo.crop or (0, 0, *size)
    return right - left, bottom - top


def opened(photo: Photo) -> Pictures:
    """The photo on white and its mask, all white where there is none, both cropped.

    Raises:
        TrainingError: a file cannot be read.
    """
    try:
        image = Image.fromarray((read(Image.open(photo.path)) * 255).round().astype(np.uint8))
        mask = Image.open(photo.mask).convert("L") if photo.mask else None
    except (OSError, UnidentifiedImageError) as error:
        raise unreadable(photo, error) from error
    mask = mask or Image.new("L", image.size, 255)
    return (image.crop(photo.crop), mask.crop(photo.crop)) if photo.crop else (image, mask)


def unreadable(photo: Photo, error: Exception) -> TrainingError:
    """What to say of a photo that is no picture."""
    return TrainingError(f"{photo.path.name} cannot be read: {error}. Add it again.")


def step(base: BaseModel) -> int:
    """Steps between training sizes in pixels: 64 at 512, less for smaller models, and always what
    the denoiser can halve twice."""
    return max(min(64, min(base.card.width, base.card.height) // 8), 4 * base.latent_scale)


def way(view: int) -> tuple[Size, float]:
    """Where and how large a view of a photo is cut: the first is all of it, the others are the same
    for everyone."""
    if view == 0:
        return (50, 50), 1.0
    rng = np.random.default_rng(view)
    return (int(rng.integers(101)), int(rng.integers(101))), float(rng.uniform(SMALLEST_VIEW, 1))
