"""What a blind test found, and how sure that is."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import fmean

from pipelines.metrics.intervals import wilson
from pipelines.spec import Frozen
from studio.domain import BlindAnswer, BlindPair, BlindTest, Pick

CONFIDENCE = {1: 0.95, 2: 0.99}  # by looks: looking twice makes luck look like skill


class Finding(StrEnum):
    """What the interval says of one half, which is what blind luck gets."""

    WORKS = "works"
    LUCK = "luck"  # it may be that
    AGAINST = "against"  # the person prefers pictures without the profile
    ALIKE = "alike"  # half of the pairs or more could not be told apart


class BlindResult(Frozen):
    """Counts of pairs, and the share of the personalized pictures among those that were told apart
    with its interval. It belongs to one version, one strength and one model."""

    test: str
    pairs: int
    personal: int
    plain: int
    undecided: int
    rate: float | None  # None where no pair was told apart
    low: float
    high: float
    confidence: float
    looks: int
    finding: Finding
    version: int
    strength: float
    model: str
    suspect: str | None = None  # the phrase that shows most in personalized pictures they refused


class Bound(Frozen):
    """What a result holds for, or what is in use now."""

    version: int
    strength: float
    model: str  # its name


def result_of(
    test: BlindTest, pairs: Sequence[BlindPair], answers: Mapping[int, BlindAnswer]
) -> BlindResult | None:
    """What was found, once every pair has its answer."""
    if not pairs or any(pair.number not in answers for pair in pairs):
        return None
    choices = {pair.number: answers[pair.number].choice for pair in pairs}
    undecided = sum(choice is Pick.NEITHER for choice in choices.values())
    personal = sum(choices[pair.number] is pair.personal for pair in pairs)
    decided = len(pairs) - undecided
    refused = [p for p in pairs if choices[p.number] not in (p.personal, Pick.NEITHER)]
    confidence = CONFIDENCE[test.looks]
    low, high = wilson(personal, decided, confidence)
    return BlindResult(
        test=test.id,
        pairs=len(pairs),
        personal=personal,
        plain=decided - personal,
        undecided=undecided,
        rate=personal / decided if decided else None,
        low=low,
        high=high,
        confidence=confidence,
        looks=test.looks,
        finding=finding(undecided, len(pairs), low, high),
        version=test.profile_version,
        strength=test.strength,
        model=test.model_id,
        suspect=suspect(refused),
    )


def finding(undecided: int, pairs: int, low: float, high: float) -> Finding:
    """What the figures mean."""
    if 2 * undecided >= pairs:
        return Finding.ALIKE
    if low > 0.5:
        return Finding.WORKS
    return Finding.AGAINST if high < 0.5 else Finding.LUCK


def suspect(refused: Sequence[BlindPair]) -> str | None:
    """Among the phrases of the profile the one that it brought out most in the refused pictures."""
    phrases = {phrase for pair in refused for phrase in pair.gains}
    means = {p: fmean(pair.gains.get(p, 0.0) for pair in refused) for p in phrases}
    strongest = max(sorted(means), key=lambda phrase: means[phrase], default=None)
    return strongest if strongest is not None and means[strongest] > 0 else None
