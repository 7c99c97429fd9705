"""What comments say becomes what a profile holds, without undoing what the person corrected.

Pure functions: attributes read from comments and tapped chips, and the version before, give the
attributes of the next version.
"""

import hashlib
from collections.abc import Iterable, Sequence

from pipelines.preference.attributes import Attribute, opposite
from pipelines.preference.attributes import Evidence as Words
from pipelines.preference.profile import HALF_WAY, Trait, summarize
from pipelines.preference.vocabulary import Vocabulary
from studio.domain import Evidence, Polarity, ProfileAttribute, Rating

CHIP = "chip"  # the "reader" of a tapped chip
CHIP_WEIGHT = 0.6  # as strong as a plain word; `summarize` counts evidence of kind chip half
CLEAR = 3.0  # times the support of the other side at which a contradiction is a slip


def tapped(rating: Rating, vocabulary: Vocabulary) -> list[Attribute]:
    """The chips tapped on a picture, as attributes; labels that left the vocabulary say nothing."""
    return [
        Attribute(
            phrase=chip.label,
            category=vocabulary[chip.label].category,
            label=chip.label,
            polarity=chip.polarity.value,
            weight=CHIP_WEIGHT,
            evidence=Words(rating.id, None, CHIP),
            backend=CHIP,
            prompt_version="",
        )
        for chip in rating.chips
        if chip.label in vocabulary
    ]


def merge(
    profile_id: str, before: Sequence[ProfileAttribute], read: Sequence[Attribute]
) -> tuple[ProfileAttribute, ...]:
    """The next attributes of a profile, heaviest first: all that was `read`, oldest first, and the
    person's own corrections of what was there `before`, which win."""
    backends = {attribute.evidence: attribute.backend for attribute in read}
    found = [as_attribute(profile_id, t, backends) for t in settle(summarize(read))]
    ids = {key(a): a.id for a in before}  # of a copied or imported profile they are others
    found = [a.model_copy(update={"id": ids.get(key(a), a.id)}) for a in found]
    own = {key(a): a for a in before if a.edited or a.removed}
    decided = {key(a)[0] for a in own.values() if not a.removed and not a.split}
    kept = [a for a in found if key(a) not in own and key(a)[0] not in decided]
    evidence = {key(a): a.evidence for a in found}
    corrected = [
        a.model_copy(update={"evidence": evidence.get(k, a.evidence)}) for k, a in own.items()
    ]
    return in_order(unsplit([*kept, *corrected]))


def settle(traits: Iterable[Trait]) -> list[tuple[Trait, float, bool]]:
    """Each trait with its weight and whether it is left out as a contradiction.

    Noise is part of what people say: where one side has clearly more support, it stays, weakened
    by the other, and only the weak side is left out. The page shows both in any case.
    """
    by_key = {(trait.label, trait.polarity): trait for trait in traits}
    settled = []
    for trait in by_key.values():
        other = by_key.get((trait.label, opposite(trait.polarity)))
        support = trait.support - (other.support if other else 0.0)
        clear = other is None or trait.support >= CLEAR * other.support
        weight = round(support / (support + HALF_WAY), 3) if clear else trait.weight
        settled.append((trait, weight, not clear))
    return settled


def as_attribute(
    profile_id: str, settled: tuple[Trait, float, bool], backends: dict[Words, str]
) -> ProfileAttribute:
    """A trait as a profile holds it. Its id follows from what it says, so that reading again, or
    with another reader, gives the same attribute and not a new one."""
    trait, weight, split = settled
    name = f"{profile_id}|{trait.label}|{trait.polarity}"
    return ProfileAttribute(
        id=hashlib.sha256(name.encode()).hexdigest()[:12],
        phrase=trait.phrase[:200],
        category=trait.category,
        label=trait.label,
        polarity=Polarity(trait.polarity),
        weight=weight,
        evidence=tuple(
            Evidence(rating_id=e.comment, span=e.span, backend=backends[e]) for e in trait.evidence
        ),
        split=split,
    )


def key(attribute: ProfileAttribute) -> tuple[str, Polarity]:
    """What makes two attributes the same: what they mean, and the side."""
    return (attribute.label or attribute.phrase).lower(), attribute.polarity


def unsplit(attributes: Sequence[ProfileAttribute]) -> list[ProfileAttribute]:
    """Without the mark of a contradiction where the other side is gone."""
    there = {key(a) for a in attributes if not a.removed}
    return [
        a.model_copy(update={"split": False})
        if a.split and (key(a)[0], a.polarity.opposite) not in there
        else a
        for a in attributes
    ]


def in_order(attributes: Iterable[ProfileAttribute]) -> tuple[ProfileAttribute, ...]:
    """Heaviest first; equals stay in their order."""
    return tuple(sorted(attributes, key=lambda a: -a.weight))


def contradictions(
    attributes: Iterable[ProfileAttribute],
) -> list[tuple[ProfileAttribute, ProfileAttribute]]:
    """What is liked here and disliked there, as (liked, disliked), heaviest first."""
    by_key = {key(a): a for a in attributes if not a.removed}
    pairs = [
        (a, by_key[label, Polarity.DISLIKED])
        for (label, polarity), a in by_key.items()
        if polarity is Polarity.LIKED and (label, Polarity.DISLIKED) in by_key
    ]
    return [pair for pair in pairs if pair[0].split or pair[1].split]
