"""Which picture to show next: the one with most to learn, and every third one likely to be liked.

A small Bayesian logistic regression guesses like or dislike from what is known about a picture:

    P(like | x) = σ(wᵀx),   w ~ N(0, I/λ)

fitted by Newton's method, with the Laplace approximation N(ŵ, H⁻¹) of what is known about w. The
information that an answer to x brings about w is then close to ½ log(1 + p(1−p) xᵀH⁻¹x) (MacKay
1992, "Information-based objective functions", eq. 3.5, for the logistic noise p(1−p)). Cards are
chosen one after the other, each as if those before it had been answered: that alone spreads them
over styles and colours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.domain import Picture

Vector = NDArray[np.float64]
Embed = Callable[[Sequence[Picture]], Vector]  # pictures -> unit rows, e.g. of the sticker CLIP

PRIOR = 1.0  # λ
NEWTON_STEPS = 6
EVERY = 3  # the third, sixth … card is one that we expect to be liked
REACH = 2.0  # length of the words of one picture: one with many facts must not win by their number
WORDS_WEIGHT = {"style": 1.0, "colour": 0.7, "background": 0.5, "chip": 0.7, "category": 0.5}


@dataclass(frozen=True)
class NextCard:
    """A picture to show, and the chance that it is liked, fixed before it is shown."""

    picture: Picture
    guess: float  # probability in (0, 1)


def words_of(picture: Picture) -> list[str]:
    """What is known about a picture without looking, as words such as "colour:blue"."""
    facts = picture.facts
    words = [
        f"{kind}:{facts[kind]}" for kind in ("style", "background", "category") if facts.get(kind)
    ]
    words += [f"colour:{name}" for name in facts.get("colours", ())]
    return words + [f"chip:{label}" for label in facts.get("chips", ())]


def describe(pictures: Sequence[Picture], embed: Embed | None = None) -> Vector:
    """Features of pictures with shape (n, d): the words of their facts, a constant, and what the
    eye sees if there is one."""
    words = sorted({word for picture in pictures for word in words_of(picture)})
    column = {word: i for i, word in enumerate(words)}
    x = np.zeros((len(pictures), len(words) + 1))
    x[:, -1] = 1.0
    for row, picture in enumerate(pictures):
        for word in words_of(picture):
            x[row, column[word]] = WORDS_WEIGHT[word.partition(":")[0]]
    x[:, :-1] *= REACH / np.maximum(np.linalg.norm(x[:, :-1], axis=1, keepdims=True), 1e-9)
    if embed is None or not pictures:
        return x
    seen = embed(pictures)
    return np.hstack([x, seen - seen.mean(axis=0)])


@dataclass(frozen=True)
class Taste:
    """What the answers so far say about w: mean ŵ with shape (d,), covariance H⁻¹ (d, d)."""

    mean: Vector
    covariance: Vector

    @classmethod
    def fit(cls, x: Vector, liked: Vector) -> "Taste":
        """Fit to answered pictures `x` (n, d) with `liked` in {0, 1}."""
        mean = np.zeros(x.shape[1])
        covariance = np.eye(x.shape[1]) / PRIOR
        for _ in range(NEWTON_STEPS if len(x) else 0):
            p = sigmoid(dot(x, mean))
            covariance = np.eye(x.shape[1]) / PRIOR
            for row, gain in zip(x, p * (1 - p), strict=True):
                column = dot(covariance, row)
                covariance = after(covariance, column, np.einsum("d,d", column, row), gain)
            mean = dot(covariance, dot(x.T, p * (1 - p) * dot(x, mean) + liked - p))
        return cls(mean, covariance)

    def chance(self, x: Vector, variance: Vector) -> Vector:
        """P(like) of each row; the uncertainty of w pulls it towards ½ (MacKay 1992, eq. 10)."""
        return sigmoid(dot(x, self.mean) / np.sqrt(1 + np.pi * variance / 8))

    def among(self, x: Vector) -> Vector:
        """Covariance of the logits of these pictures, with shape (n, n)."""
        return np.einsum("ne,me->nm", np.einsum("nd,de->ne", x, self.covariance), x)


def after(covariance: Vector, column: Vector, own: float, gain: float) -> Vector:
    """What is still open once a picture is answered, whatever the answer (Sherman–Morrison);
    `column` is the covariance with it, `own` its variance, `gain` its p(1−p)."""
    return covariance - np.outer(column, column) * (gain / (1 + gain * own))


def dot(a: Vector, x: Vector) -> Vector:
    """a·x without BLAS: its threads take up to 2 s for a millisecond of work while a picture is
    being generated on the same processor, and the next card must be there in 100 ms."""
    return np.einsum("nd,d->n", a, x)


def sigmoid(z: Vector) -> Vector:
    return 1 / (1 + np.exp(-np.clip(z, -30, 30)))


def next_cards(
    unseen: Sequence[Picture],
    rated: Sequence[Picture],
    liked: Mapping[str, bool],
    n: int,
    *,
    already: int,
    embed: Embed | None = None,
) -> list[NextCard]:
    """The next `n` of `unseen`, in the order to show them.

    Args:
        rated: pictures with a verdict; `liked` says by picture id which.
        already: how many cards were shown before, skips included: it counts to every third.
    """
    x = describe([*rated, *unseen], embed)
    known = np.array([liked[picture.id] for picture in rated], dtype=float)
    taste = Taste.fit(x[: len(rated)], known)
    x = x[len(rated) :]
    between = taste.among(x)
    guess = taste.chance(x, np.diagonal(between))
    gain = sigmoid(dot(x, taste.mean))
    gain *= 1 - gain
    left, order = list(range(len(unseen))), []
    while left and len(order) < n:
        pleasant = any(known) and (already + len(order)) % EVERY == EVERY - 1
        information = np.log1p(gain * np.diagonal(between))
        best = max(left, key=(guess if pleasant else information).__getitem__)
        order.append(best)
        left.remove(best)
        column = between[best]
        between = after(between, column, column[best], gain[best])
    return [NextCard(unseen[i], float(guess[i])) for i in order]
