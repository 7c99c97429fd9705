"""Learn a subject from a few photos: DreamBooth on a low-rank adapter.

    with DreamBooth(config, base, cache) as recipe:
        for report in run(recipe, folder): ...
        recipe.export(report.saved, target)

Ruiz et al. 2022, arXiv 2208.12242, eq. 2: the model is shown the subject under "a [V] class" while
what it says of the class is held where it was. The class images of the paper are one way to hold
it. The default needs none: the same model with the adapter off is asked about "a class" at the same
noisy photo, and its answer is the target (OneTrainer's prior prediction, ai-toolkit's differential
output preservation). With a new adapter that loss is zero.

Nothing is computed twice: latents, masks and text states are cached by content (subject/material).
The base model carries the adapter until the block is left, so that samples made in between show it.
"""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from pipelines import losses, runtime
from pipelines.adapters import files
from pipelines.adapters.lora import LoraAdapter, bare, inject
from pipelines.adapters.metadata import Label
from pipelines.data.buckets import Size
from pipelines.data.cache import Cache
from pipelines.generate import SCHEDULERS
from pipelines.models.base import BaseModel
from pipelines.recipes import checkpoint
from pipelines.recipes.subject.material import Material, Shot
from pipelines.recipes.subject.settings import DreamBoothConfig, Photo, Settings
from pipelines.spec import Sampler

__all__ = ["Batch", "DreamBooth", "DreamBoothConfig", "Photo", "Settings"]


@dataclass(frozen=True)
class Batch:
    """B rows of the subject, then P of its class: clean latents x_0 and noise eps (B + P, C, h, w),
    time steps (B + P,), captions; masks (B, 1, h, w). Where the prior is a prediction, the rows of
    the class are the first rows of the subject under captions without the token."""

    x_0: Tensor
    eps: Tensor
    t: Tensor
    captions: list[str]
    masks: Tensor

    def to(self, device: torch.device) -> Self:
        """The tensors on a device."""
        moved = {name: getattr(self, name).to(device) for name in ("x_0", "eps", "t", "masks")}
        return replace(self, **moved)


class DreamBooth:
    """The recipe, for every family that takes a LoRA."""

    def __init__(self, config: DreamBoothConfig, base: BaseModel, cache: Path) -> None:
        self.config, self.base = config, base
        self._cache = Cache(cache)
        self._placed = ExitStack()
        scheduler = SCHEDULERS[Sampler.DDIM].from_config(base.scheduler_config)
        self.alphas: Tensor = scheduler.alphas_cumprod

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._placed.close()

    def setup(self) -> nn.Module:
        """Compute what is cached, put a new adapter into the base."""
        self._placed.close()
        self.material = Material(self.config, self.base, self._cache)
        self.adapter = self.fresh()
        self._placed.enter_context(self.adapter.applied(self.base))
        if self.config.checkpointing:
            denoiser: Any = self.base.denoiser
            denoiser.enable_gradient_checkpointing()
            self._placed.callback(denoiser.disable_gradient_checkpointing)
        return self.adapter.weights

    def fresh(self) -> LoraAdapter:
        """An adapter as training starts with."""
        c = self.config
        return inject(
            self.base, c.rank, c.alpha, c.targets, stabilised=c.stabilised, seed=c.loop.seed
        )

    def batch(self, rng: np.random.Generator) -> Batch:
        c = self.config
        size, shots = self.pick(rng)
        x_0 = torch.stack([shot.latents for shot in shots])
        eps, t = self.noise_and_steps(rng, x_0)
        captions = ["" if rng.random() < c.prompt_dropout else shot.caption for shot in shots]
        masks = torch.stack([shot.mask for shot in shots])
        if c.prior == "none":
            return Batch(x_0, eps, t, captions, masks)
        rows = min(c.prior_batch, c.batch)
        if c.prior == "images":
            pool = self.material.classes[size]
            of_class = pool[torch.from_numpy(rng.integers(len(pool), size=rows))]
            class_eps, class_t = self.noise_and_steps(rng, of_class)
            said = [self.material.class_prompt] * rows
        else:
            of_class, class_eps, class_t = x_0[:rows], eps[:rows], t[:rows]
            said = [c.class_caption(shot.caption) for shot in shots[:rows]]
        return Batch(
            torch.cat([x_0, of_class]),
            torch.cat([eps, class_eps]),
            torch.cat([t, class_t]),
            captions + said,
            masks,
        )

    def pick(self, rng: np.random.Generator) -> tuple[Size, list[Shot]]:
        """Shots of one size for a batch; none comes twice before every other came once."""
        sizes = list(self.material.shots)
        counts = np.array([len(self.material.shots[size]) for size in sizes])
        size = sizes[rng.choice(len(sizes), p=counts / counts.sum())]
        shots = self.material.shots[size]
        return size, [shots[i] for i in np.resize(rng.permutation(len(shots)), self.config.batch)]

    def noise_and_steps(self, rng: np.random.Generator, like: Tensor) -> tuple[Tensor, Tensor]:
        """Noise of the latents' shape, and time steps spread over the whole range."""
        seeds = [int(seed) for seed in rng.integers(2**32, size=len(like))]
        noise = runtime.noise(seeds, like.shape[1:])
        if self.config.noise_offset:  # by a seed of its own: seeds[0]'s draw is in the noise
            one_a_channel = torch.Generator().manual_seed(int(rng.integers(2**32)))
            noise = losses.offset_noise(noise, self.config.noise_offset, one_a_channel)
        start = torch.tensor(rng.random())
        return noise, losses.even_steps(len(like), len(self.alphas), start)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        c, kind, n = self.config, self.base.prediction, len(batch.masks)
        batch = batch.to(self.base.device)
        a = self.alphas.to(batch.t.device)[batch.t][:, None, None, None]
        x_t = losses.noised(batch.x_0, batch.eps, a)
        said = self.base.predict(x_t, batch.t, self.material.text(batch.captions))
        wanted = losses.target(batch.x_0, batch.eps, a, kind)
        if c.prior == "prediction":
            of_base = self.reference(x_t[n:], batch.t[n:], batch.captions[n:])
            wanted = torch.cat([wanted[:n], of_base])
        weight = torch.ones_like(a) if c.min_snr is None else losses.min_snr(a, c.min_snr, kind)
        error = weight * losses.squared_error(said, wanted)
        subject = losses.masked(error[:n], batch.masks, c.unmasked).mean()
        if c.masked_prior:
            of_base = self.reference(x_t[:n], batch.t[:n], batch.captions[:n])
            strayed = weight[:n] * losses.squared_error(said[:n], of_base)
            subject = subject + c.masked_prior * losses.outside(strayed, batch.masks).mean()
        if c.prior == "none":
            return subject, {"subject": subject.detach()}
        prior = error[n:].mean()
        watched = {"subject": subject.detach(), "prior": prior.detach()}
        return subject + c.prior_weight * prior, watched

    @torch.no_grad()
    def reference(self, x_t: Tensor, t: Tensor, captions: list[str]) -> Tensor:
        """What the model says with every adapter off."""
        with bare(self.base):
            return self.base.predict(x_t, t, self.material.text(captions))

    def learnt(self, saved: Path) -> LoraAdapter:
        """The adapter of one of the loop's checkpoints: its average where there is one."""
        average, last = saved / "average.safetensors", saved / "weights.safetensors"
        adapter = self.fresh()
        checkpoint.load_weights(adapter.weights, average if average.is_file() else last)
        adapter.weights.requires_grad_(False)
        return adapter

    def export(self, saved: Path, target: Path, label: Label | None = None) -> str:
        """Write the adapter of a checkpoint as a file that other programs load; its content hash.

        The metadata say how it was trained; photos and captions are counted, not named."""
        c = self.config
        label = label or Label(title=target.stem, trigger=f"{c.token} {c.class_word}")
        training = {
            "ss_num_train_images": len(c.photos),
            "ss_steps": int(saved.name.removeprefix("step-")),
            "ss_max_train_steps": c.loop.steps,
            "ss_learning_rate": c.loop.lr,
            "ss_optimizer": "torch.optim.adamw.AdamW",
            "ss_batch_size_per_device": c.batch,
            "ss_gradient_accumulation_steps": c.loop.accumulate,
            "ss_seed": c.loop.seed,
            "ss_prior_loss_weight": 0.0 if c.prior == "none" else c.prior_weight,
            "ss_min_snr_gamma": c.min_snr,
            "ss_noise_offset": c.noise_offset or None,
        }
        return files.save(self.learnt(saved), self.base, target, label=label, training=training)
