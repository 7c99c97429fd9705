"""From a profile to what generation takes: two lists of phrases and a strength."""

from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.wording import Wording, wording
from pipelines.preference.words import forms
from pipelines.spec import Phrase, Taste, TasteForm
from studio.domain import Polarity, ProfileAttribute, ProfileVersion

FULL = 0.5  # the weight of what one plain comment says: alone in a profile it counts fully
SUBJECTS = 2  # comments that must name a subject before it is wanted in other pictures


def taste_of(
    version: ProfileVersion, strength: float, form: TasteForm = TasteForm.TWO_PASS
) -> Taste:
    """The taste of a profile version, heaviest first.

    Removed and contradictory attributes are left out, and so is every phrase that stands on both
    sides, as ViPer does. Weights are relative to the heaviest one, so that strength alone says how
    hard taste pulls; a profile whose weights are all low by hand pulls less.
    """
    there = [a for polarity in Polarity for a in version.side(polarity)]
    said = [
        (told.words, Polarity(told.polarity), a.weight)
        for a in sorted(there, key=lambda a: -a.weight)
        if (told := spoken(a))
    ]
    sides = {p: {forms(words) for words, side, _ in said if side is p} for p in Polarity}
    both = sides[Polarity.LIKED] & sides[Polarity.DISLIKED]
    scale = 1 / max([FULL, *(weight for *_, weight in said)])

    def phrases(wanted: Polarity) -> tuple[Phrase, ...]:
        kept: dict[tuple[str, ...], Phrase] = {}
        for words, side, weight in said:  # heaviest first, so it wins among equal words
            if side is wanted and forms(words) not in both:
                phrase = Phrase(phrase=words, weight=round(weight * scale, 3))
                kept.setdefault(forms(words), phrase)
        return tuple(kept.values())

    return Taste(
        liked=phrases(Polarity.LIKED),
        disliked=phrases(Polarity.DISLIKED),
        strength=strength,
        form=form,
    )


def spoken(attribute: ProfileAttribute) -> Wording | None:
    """What the generator is told of an attribute; None for nothing.

    Words that the person added by hand are told as they stand. "The colours" says nothing about
    which ones. And who calls one turtle cute does not ask for turtles everywhere: a subject counts
    once two comments name it, or by the person's own hand.
    """
    if attribute.removed or attribute.split or attribute.weight <= 0:
        return None
    own = attribute.edited and not attribute.evidence
    label = load_vocabulary().labels.get(attribute.label or "")
    if not attribute.edited:
        named = len({e.rating_id for e in attribute.evidence})
        if (label and label.generic) or (attribute.category == "subject" and named < SUBJECTS):
            return None
    return wording(attribute.phrase, attribute.label, attribute.polarity.value, own=own)
