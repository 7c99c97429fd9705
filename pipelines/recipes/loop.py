"""THE training loop: accumulate, clip, step, average, checkpoint, yield.

    for report in run(recipe, folder):
        print(report.step, report.loss)

Logging, progress, samples, early stopping and cancelling belong to whoever iterates. To cancel,
stop iterating: closing the generator leaves a checkpoint behind, and the next `run` in the same
folder goes on from it with the losses that the uninterrupted run would have had.

Nothing random is carried from step to step. The noise and the data of step n are drawn from
generators seeded with (seed, n), so there is no random state to save and no order to replay.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from pipelines.errors import TrainingError
from pipelines.recipes import checkpoint
from pipelines.recipes.average import Average
from pipelines.spec import Frozen

Batch = TypeVar("Batch")


class LoopConfig(Frozen):
    """How long and how hard to train; the part that every recipe's config has in common.

    The learning rate rises linearly for `warmup` steps, stays, and falls linearly to zero over the
    last share `cooldown` of the steps. A constant middle lets a run be made longer afterwards.
    """

    steps: int = Field(ge=1)
    lr: float = Field(gt=0)
    warmup: int = Field(default=0, ge=0)
    cooldown: float = Field(default=0.0, ge=0.0, le=1.0)
    accumulate: int = Field(default=1, ge=1)  # batches a step
    clip: float = Field(default=1.0, gt=0)  # largest norm of the gradient
    weight_decay: float = Field(default=0.0, ge=0)  # on matrices and kernels, not on vectors
    betas: tuple[float, float] = (0.9, 0.999)
    average: float = Field(default=0.0, ge=0.0, lt=1.0)  # decay of the weights' average; 0 is none
    precision: Literal["float32", "bfloat16"] = "float32"
    seed: int = Field(default=0, ge=0)
    checkpoint_minutes: float = Field(default=10.0, ge=0)
    checkpoint_steps: int = Field(default=0, ge=0)  # and every so many steps; 0 is by time alone

    def rate(self, step: int) -> float:
        """Learning rate of step `step`, counted from 0."""
        rise = (step + 1) / (self.warmup + 1)
        fall = (self.steps - step) / max(1.0, self.cooldown * self.steps)
        return self.lr * min(1.0, rise, fall)

    def is_due(self, done: int, seconds: float) -> bool:
        """Whether to write a checkpoint after step `done`, so long after the last one."""
        counted = self.checkpoint_steps > 0 and done % self.checkpoint_steps == 0
        return done == self.steps or counted or seconds >= 60 * self.checkpoint_minutes


class RecipeConfig(Protocol):
    """Any frozen config that has the loop's part in it."""

    @property
    def loop(self) -> LoopConfig: ...

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


class Recipe(Protocol[Batch]):
    """What the loop asks of a recipe. Recipes share this protocol and no base class."""

    @property
    def config(self) -> RecipeConfig: ...

    def setup(self) -> nn.Module:
        """Load everything; return the module whose parameters with `requires_grad` are trained."""
        ...

    def batch(self, rng: np.random.Generator) -> Batch:
        """Draw one batch; all randomness comes from `rng`."""
        ...

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """A scalar to minimise and scalars to watch."""
        ...


@dataclass(frozen=True)
class TrainReport:
    """One optimizer step done. `seconds` counts from the start of this run, resumed or not;
    `loss` and `metrics` are means over the accumulated batches; `gradient` is the norm before
    clipping; `saved` is the checkpoint written after this step, if one was."""

    step: int  # from 1 to `steps`
    steps: int
    loss: float
    lr: float
    gradient: float
    seconds: float
    metrics: dict[str, float] = field(default_factory=dict)
    saved: Path | None = None

    def __str__(self) -> str:
        watched = "".join(f" {name} {value:.2f}" for name, value in self.metrics.items())
        return f"{self.step}/{self.steps} {self.seconds:.0f}s loss {self.loss:.3f}{watched}"


def run(recipe: Recipe, folder: Path, *, init_from: Path | None = None) -> Iterator[TrainReport]:
    """Train until `config.loop.steps` steps are done, going on from the checkpoint in `folder`.

    `init_from` is a safetensors file of weights to start from with a fresh optimizer; it is only
    read when there is no checkpoint yet.

    Raises:
        TrainingError: the loss is not finite, or the checkpoint was made with other settings.
    """
    config, module = recipe.config.loop, recipe.setup()
    training = Training(recipe, module, folder)
    training.restore(init_from)
    start = saved_at = time.monotonic()
    try:
        while training.done < config.steps:
            loss, metrics, gradient = training.step()
            now, saved = time.monotonic(), None
            if config.is_due(training.done, now - saved_at):
                saved, saved_at = training.save(), now
            rate = config.rate(training.done - 1)
            yield TrainReport(
                training.done, config.steps, loss, rate, gradient, now - start, metrics, saved
            )
    except GeneratorExit:  # whoever iterates has stopped: keep what is done
        training.save()
        raise


class Training:
    """What a run carries from step to step: weights, their average, optimizer, steps done."""

    def __init__(self, recipe: Recipe, module: nn.Module, folder: Path) -> None:
        self.recipe, self.module, self.folder = recipe, module, folder
        self.config = recipe.config.loop
        self.optimizer = make_optimizer(module, self.config)
        self.average: Average | None = None
        self.done = self.saved = 0

    def restore(self, init_from: Path | None) -> None:
        """Take up the checkpoint in the folder, else the weights `init_from`, else start anew."""
        settings = self.recipe.config.model_dump(mode="json")
        found = checkpoint.latest(self.folder)
        if found is None and init_from is not None:
            checkpoint.load_weights(self.module, init_from)
        if self.config.average:
            self.average = Average(self.module, self.config.average)
        if found is not None:
            self.done = checkpoint.load(
                found, self.module, self.optimizer, self.average, settings=settings
            )
        self.saved = self.done

    def save(self) -> Path:
        """Write a checkpoint of the last finished step, once."""
        if self.saved != self.done or checkpoint.latest(self.folder) is None:
            settings = self.recipe.config.model_dump(mode="json")
            checkpoint.save(
                self.folder, self.done, self.module, self.optimizer, self.average, settings=settings
            )
            self.saved = self.done
        return checkpoint.place(self.folder, self.done)

    def step(self) -> tuple[float, dict[str, float], float]:
        """One optimizer step: the mean loss, the mean metrics, the gradient's norm."""
        parameters = [p for p in self.module.parameters() if p.requires_grad]
        losses, watched = [], []
        for part in range(self.config.accumulate):
            loss, metrics = self.backward(part)
            losses.append(loss)
            watched.append(metrics)
        gradient = nn.utils.clip_grad_norm_(parameters, self.config.clip).item()
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.rate(self.done)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average:
            self.average.update(self.module)
        self.done += 1
        means = {name: float(np.mean([m[name] for m in watched])) for name in watched[0]}
        return float(np.mean(losses)), means, gradient

    def backward(self, part: int) -> tuple[float, dict[str, float]]:
        """Add one batch's gradient; raise before a loss that is not finite can do harm."""
        device = next(self.module.parameters()).device
        seed = (self.config.seed, self.done, part)
        with seeded(seed, device), autocast(device, self.config.precision):
            loss, metrics = self.recipe.loss(self.recipe.batch(np.random.default_rng(seed)))
        value = loss.item()
        if not np.isfinite(value):
            raise TrainingError(
                f"The loss became {value} at step {self.done + 1}. Lower the learning rate "
                f"({self.config.lr:g}) or start again from the last checkpoint."
            )
        (loss / self.config.accumulate).backward()
        return value, {name: float(scalar) for name, scalar in metrics.items()}


def make_optimizer(module: nn.Module, config: LoopConfig) -> torch.optim.AdamW:
    """AdamW over what is trained. Norms, biases and scales are vectors and are not decayed."""
    trained = [p for p in module.parameters() if p.requires_grad]
    if not trained:
        raise TrainingError("Nothing to train: no parameter of the module requires a gradient.")
    groups = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.lr, betas=config.betas)


@contextmanager
def seeded(seed: tuple[int, ...], device: torch.device) -> Iterator[None]:
    """Torch's global generators seeded inside the block and as they were after it."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        yield


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Mixed precision where the config asks for it; weights and optimizer stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
