"""Which checkpoint of a training to keep: closer to the photos, or freer.

Plain arithmetic without torch, so that a page's slider and the training use one formula.
"""

from collections.abc import Sequence

from pydantic import Field

from pipelines.spec import Frozen

LEAST = 0.01  # a harmonic mean knows no zeros


class Score(Frozen):
    """How one checkpoint did, each in [0, 1]; see `pipelines.metrics.subject.Judge`.

    likeness: its pictures beside the photos, what is around the subject left out.
    prompt: its pictures beside what was asked for, the subject's token left out.
    diversity: how much its pictures of one prompt differ.
    """

    likeness: float = Field(ge=0, le=1)
    prompt: float = Field(ge=0, le=1)
    diversity: float = Field(default=0.0, ge=0, le=1)


def harmonic(score: Score, closeness: float = 0.5) -> float:
    """1 / (lambda / s_I + (1 - lambda) / s_T). Miao et al. 2024, arXiv 2407.12164, eq. 7, with
    lambda = `closeness`: 1 asks for likeness alone, 0 for obeying the prompt alone."""
    s_i, s_t = max(score.likeness, LEAST), max(score.prompt, LEAST)
    return 1 / (closeness / s_i + (1 - closeness) / s_t)


def best(scores: Sequence[Score], closeness: float = 0.5) -> int:
    """Position of the best score; the earlier one where two are equal."""
    return max(range(len(scores)), key=lambda i: (harmonic(scores[i], closeness), -i))


def is_overfitting(
    scores: Sequence[Score], closeness: float = 0.5, patience: int = 3, margin: float = 0.02
) -> bool:
    """Whether the last `patience` checkpoints were all worse than the best before them by more than
    `margin`, while prompts were obeyed less than at the best: nothing is gained by going on."""
    if len(scores) <= patience:
        return False
    peak = scores[best(scores[:-patience], closeness)]
    return all(
        harmonic(score, closeness) < harmonic(peak, closeness) - margin
        and score.prompt < peak.prompt
        for score in scores[-patience:]
    )
