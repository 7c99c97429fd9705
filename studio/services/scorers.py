"""What somebody's choices and ratings teach the personal scorer; what it sees of a picture is kept.

The scorer itself is stored nowhere: it is refitted from the choices in milliseconds, so there is
nothing of it to delete. Importing this imports no torch; calling it does.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from studio.domain import Choice, Picture, Rating, Verdict
from studio.paths import Paths

if TYPE_CHECKING:
    from torch import Tensor

MOST_RATED = 40  # pairs made of ratings at most: a hundred likes must not drown ten choices
RATED_WEIGHT = 0.3  # of such a pair beside a choice: the two show different things
BATCH = 32  # pictures looked at together


@dataclass(frozen=True)
class Lesson:
    """One pair to learn from."""

    winner: str  # picture ids
    loser: str
    weight: float


def chosen(choices: Sequence[Choice]) -> list[Lesson]:
    """A choice counts 1. "Can't tell" teaches nothing: counted as a half it would pull all that
    the person is sure of towards the middle, and people also press it when they are tired."""
    return [Lesson(*choice.order, 1.0) for choice in choices if choice.order]


def rated(ratings: Sequence[Rating]) -> list[Lesson]:
    """A liked picture beats a disliked one, the newest with the newest; pictures that the person
    brought are liked, so they win here too."""
    newest = ratings[::-1]
    liked = [r.picture_id for r in newest if r.verdict is Verdict.LIKED]
    disliked = [r.picture_id for r in newest if r.verdict is Verdict.DISLIKED]
    if not liked or not disliked:
        return []
    n = min(MOST_RATED, max(len(liked), len(disliked)))
    return [
        Lesson(liked[i % len(liked)], disliked[i % len(disliked)], RATED_WEIGHT) for i in range(n)
    ]


def features(paths: Paths, pictures: Sequence[Picture]) -> "dict[str, Tensor]":
    """Features (F,) by picture id; a picture whose file is gone, or is none, is left out."""
    import torch  # only here: the process of the pages never imports it

    found = {p.id: kept for p in pictures if (kept := _read(paths, p.sha256)) is not None}
    unseen = [p for p in pictures if p.id not in found]
    for start in range(0, len(unseen), BATCH):
        found |= _look(paths, unseen[start : start + BATCH])
    return {picture_id: torch.as_tensor(row) for picture_id, row in found.items()}


def forget_features(paths: Paths, sha256: str) -> None:
    """Remove what was kept of a picture, by whatever version."""
    for file in paths.features.glob(f"*/{sha256}.npy"):
        file.unlink(missing_ok=True)


def _look(paths: Paths, pictures: Sequence[Picture]) -> dict:
    import numpy as np

    from pipelines.metrics.clip import load_clip
    from pipelines.preference.features import picture_features

    opened = {}
    for picture in pictures:
        with suppress(OSError, UnidentifiedImageError), Image.open(paths.home / picture.path) as im:
            opened[picture.id, picture.sha256] = im.convert("RGB")
    if not opened:
        return {}
    rows = picture_features(load_clip(), list(opened.values())).numpy()
    folder = _folder(paths)
    folder.mkdir(parents=True, exist_ok=True)
    for (picture_id, sha256), row in zip(opened, rows, strict=True):
        draft = folder / f".{sha256}-{picture_id}.npy"
        np.save(draft, row)
        draft.replace(folder / f"{sha256}.npy")
    return {picture_id: row for (picture_id, _), row in zip(opened, rows, strict=True)}


def _read(paths: Paths, sha256: str):
    import numpy as np

    try:
        return np.load(_folder(paths) / f"{sha256}.npy", allow_pickle=False)
    except (OSError, ValueError, EOFError):  # not there, or cut: it is made again
        return None


def _folder(paths: Paths):
    from pipelines.preference.features import FEATURES_VERSION

    return paths.features / FEATURES_VERSION.replace("/", "-")
