"""From a profile to what generation takes: two lists of phrases and a strength."""

import re

from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import forms
from pipelines.spec import Phrase, Taste, TasteForm
from studio.domain import Polarity, ProfileAttribute, ProfileVersion

FULL = 0.5  # the weight of what one plain comment says: alone in a profile it counts fully
DENIAL = re.compile(r"\b(no|not|never|without|lack|lacks|lacking|none|nothing)\b|n['’]t\b", re.I)
SUBJECTS = 2  # comments that must name a subject before it is wanted in other pictures


def taste_of(
    version: ProfileVersion, strength: float, form: TasteForm = TasteForm.TWO_PASS
) -> Taste:
    """The taste of a profile version, heaviest first.

    Removed and contradictory attributes are left out, and so is every phrase that stands on both
    sides, as ViPer does. Weights are relative to the heaviest one, so that strength alone says how
    hard taste pulls; a profile whose weights are all low by hand pulls less.
    """
    used = [a for polarity in Polarity for a in version.side(polarity) if is_used(a)]
    said = [(*spoken(a), a.weight) for a in sorted(used, key=lambda a: -a.weight)]
    sides = {p: {forms(words) for words, side, _ in said if side is p} for p in Polarity}
    both = sides[Polarity.LIKED] & sides[Polarity.DISLIKED]
    scale = 1 / max([FULL, *(a.weight for a in used)])

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


def is_used(attribute: ProfileAttribute) -> bool:
    """Whether an attribute reaches the generator.

    "The colours" says nothing about which ones. And who calls one turtle cute does not ask for
    turtles everywhere: a subject counts once two comments name it, or by the person's own hand.
    """
    if attribute.removed or attribute.split or attribute.weight <= 0:
        return False
    if attribute.edited:
        return True
    label = load_vocabulary().labels.get(attribute.label or "")
    if label and label.generic:
        return False
    named = len({e.rating_id for e in attribute.evidence})
    return attribute.category != "subject" or named >= SUBJECTS


def spoken(attribute: ProfileAttribute) -> tuple[str, Polarity]:
    """The words for the text encoder and their side. It hears the X in "no X", so a denial is said
    by its label, or by the opposite on the other side."""
    if not DENIAL.search(attribute.phrase):
        return attribute.phrase, attribute.polarity
    label = load_vocabulary().labels.get(attribute.label or "")
    if label and not DENIAL.search(label.name):
        return label.name, attribute.polarity
    if label and label.opposite:
        return label.opposite, attribute.polarity.opposite
    return attribute.phrase, attribute.polarity
