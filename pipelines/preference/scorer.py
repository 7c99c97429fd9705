"""The personal scorer: what somebody likes, as a weight vector learnt from their choices.

Bradley and Terry (1952, Biometrika 39, p. 324): picture a beats picture b with probability

    P(a > b) = sigmoid(w . (x_a - x_b))

with features x. Weights have the prior N(0, S) of `prior.py`; the most likely ones are found by
Newton's method, and their uncertainty is Laplace's: the inverse of the curvature there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import pi
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipelines.errors import DamagedFile, InvalidSpec
from pipelines.metrics.intervals import wilson
from pipelines.preference.features import MEASURES, load_constants
from pipelines.preference.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pipelines.metrics.clip import Clip

STEPS, ENOUGH = 30, 1e-6  # Newton's steps at most; it ends when no weight moves further
LEAST, FOLDS = 6, 10  # pairs from which accuracy is measured; parts that are left out in turn
CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Scorer:
    """`weights` (F,) and their `covariance` (F, F), float32; learnt from `pairs` choices."""

    weights: Tensor
    covariance: Tensor
    pairs: int = 0

    def score(self, features: Tensor) -> Tensor:
        """Utility (N,) of pictures (N, F); only differences mean anything."""
        return features @ self.weights

    def uncertainty(self, a: Tensor, b: Tensor) -> Tensor:
        """Standard deviation (N,) of the difference in utility between a and b, each (N, F)."""
        d = a - b
        return ((d @ self.covariance) * d).sum(-1).clamp(min=0).sqrt()

    def chance(self, winner: Tensor, loser: Tensor) -> Tensor:
        """Probability (N,) that the first of each pair is chosen, weights integrated out.

        MacKay 1992 (Neural Computation 4, p. 720), eq. 10: sigmoid(m / sqrt(1 + pi s^2 / 8)) for a
        difference with mean m and standard deviation s.
        """
        m, s = (winner - loser) @ self.weights, self.uncertainty(winner, loser)
        return torch.sigmoid(m / (1 + pi / 8 * s**2).sqrt())

    def save(self, file: Path) -> None:
        """Write it as safetensors."""
        stored = {"weights": self.weights, "covariance": self.covariance}
        save_file(stored | {"pairs": torch.tensor(self.pairs)}, file)

    @classmethod
    def load(cls, file: Path) -> "Scorer":
        """Read it.

        Raises:
            DamagedFile: the file is cut, foreign, or its shapes do not fit.
        """
        try:
            stored = load_file(file)
            weights, covariance = stored["weights"], stored["covariance"]
            pairs = int(stored["pairs"].item())
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise DamagedFile(f"{file} holds no scorer. Fit it again from the choices.") from error
        if weights.ndim != 1 or covariance.shape != (len(weights), len(weights)):
            shapes = f"{tuple(weights.shape)} and {tuple(covariance.shape)}"
            raise DamagedFile(f"{file}: shapes {shapes} make no scorer. Fit it again.")
        return cls(weights, covariance, pairs)


@dataclass(frozen=True)
class Accuracy:
    """`right` of `n` choices were predicted by a scorer that had not seen them, and the 95 %
    interval [`low`, `high`] of that share."""

    right: int
    n: int

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.right / self.n

    @property
    def low(self) -> float:
        """Lower end of Wilson's interval."""
        return wilson(self.right, self.n, CONFIDENCE)[0]

    @property
    def high(self) -> float:
        """Upper end."""
        return wilson(self.right, self.n, CONFIDENCE)[1]


def fit_scorer(
    winners: Tensor, losers: Tensor, weights: Tensor | None = None, prior: Tensor | None = None
) -> Scorer:
    """Learn from pairs of features (N, F) and how much each choice counts, `weights` (N,).

    `prior` (F, F) is the covariance S of the weights of people in general; by default the committed
    one, which fits `features.picture_features`. Without pairs every chance is 1/2.

    Raises:
        InvalidSpec: shapes do not fit, or a number is not finite.
    """
    check(winners, losers, weights)
    factor = square_root(prior)
    if factor.shape[0] != winners.shape[1]:
        raise InvalidSpec(
            f"Pictures have {winners.shape[1]} features, the prior {factor.shape[0]}. "
            "Use features of the version that the prior was made for, or give a prior."
        )
    counts = torch.ones(len(winners)) if weights is None else weights
    z = (
        winners - losers
    ).double() @ factor  # so that the prior of v, with w = factor v, is N(0, I)
    v, curvature = newton(z, counts.double())
    half = torch.linalg.solve_triangular(torch.linalg.cholesky(curvature), factor.T, upper=False)
    return Scorer((factor @ v).float(), (half.T @ half).float(), len(winners))


def check(winners: Tensor, losers: Tensor, weights: Tensor | None) -> None:
    """Refuse what would be learnt wrongly."""
    if winners.ndim != 2 or winners.shape != losers.shape:
        shapes = f"{tuple(winners.shape)} and {tuple(losers.shape)}"
        raise InvalidSpec(f"Winners and losers must both be (N, F), not {shapes}.")
    if weights is not None and (weights.shape != winners.shape[:1] or bool((weights < 0).any())):
        raise InvalidSpec(f"Weights must be {len(winners)} numbers from 0 up.")
    if not bool((winners - losers).isfinite().all()):
        raise InvalidSpec("A feature is not finite. Read the pictures again.")


def square_root(prior: Tensor | None) -> Tensor:
    """L with L L' = S, float64."""
    return committed_root() if prior is None else torch.linalg.cholesky(prior.double())


@cache
def committed_root() -> Tensor:
    """Of the committed prior; kept, since every refit asks for it."""
    return torch.linalg.cholesky(load_constants().covariance.double())


def newton(z: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The v that minimises  sum_i c_i log(1 + exp(-z_i . v)) + |v|^2 / 2  and the curvature (F, F)
    there. Convex; a step is halved until it goes down (Armijo), so it ends from anywhere."""
    v, identity = z.new_zeros(z.shape[1]), torch.eye(z.shape[1], dtype=z.dtype)

    def loss(at: Tensor) -> Tensor:
        return (counts * torch.nn.functional.softplus(-(z @ at))).sum() + at @ at / 2

    for _ in range(STEPS):
        p = torch.sigmoid(z @ v)
        gradient = v - z.T @ (counts * (1 - p))
        curvature = identity + z.T @ ((counts * p * (1 - p))[:, None] * z)
        step = torch.cholesky_solve(gradient[:, None], torch.linalg.cholesky(curvature))[:, 0]
        if step.abs().max() < ENOUGH:
            return v, curvature
        size, here = 1.0, loss(v)
        while loss(v - size * step) > here - 1e-4 * size * (gradient @ step) and size > 1e-6:
            size /= 2
        v = v - size * step
    p = torch.sigmoid(z @ v)
    return v, identity + z.T @ ((counts * p * (1 - p))[:, None] * z)


def heldout_accuracy(
    winners: Tensor, losers: Tensor, weights: Tensor | None = None, prior: Tensor | None = None
) -> Accuracy | None:
    """How many choices are predicted by a scorer fitted to the others: each in turn is left out, or
    a tenth of them where there are many. None below 6 pairs, where it would say nothing."""
    n = len(winners)
    if n < LEAST:
        return None
    right, place = 0, torch.arange(n) % min(n, FOLDS)
    for fold in range(min(n, FOLDS)):
        out = place == fold
        kept = None if weights is None else weights[~out]
        scorer = fit_scorer(winners[~out], losers[~out], kept, prior)
        right += int((scorer.score(winners[out]) > scorer.score(losers[out])).sum())
    return Accuracy(right, n)


def explain(
    scorer: Scorer, clip: "Clip", vocabulary: Vocabulary, most: int = 8
) -> list[tuple[str, float]]:
    """Which attributes push the score, largest push first: labels of the vocabulary and pixel
    measures, with how much one standard deviation of them adds in logits (negative: disliked).

    A label's push is the weight vector along its text embedding, from the mean of all labels.
    """
    looks = [label for label in vocabulary.labels.values() if label.category != "subject"]
    names = [label.name for label in looks if not label.generic]
    texts = clip.embed_texts(names)
    towards = torch.nn.functional.normalize(texts - texts.mean(0), dim=1)
    of_clip, of_pixels = scorer.weights.split([towards.shape[1], len(MEASURES)])
    pushes = [*(towards @ of_clip).tolist(), *of_pixels.tolist()]
    named: Sequence[tuple[str, float]] = list(zip([*names, *MEASURES], pushes, strict=True))
    return sorted(named, key=lambda entry: (-abs(entry[1]), entry[0]))[:most]
