"""Which two pictures to show next, and which of many to show first."""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from random import Random

import torch
from torch import Tensor

from pipelines.preference.scorer import Scorer

CHECK = 5  # every so many questions have a clear answer: they rest the eye and show attention
CONSIDERED = 1024  # candidates looked at; more are drawn at random
NEAR = 0.95  # questions this close to the best teach as much; chance decides among them


def next_pair(
    scorer: Scorer,
    features: Tensor,
    pairs: Sequence[tuple[int, int]],
    asked: Collection[tuple[int, int]],
    rng: Random,
    *,
    prompts: Sequence[Hashable] | None = None,
) -> int | None:
    """The place in `pairs` of what to ask next; None when all was asked.

    Pairs and `asked` are rows of `features` (M, F); sides do not matter. `prompts` (M) names what
    each picture shows (by default every picture is its own), so that questions are spread.
    """
    done = {frozenset(pair) for pair in asked}
    open_ = [i for i, pair in enumerate(pairs) if frozenset(pair) not in done]
    if not open_:
        return None
    if len(open_) > CONSIDERED:
        open_ = sorted(rng.sample(open_, CONSIDERED))
    a, b = features[torch.tensor([pairs[i] for i in open_])].unbind(1)
    if scorer.pairs and (len(asked) + 1) % CHECK == 0:
        worth = (scorer.score(a) - scorer.score(b)).abs() / (1e-6 + scorer.uncertainty(a, b))
    else:
        worth = information(scorer, a, b)
    worth = worth / crowding([pairs[i] for i in open_], asked, prompts)
    best = (worth >= NEAR * worth.max()).nonzero()[:, 0].tolist()
    return open_[rng.choice(best)]


def information(scorer: Scorer, a: Tensor, b: Tensor) -> Tensor:
    """What an answer is expected to teach (N,), in nats: log(1 + p (1 - p) s^2) / 2, the shrinking
    of the posterior by one choice (MacKay 1992, Neural Computation 4, p. 590). Large where utility
    differs by an unknown amount s and chances p are even."""
    p, s = torch.sigmoid(scorer.score(a) - scorer.score(b)), scorer.uncertainty(a, b)
    return torch.log1p(p * (1 - p) * s**2) / 2


def crowding(
    pairs: Sequence[tuple[int, int]],
    asked: Collection[tuple[int, int]],
    prompts: Sequence[Hashable] | None,
) -> Tensor:
    """1 plus how often what a pair shows was shown already (N,)."""

    def shown(place: int) -> Hashable:
        return prompts[place] if prompts is not None else place

    often = Counter(shown(place) for pair in asked for place in pair)
    return torch.tensor([1.0 + sum(often[shown(place)] for place in pair) / 2 for pair in pairs])


def best_of(scorer: Scorer, features: Tensor) -> list[int]:
    """Places of pictures (N, F), the best first; equal ones in the order given."""
    return torch.argsort(scorer.score(features), descending=True, stable=True).tolist()
