"""Tensors that are dear to compute, kept on disk under a hash of everything they depend on.

    latents = cache.get({"photo": digest, "size": [512, 512], "model": …}, lambda: {"mean": …})

Nothing is ever invalidated: another photo, caption, crop or model is another key. Deleting the
folder costs time and nothing else.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

VERSION = 2  # of what the makers of tensors do; raise it when the same key would mean others


class Cache:
    """A folder of safetensors files, one an entry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, key: Mapping[str, Any]) -> Path:
        """Where the entry of a key lies. The key holds plain JSON values."""
        text = json.dumps({**key, "version": VERSION}, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.safetensors"

    def get(
        self, key: Mapping[str, Any], make: Callable[[], Mapping[str, Tensor]]
    ) -> dict[str, Tensor]:
        """The tensors of a key, on the processor; made and kept where they are not there yet."""
        file = self.place(key)
        if file.is_file():
            try:
                return load_file(file)
            except (SafetensorError, OSError):
                file.unlink(missing_ok=True)  # cut short or damaged: make it again
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}.part")
        save_file({name: t.detach().cpu().contiguous() for name, t in make().items()}, aside)
        aside.replace(file)
        return load_file(file)  # plain tensors, even where they were made in inference mode


def fingerprint(*modules: nn.Module) -> str:
    """A hash of models as they are loaded: weights, precision included, and settings."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(json.dumps(public(module.config), sort_keys=True, default=str).encode())
        for name, tensor in module.state_dict().items():
            digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
            digest.update(raw(tensor))
    return digest.hexdigest()


def public(config: Any) -> dict[str, Any]:
    """The settings of a model or a scheduler; not which program wrote them, and where."""
    values = config.to_dict() if hasattr(config, "to_dict") else dict(config)
    writers = {"transformers_version"}
    return {k: v for k, v in values.items() if not k.startswith("_") and k not in writers}


def raw(tensor: Tensor) -> memoryview:
    """The bytes of a tensor in row order, bfloat16 included."""
    return tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data
