"""THE denoising loop, and the call around it that makes pictures of a spec.

Both yield: progress, previews, cancelling and saving belong to whoever iterates. To cancel, stop.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_euler_discrete import EulerDiscreteScheduler
from PIL import Image
from torch import Tensor

from pipelines import runtime
from pipelines.adapters.together import Held, while_working
from pipelines.conditioning import prompt as prompts
from pipelines.conditioning.states import TextStates, joined
from pipelines.conditioning.taste import TasteText, drop_shared, fit
from pipelines.errors import InvalidSpec, OutOfMemory
from pipelines.guidance import (
    ClassifierFree,
    Conditioning,
    Guidance,
    TasteStates,
    ViperEmbedding,
    ViperTwoPass,
)
from pipelines.models.base import BaseModel
from pipelines.spec import GenerationSpec, Sampler, Taste, TasteForm

SCHEDULERS: dict[Sampler, Any] = {
    Sampler.DDIM: DDIMScheduler,
    Sampler.EULER: EulerDiscreteScheduler,
    Sampler.DPMPP_2M: DPMSolverMultistepScheduler,
}


@dataclass(frozen=True)
class DenoiseStep:
    """One step done. `latents` are x_t after it, `clean` the present guess of x_0 (B, C, h, w)."""

    index: int  # from 1 to `total`
    total: int
    latents: Tensor
    clean: Tensor


@dataclass(frozen=True)
class Working:
    """Progress of a call: step `index` of `total` over all batches."""

    index: int
    total: int
    first_picture: int  # of the batch that is being denoised
    clean: Tensor

    def preview(self, base: BaseModel) -> list[Image.Image]:
        """Small pictures of the present guess, one latent position a pixel."""
        return to_images(base.preview(self.clean))


@dataclass(frozen=True)
class Picture:
    """One finished picture and what made it: `index` in its call, its own prompt and seed."""

    index: int
    seed: int
    prompt: str
    image: Image.Image
    seconds: float  # its share of its batch
    record: dict[str, Any] = field(default_factory=dict)


def generate(
    base: BaseModel, spec: GenerationSpec, adapters: Held | None = None
) -> Iterator[Working | Picture]:
    """Make the pictures of a spec, a batch at a time.

    Picture i has seed `spec.seed + i` and the i-th combination of the prompt's wildcards, round
    and round; there are at least as many pictures as combinations. `adapters` holds the spec's
    adapters by hash; between two events the base is without them.

    Raises:
        InvalidSpec: the prompt cannot be read, or the size does not suit the model.
        AdapterMissing: an adapter of the spec is not among `adapters`.
        OutOfMemory: the device has no room for this size and batch.
    """
    events = _pictures(base, Plan.of(base, spec))
    yield from while_working(base, spec.adapters, adapters or {}, events)


def _pictures(base: BaseModel, plan: "Plan") -> Iterator[Working | Picture]:
    with torch.inference_mode():
        conditioning = plan.conditioning(base)
        for start in range(0, plan.count, plan.batch):
            stop = min(start + plan.batch, plan.count)
            guidance = plan.guidance(conditioning.rows(start, stop))
            try:
                yield from _batch(base, plan, guidance, start, stop)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(
                    f"{stop - start} pictures at {plan.width}×{plan.height} do not fit the "
                    "device's memory. Make fewer at a time or smaller ones."
                ) from error


def _batch(
    base: BaseModel, plan: "Plan", guidance: Guidance, start: int, stop: int
) -> Iterator[Working | Picture]:
    began = time.perf_counter()
    noise = runtime.noise(plan.seeds[start:stop], plan.latent_shape)
    total = plan.spec.steps * -(-plan.count // plan.batch)
    latents = noise
    for step in denoise(base, guidance, noise, plan.spec.steps, plan.spec.sampler):
        latents = step.latents
        done = plan.spec.steps * (start // plan.batch) + step.index
        yield Working(done, total, start, step.clean)
    images = to_images(base.decode_latents(latents))
    seconds = (time.perf_counter() - began) / len(images)
    for offset, image in enumerate(images):
        index = start + offset
        record = plan.record(base, index, batch=stop - start)
        yield Picture(index, plan.seeds[index], plan.prompts[index], image, seconds, record)


def denoise(
    base: BaseModel, guidance: Guidance, noise: Tensor, steps: int, sampler: Sampler
) -> Iterator[DenoiseStep]:
    """From standard normal noise (B, C, h, w) to a latent in `steps` steps; latents are float32."""
    scheduler = SCHEDULERS[sampler].from_config(base.scheduler_config)
    scheduler.set_timesteps(steps, device=base.device)
    texts = joined(list(guidance.branches))
    copies = texts.batch // len(noise)
    x_t = noise.to(base.device, torch.float32) * scheduler.init_noise_sigma
    for index, t in enumerate(scheduler.timesteps, start=1):
        scaled = scheduler.scale_model_input(x_t, t)
        predictions = base.predict(scaled.repeat(copies, 1, 1, 1), t, texts).chunk(copies)
        guided = guidance.combine(predictions)
        clean = clean_estimate(scaled, guided, scheduler.alphas_cumprod, t, base.prediction)
        x_t = scheduler.step(guided, t, x_t, return_dict=False)[0]
        yield DenoiseStep(index, len(scheduler.timesteps), x_t, clean)


def clean_estimate(x_t: Tensor, prediction: Tensor, alphas: Tensor, t: Tensor, kind: str) -> Tensor:
    """The guess of x_0 behind a prediction, for a variance-preserving x_t.

    eps: (x_t - sqrt(1-a) eps) / sqrt(a); v: sqrt(a) x_t - sqrt(1-a) v, with a = alpha-bar at t
    (Salimans & Ho 2022, arXiv 2202.00512, appendix D).
    """
    a = alphas[t.long().cpu()].to(x_t)
    if kind == "v_prediction":
        return a.sqrt() * x_t - (1 - a).sqrt() * prediction
    if kind == "sample":
        return prediction
    return (x_t - (1 - a).sqrt() * prediction) / a.sqrt().clamp(min=1e-3)


@dataclass(frozen=True)
class Plan:
    """A spec with everything decided that it left to the model."""

    spec: GenerationSpec
    width: int
    height: int
    scale: float
    rescale: float
    batch: int
    prompts: tuple[str, ...]
    seeds: list[int]
    latent_shape: tuple[int, int, int]
    liked: TasteText
    disliked: TasteText

    @classmethod
    def of(cls, base: BaseModel, spec: GenerationSpec) -> "Plan":
        """Decide size, guidance, batch, prompts and the words of the taste."""
        card = base.card
        width, height = spec.width or card.width, spec.height or card.height
        if width % base.latent_scale or height % base.latent_scale:
            raise InvalidSpec(
                f"{width}×{height} does not suit {card.name}; use multiples of {base.latent_scale}."
            )
        variants = prompts.expand(spec.prompt)
        count = max(spec.count, len(variants))
        taste = spec.taste if spec.taste and not spec.taste.is_neutral else Taste(strength=0.0)
        liked, disliked = drop_shared(taste)
        return cls(
            spec=spec,
            width=width,
            height=height,
            scale=card.guidance if spec.guidance is None else spec.guidance,
            rescale=spec.guidance_rescale or card.guidance_rescale,
            batch=min(spec.batch_size or count, count),
            prompts=tuple(variants[i % len(variants)] for i in range(count)),
            seeds=[(spec.seed + i) % 2**32 for i in range(count)],
            latent_shape=(
                base.latent_channels,
                height // base.latent_scale,
                width // base.latent_scale,
            ),
            liked=fit(liked, base.tokenizer),
            disliked=fit(disliked, base.tokenizer),
        )

    @property
    def count(self) -> int:
        """How many pictures are made."""
        return len(self.prompts)

    @property
    def is_plain(self) -> bool:
        """Whether there is no taste to apply: strength 0, no words, or all words on both sides."""
        return not (self.liked.phrases or self.disliked.phrases)

    def conditioning(self, base: BaseModel) -> Conditioning:
        """Encode every text once. Prompts and negative prompt end up equally long."""
        unique = list(dict.fromkeys(self.prompts))
        texts = [prompts.parse(p) for p in (*unique, self.spec.negative_prompt)]
        states = base.encode(texts)
        rows = [states.rows(i, i + 1) for i in map(unique.index, self.prompts)]
        negative = states.rows(len(unique), len(unique) + 1).repeated(self.count)
        taste = None if self.is_plain else self.taste_states(base)
        return Conditioning(joined(rows), negative, taste)

    def taste_states(self, base: BaseModel) -> TasteStates:
        """Both sides of the taste, one window each."""

        def encoded(side: TasteText) -> TextStates:
            return base.encode([side.fragments]).repeated(self.count)

        return TasteStates(
            liked=encoded(self.liked) if self.liked.phrases else None,
            disliked=encoded(self.disliked) if self.disliked.phrases else None,
            empty=encoded(TasteText((), ())),
        )

    def guidance(self, conditioning: Conditioning) -> Guidance:
        """The plain path wherever there is no taste to apply."""
        if self.spec.taste is None or conditioning.taste is None:
            return ClassifierFree(conditioning, self.scale, self.rescale)
        form = ViperTwoPass if self.spec.taste.form is TasteForm.TWO_PASS else ViperEmbedding
        degree = self.spec.taste.strength
        return form(conditioning, conditioning.taste, self.scale, degree, self.rescale)

    def record(self, base: BaseModel, index: int, batch: int) -> dict[str, Any]:
        """Everything needed to make picture `index` again, as plain JSON values.

        No name, comment or path stands in it: it travels with the picture.
        """
        return {
            "spec": self.spec.model_dump(mode="json"),
            "index": index,
            "prompt": self.prompts[index],
            "seed": self.seeds[index],
            "width": self.width,
            "height": self.height,
            "guidance": self.scale,
            "guidance_rescale": self.rescale,
            "model": {
                "id": base.card.id,
                "family": base.card.family,
                "hash": base.card.short_hash,
            },
            "taste": {
                "liked": [p.phrase for p in self.liked.phrases],
                "disliked": [p.phrase for p in self.disliked.phrases],
                "left_out": [p.phrase for p in (*self.liked.left_out, *self.disliked.left_out)],
            },
            "batch": {"size": batch, "position": index % self.batch},
            "conditions": runtime.conditions(base.device, base.dtype),
        }


def to_images(pixels: Tensor) -> list[Image.Image]:
    """Pixels (B, 3, H, W) in [0, 1] to PIL pictures."""
    array = (pixels * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return [Image.fromarray(row) for row in array]
