"""Checkpoints of a training: a folder a step, written aside and moved into place in one go.

    <folder>/step-00001200/
        weights.safetensors     what training changes, by the module's names
        average.safetensors     the same, averaged (where the recipe averages)
        optimizer.safetensors   AdamW's moments, as <parameter's name>/<moment>
        state.json              steps done, updates of the average, the recipe's settings

Safetensors and json only, so that opening one runs no code. The two newest are kept: a machine
that dies while the newest is being written, or a disk that damages it, costs minutes.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from pipelines.errors import TrainingError
from pipelines.recipes.average import Average, trained_state

KEPT = 2
# of the loop: may differ when going on
FREE = {"steps", "cooldown", "checkpoint_minutes", "checkpoint_steps"}


def place(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}"


def latest(folder: Path) -> Path | None:
    """The newest complete checkpoint of a training, None if there is none."""
    return max(folder.glob("step-" + "[0-9]" * 8), default=None)


def save(
    folder: Path,
    step: int,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Average | None,
    *,
    settings: dict[str, Any],
) -> None:
    """Write everything that going on needs, then drop all but the newest checkpoints."""
    final = place(folder, step)
    aside = final.with_name(final.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save_file(contiguous(trained_state(module)), aside / "weights.safetensors")
    save_file(moments(module, optimizer), aside / "optimizer.safetensors")
    if average:
        save_file(contiguous(average.weights), aside / "average.safetensors")
    updates = average.updates if average else 0
    state = {"step": step, "updates": updates, "settings": settings}
    (aside / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
    for file in aside.iterdir():
        flush(file)
    aside.replace(final)  # atomic: a checkpoint is either whole or not there
    for old in sorted(folder.glob("step-" + "[0-9]" * 8))[:-KEPT]:
        shutil.rmtree(old)


def load(
    found: Path,
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: Average | None,
    *,
    settings: dict[str, Any],
) -> int:
    """Put a checkpoint back; returns the steps done.

    Raises:
        TrainingError: the checkpoint was made with other settings than `settings`.
    """
    state = json.loads((found / "state.json").read_text(encoding="utf-8"))
    different = differences(state["settings"], json.loads(json.dumps(settings)))
    if different:
        raise TrainingError(
            f"{found} was trained with other settings: {'; '.join(different)}. Go on with the old "
            "settings, or train in another folder (with init_from to keep the weights)."
        )
    load_weights(module, found / "weights.safetensors")
    restore_moments(module, optimizer, load_file(found / "optimizer.safetensors"))
    if average:
        saved = load_file(found / "average.safetensors")
        average.weights = {name: tensor.clone() for name, tensor in saved.items()}
        average.updates = state["updates"]
    return state["step"]


def load_weights(module: nn.Module, file: Path) -> None:
    """Copy weights from a safetensors file into what training changes, in the module's dtype.

    Raises:
        TrainingError: names or shapes do not fit.
    """
    saved, own = load_file(file), trained_state(module)
    wrong = sorted(n for n in own if n not in saved or saved[n].shape != own[n].shape)
    if wrong:
        raise TrainingError(
            f"{file} does not fit this model: {len(wrong)} of {len(own)} tensors are missing or "
            f"have another shape, first {wrong[0]}. Take weights of the same architecture."
        )
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])


def averaged_weights(folder: Path) -> Path:
    """The file of the best weights in a training's newest checkpoint: the average if there is one.

    Raises:
        TrainingError: nothing was saved yet.
    """
    found = latest(folder)
    if found is None:
        raise TrainingError(f"No checkpoint in {folder}. Train first.")
    average = found / "average.safetensors"
    return average if average.is_file() else found / "weights.safetensors"


def moments(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's tensors, named by parameter rather than by position."""
    return {
        f"{name}/{key}": value.detach().contiguous()
        for name, parameter in module.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_moments(
    module: nn.Module, optimizer: torch.optim.Optimizer, saved: dict[str, Tensor]
) -> None:
    """The inverse of `moments`."""
    parameters = dict(module.named_parameters())
    for key, value in saved.items():
        name, _, moment = key.rpartition("/")
        parameter = parameters[name]
        # in the parameter's own memory layout: another one rounds differently. AdamW's counter of
        # steps is a scalar and stays on the processor.
        alike = value.shape == parameter.shape
        home = torch.empty_like(parameter).copy_(value) if alike and value.ndim else value
        optimizer.state[parameter][moment] = home


def contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Safetensors stores plain layouts only; channels-last weights are copied."""
    return {name: tensor.detach().contiguous() for name, tensor in tensors.items()}


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Settings that may not change when going on, in words."""

    def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in values.items():
            name = f"{prefix}{key}"
            out |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
        return out

    before, after = flat(old), flat(new)
    return [
        f"{key} was {before.get(key)!r}, is {after.get(key)!r}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and key not in {f"loop.{name}" for name in FREE}
    ]


def flush(file: Path) -> None:
    """Make sure that the bytes are on the disk before the folder gets its name."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
