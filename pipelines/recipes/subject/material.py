"""What a training looks at, computed once: latents and masks of photos, states of captions, and
latents of the class. All of it is cached by content, so the second training starts at once."""

from collections import defaultdict
from dataclasses import dataclass

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
from pipelines.data.cache import Cache, fingerprint
from pipelines.errors import TrainingError
from pipelines.generate import denoise
from pipelines.guidance import ClassifierFree, Conditioning
from pipelines.metrics.pixels import read
from pipelines.models.base import BaseModel
from pipelines.models.cards import file_digest
from pipelines.recipes.subject.settings import DreamBoothConfig, Photo
from pipelines.spec import Sampler

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
            for view in range(config.views):
                for mirrored in (False, True)[: 1 + config.flip]:
                    size, shot = self.shot(photo, view, mirrored)
                    self.shots[size].append(shot)
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

    def shot(self, photo: Photo, view: int, mirrored: bool) -> tuple[Size, Shot]:
        """Encode one view of a photo, or take it from the cache."""
        image, mask = opened(photo)
        size = bucket(image.size, (self.base.card.width, self.base.card.height), step(self.base))
        place, scale = way(view)

        def pixels(picture: Image.Image) -> np.ndarray:
            values = np.asarray(fitted(picture, size, scale, place), np.float32) / 255
            return values[:, ::-1].copy() if mirrored else values

        def make() -> dict[str, Tensor]:
            with torch.inference_mode():
                rgb = torch.from_numpy(pixels(image)).permute(2, 0, 1)[None] * 2 - 1
                # the mean: a draw of the posterior differs by less than the noise of any step
                latents = self.base.encode_pixels(rgb)[0]
            grey = torch.from_numpy(pixels(mask))[None, None]
            small = functional.interpolate(grey, latents.shape[-2:], mode="area")[0]
            return {"latents": latents, "mask": small}

        key = {
            "photo": file_digest(photo.path),
            "mask": photo.mask and file_digest(photo.mask),
            "crop": photo.crop,
            "size": size,
            "view": view,
            "mirrored": mirrored,
            "autoencoder": self.autoencoder,
        }
        found = self.cache.get(key, make)
        return size, Shot(found["latents"], found["mask"], photo.caption)

    def text_states(self) -> dict[str, TextStates]:
        """States of every caption, padded to one length together."""
        base = self.base

        def make() -> dict[str, Tensor]:
            with bare(base):
                states = base.encode([(Fragment(text),) for text in self.captions])
            mask = {} if states.mask is None else {"mask": states.mask}
            return {"states": states.states, **mask}

        key = {"captions": self.captions, "encoder": fingerprint(base.text_encoder)}
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
            "size": size,
            "seeds": [seed, count],
            "guidance": [base.card.guidance, base.card.guidance_rescale, base.card.steps],
            "model": fingerprint(base.denoiser, base.text_encoder),
        }
        return self.cache.get(key, make)["latents"]


def opened(photo: Photo) -> tuple[Image.Image, Image.Image]:
    """The photo on white and its mask, all white where there is none, both cropped.

    Raises:
        TrainingError: a file cannot be read, or the mask has another size.
    """
    try:
        image = Image.fromarray((read(Image.open(photo.path)) * 255).round().astype(np.uint8))
        mask = Image.open(photo.mask).convert("L") if photo.mask else None
    except (OSError, UnidentifiedImageError) as error:
        raise TrainingError(f"{photo.path.name} cannot be read: {error}. Add it again.") from error
    if mask is not None and mask.size != image.size:
        raise TrainingError(
            f"The mask of {photo.path.name} is {mask.size[0]}×{mask.size[1]}, the photo "
            f"{image.size[0]}×{image.size[1]}. Draw the mask again."
        )
    mask = mask or Image.new("L", image.size, 255)
    return (image.crop(photo.crop), mask.crop(photo.crop)) if photo.crop else (image, mask)


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
