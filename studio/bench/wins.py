"""Counting wins: trials, rates with intervals, gains across people.

A trial compares one person's utility of two pictures of the same prompt and seed: the base model's
and the one in a taste. Trials of one person share the person and trials of one prompt the prompt,
so intervals resample both (a two-way bootstrap).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

TIE = 0.02  # of the spread of a person's utilities over the deck; less is no difference to them
DRAWS = 1000


@dataclass(frozen=True)
class Trial:
    """Gain is utility with taste minus utility of the base picture, in standard deviations of the
    person's utilities over the deck. The subjects say whether the evaluator found it."""

    person: str
    prompt: str
    seed: int
    gain: float
    subject_base: bool
    subject_taste: bool

    @property
    def score(self) -> float:
        """1 for a win, 1/2 for a tie, 0 for a loss."""
        if abs(self.gain) <= TIE:
            return 0.5
        return float(self.gain > 0)

    @property
    def keeps_subject(self) -> bool:
        """Whether the evaluator finds the subject in both pictures."""
        return self.subject_base and self.subject_taste


@dataclass(frozen=True)
class Rate:
    """A mean with a 95 % interval over `n` trials; NaN over none."""

    value: float
    low: float
    high: float
    n: int

    def document(self) -> dict[str, float | int | None]:
        """Plain JSON values; None where there is no number."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {k: None if np.isnan(v) else round(v, 4) for k, v in numbers.items()} | {"n": self.n}


def rate(trials: Sequence[Trial], of: Callable[[Trial], float], seed: int = 0) -> Rate:
    """Mean of `of` with an interval that resamples people and prompts, each with replacement."""
    if not trials:
        return Rate(float("nan"), float("nan"), float("nan"), 0)
    values = np.array([of(trial) for trial in trials], float)
    weights = resampled(trials, DRAWS, np.random.default_rng(seed))
    weights = weights[weights.sum(1) > 0]  # a draw may hold no trial where trials are missing
    means = weights @ values / weights.sum(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Rate(float(values.mean()), float(low), float(high), len(trials))


def resampled(trials: Sequence[Trial], draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each trial occurs in each draw (draws, trials): times its person was drawn, times
    its prompt was drawn."""
    counts = np.ones((draws, len(trials)))
    for group in ([t.person for t in trials], [t.prompt for t in trials]):
        names, member = np.unique(group, return_inverse=True)
        even = np.full(len(names), 1 / len(names))
        counts *= rng.multinomial(len(names), even, size=draws)[:, member]
    return counts


def win_rate(trials: Sequence[Trial]) -> Rate:
    """Share of wins over all trials, a tie counting half."""
    return rate(trials, lambda trial: trial.score)


def kept_win_rate(trials: Sequence[Trial]) -> Rate:
    """Win rate where the evaluator finds the subject in both pictures; `n` says how few that is."""
    return win_rate([trial for trial in trials if trial.keeps_subject])


def adherence(trials: Sequence[Trial]) -> Rate:
    """Subject accuracy with taste over subject accuracy of the base pictures.

    The interval resamples as `rate` does, numerator and denominator together.
    """
    if not any(trial.subject_base for trial in trials):
        return Rate(float("nan"), float("nan"), float("nan"), len(trials))
    base = np.array([trial.subject_base for trial in trials], float)
    taste = np.array([trial.subject_taste for trial in trials], float)
    weights = resampled(trials, DRAWS, np.random.default_rng(0))
    weights = weights[weights @ base > 0]
    low, high = np.quantile((weights @ taste) / (weights @ base), (0.025, 0.975))
    return Rate(taste.sum() / base.sum(), float(low), float(high), len(trials))


def cross_table(gains: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, dict[str, float]]:
    """Mean gains by (whose taste made the pictures, who judges them): rows make, columns judge."""
    makers = list(dict.fromkeys(maker for maker, _ in gains))
    judges = list(dict.fromkeys(judge for _, judge in gains))
    return {m: {j: float(np.mean(gains[m, j])) for j in judges if (m, j) in gains} for m in makers}


def spread(features: Sequence[np.ndarray]) -> float:
    """Mean cosine distance between pictures' features (D,), unit length: 0 if all are the same."""
    matrix = np.stack(features)
    near = (matrix @ matrix.T)[np.triu_indices(len(matrix), 1)]
    return float(1 - near.mean())
