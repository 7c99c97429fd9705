"""The icons as training reads them: pixels on disk and one row of facts each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import TrainingError

SIDE = 128  # pixels; a copy at half the size is kept for quick training
ROWS = "meta.jsonl"


@dataclass(frozen=True)
class Icons:
    """`pixels` are RGBA with shape (N, side, side, 4), uint8, alpha not multiplied in; `rows` say
    what each one shows (set, concept, keywords, colours, licence ...; see data.py)."""

    pixels: NDArray[np.uint8]
    rows: list[dict[str, Any]]

    def take(self, indices: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Pixels of some rows, in that order, read from disk."""
        return np.stack([self.pixels[i] for i in indices])


def load_icons(folder: Path, side: int = SIDE) -> Icons:
    """Open what `python -m pipelines.recipes.base_model data` made, at 128 or 64 pixels.

    Raises:
        TrainingError: the folder does not hold it.
    """
    pixels, rows = folder / f"icons_{side}.npy", folder / ROWS
    missing = [file.name for file in (pixels, rows) if not file.is_file()]
    if missing:
        raise TrainingError(
            f"{folder} lacks {' and '.join(missing)}. Build the data first: "
            "python -m pipelines.recipes.base_model data --out FOLDER"
        )
    lines = rows.read_text(encoding="utf-8").splitlines()
    return Icons(np.load(pixels, mmap_mode="r"), [json.loads(line) for line in lines])
