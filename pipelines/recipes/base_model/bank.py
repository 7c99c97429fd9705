"""Rows that are dear to compute and cheap to keep: made when first asked for, then on disk."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor

from pipelines.errors import TrainingError

Indices = NDArray[np.integer]


class Bank:
    """`count` rows of one shape, stored as float16.

    `make` takes indices (N,) and returns rows (N, *shape). The file's name must say all that the
    rows depend on; which rows are there is kept beside it, so a stopped training goes on with them.
    """

    def __init__(
        self, file: Path, count: int, shape: tuple[int, ...], make: Callable[[Indices], Tensor]
    ) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.rows = opened(file.with_suffix(".npy"), np.float16, (count, *shape))
        self.known = opened(file.with_suffix(".known.npy"), np.bool_, (count,))
        self.make = make

    def take(self, indices: Indices) -> Tensor:
        """Rows (len(indices), *shape), float32."""
        missing = np.unique(indices[~self.known[indices]])
        if len(missing):
            self.rows[missing] = self.make(missing).numpy()
            self.known[missing] = True
        return torch.from_numpy(self.rows[indices].astype(np.float32))


def opened(file: Path, kind: type, shape: tuple[int, ...]) -> np.memmap:
    """The array of an earlier run, or a new one of zeros that takes no room until it is filled.

    Raises:
        TrainingError: what lies there holds something else.
    """
    if file.is_file():
        found = open_memmap(file, mode="r+")
        if (found.shape, found.dtype) != (shape, np.dtype(kind)):
            raise TrainingError(
                f"{file} holds {found.dtype} of shape {found.shape}, not {np.dtype(kind)} of shape "
                f"{shape}. Delete it, and it is computed again."
            )
        return found
    return open_memmap(file, mode="w+", dtype=kind, shape=shape)
