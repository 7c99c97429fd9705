"""How well a subject was learnt, as an image-text model sees it.

The studio's eye is the sticker CLIP; any other with the same two methods fits. Figures of different
eyes, or of different sets of photos, cannot be compared with one another. An eye rewards what it
knows: on photographs the sticker CLIP sees flat colours and simple shapes and little else.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines.data.figure import find_figure
from pipelines.metrics.picking import Score
from pipelines.metrics.pixels import read

ROOM = 0.08  # of the subject's longer side, left free around it
NARROW = 0.05  # cosines that lie closer than this tell nothing apart


class Eye(Protocol):
    """Pictures and words in one space; all embeddings (N, D) have unit length."""

    def embed_images(self, images: Sequence[Image.Image]) -> Tensor: ...

    def embed_texts(self, texts: Sequence[str]) -> Tensor: ...


class Judge:
    """Scores pictures of a subject against its photos and the prompts that were asked.

    Sample i answers prompt i mod P. Prompts are compared without `token`, which no eye knows.
    With `base_samples`, what the model without the adapter drew for the same prompts and seeds,
    cosines become shares: likeness 0 is as like as the base, 1 as like as the photos are to one
    another; prompt 0 is as near as the base's pictures are to the other prompts, 1 as near as they
    are to their own. Without them it is RPO's (cos + 1) / 2, in which good and bad lie close.
    """

    def __init__(
        self,
        eye: Eye,
        photos: Sequence[Image.Image],
        prompts: Sequence[str],
        token: str = "",
        *,
        masks: Sequence[Image.Image | None] | None = None,
        base_samples: Sequence[Image.Image] = (),
    ) -> None:
        self.eye = eye
        masks = masks or [None] * len(photos)
        subjects = [foreground(p, m) for p, m in zip(photos, masks, strict=True)]
        self.photos = self.seen(subjects)
        words = [" ".join(w for w in prompt.split() if w != token) for prompt in prompts]
        self.texts = eye.embed_texts(words)
        self.likeness_range, self.prompt_range = (-1.0, 1.0), (-1.0, 1.0)
        if base_samples:
            own, other = self.to_prompts(self.seen(base_samples))
            self.prompt_range = (other, own)
            base = float(self.to_photos(base_samples).mean())
            self.likeness_range = (base, self.among_photos())

    @torch.inference_mode()
    def seen(self, images: Sequence[Image.Image]) -> Tensor:
        """Embeddings of pictures as they are."""
        return self.eye.embed_images(list(images))

    def score(self, samples: Sequence[Image.Image]) -> Score:
        """How one checkpoint did by its samples."""
        whole = self.seen(samples)
        return Score(
            likeness=share(float(self.to_photos(samples).mean()), *self.likeness_range),
            prompt=share(self.to_prompts(whole)[0], *self.prompt_range),
            diversity=self.diversity(whole),
        )

    def to_photos(self, samples: Sequence[Image.Image]) -> Tensor:
        """Cosines (N,) to the photos, mean over them, subject against subject."""
        return (self.seen([foreground(s) for s in samples]) @ self.photos.T).mean(1)

    def among_photos(self) -> float:
        """Mean cosine between two different photos: as like as one can ask for."""
        count = len(self.photos)
        if count == 1:
            return 1.0
        cosines = self.photos @ self.photos.T
        return float((cosines.sum() - cosines.trace()) / (count * (count - 1)))

    def to_prompts(self, seen: Tensor) -> tuple[float, float]:
        """Mean cosine of samples to their own prompts, and to the others; where there is but one
        prompt, 0 in place of the others."""
        cosines = seen @ self.texts.T
        own = torch.arange(len(seen))[:, None] % len(self.texts) == torch.arange(len(self.texts))
        others = cosines[~own].mean() if len(self.texts) > 1 else torch.tensor(0.0)
        return float(cosines[own].mean()), float(others)

    def diversity(self, seen: Tensor) -> float:
        """Mean 1 - cos between samples of one prompt, 0 where each has only one."""
        prompts = torch.arange(len(seen)) % len(self.texts)
        pairs = (prompts[:, None] == prompts).triu(1)
        return float((1 - (seen @ seen.T)[pairs]).mean().clamp(0, 1)) if pairs.any() else 0.0


def share(value: float, low: float, high: float) -> float:
    """Where a value lies between two others, in [0, 1]."""
    return min(max((value - low) / max(high - low, NARROW), 0.0), 1.0)


def foreground(image: Image.Image, mask: Image.Image | None = None) -> Image.Image:
    """The subject alone on a white square, by its mask or where its surroundings are plain enough
    to be told from it; otherwise the picture as it is."""
    rgb = read(image)
    if mask is None:
        figure = find_figure(image)
        if figure is None:
            return image
        mask = Image.fromarray((figure.mask * 255).astype(np.uint8))
    alpha = np.asarray(mask.convert("L").resize(image.size, Image.Resampling.BILINEAR), np.float32)
    alpha = alpha[..., None] / 255
    white = Image.fromarray(((rgb * alpha + 1 - alpha) * 255).round().astype(np.uint8))
    box = Image.fromarray((alpha[..., 0] > 0.5).astype(np.uint8) * 255).getbbox()
    return squared(white.crop(box)) if box else image


def squared(image: Image.Image) -> Image.Image:
    """A picture in the middle of a white square with some room."""
    side = round(max(image.size) * (1 + 2 * ROOM))
    square = Image.new("RGB", (side, side), "white")
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
