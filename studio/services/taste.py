"""From a profile to what generation takes: two lists of phrases and a strength."""

from pipelines.preference.words import forms
from pipelines.spec import Phrase, Taste, TasteForm
from studio.domain import Polarity, ProfileAttribute, ProfileVersion

FULL = 0.5  # the weight of what one plain comment says: alone in a profile it counts fully


def taste_of(
    version: ProfileVersion, strength: float, form: TasteForm = TasteForm.TWO_PASS
) -> Taste:
    """The taste of a profile version, heaviest first.

    Removed and contradictory attributes are left out, and so is every phrase that stands on both
    sides, as ViPer does. Weights are relative to the heaviest one, so that strength alone says how
    hard taste pulls; a profile whose weights are all low by hand pulls less.
    """
    liked, disliked = version.side(Polarity.LIKED), version.side(Polarity.DISLIKED)
    both = {forms(a.phrase) for a in liked} & {forms(a.phrase) for a in disliked}
    heaviest = max([a.weight for a in (*liked, *disliked)], default=FULL)
    scale = 1 / max(heaviest, FULL)

    def phrases(side: tuple[ProfileAttribute, ...]) -> tuple[Phrase, ...]:
        kept = [a for a in side if forms(a.phrase) not in both and a.weight > 0]
        return tuple(Phrase(phrase=a.phrase, weight=round(a.weight * scale, 3)) for a in kept)

    return Taste(liked=phrases(liked), disliked=phrases(disliked), strength=strength, form=form)
