"""Several profiles in one, as a pure function: what each says, by how much it is meant to count."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.preference.vocabulary import Vocabulary
from studio.domain import ProfileAttribute, ProfileVersion, new_id
from studio.errors import InvalidInput
from studio.services.learning import contradictions, in_order, key

Pair = tuple[ProfileAttribute, ProfileAttribute]


@dataclass(frozen=True)
class Blend:
    """What will result. Contradictions (liked by one, disliked by another) stay out of generation
    until they are settled; tensions (two opposites on one side) are kept and shown."""

    attributes: tuple[ProfileAttribute, ...]
    contradictions: tuple[Pair, ...]
    tensions: tuple[Pair, ...]


def blend(parts: Sequence[tuple[ProfileVersion, float]], vocabulary: Vocabulary) -> Blend:
    """Blend profiles with weights. An attribute counts by the share of the profiles that have it.

    Attributes are marked as the person's own: there are no comments here to read them from again.

    Raises:
        InvalidInput: fewer than two profiles, or a weight that is not above 0.
    """
    if len(parts) < 2:
        raise InvalidInput("A blend needs at least two profiles.")
    if any(not 0 < share <= 100 for _, share in parts):
        raise InvalidInput("Each profile in a blend needs a weight above 0.")
    total = sum(share for _, share in parts)
    groups: dict[tuple, list[tuple[ProfileAttribute, float]]] = defaultdict(list)
    for version, share in parts:
        for attribute in version.attributes:
            if not attribute.removed and not attribute.split:
                groups[key(attribute)].append((attribute, share / total))
    mixed = [mix(group) for group in groups.values()]
    there = {key(a) for a in mixed}
    split = [
        a.model_copy(update={"split": (key(a)[0], a.polarity.opposite) in there}) for a in mixed
    ]
    return Blend(in_order(split), tuple(contradictions(split)), tuple(tensions(split, vocabulary)))


def mix(group: list[tuple[ProfileAttribute, float]]) -> ProfileAttribute:
    """One attribute of several profiles, in the words of the profile that counts most."""
    main, _ = max(group, key=lambda pair: pair[0].weight * pair[1])
    weight = sum(attribute.weight * share for attribute, share in group)
    return main.model_copy(
        update={
            "id": new_id(),
            "weight": round(min(weight, 1.0), 3),
            "evidence": tuple(e for attribute, _ in group for e in attribute.evidence),
            "edited": True,
        }
    )


def tensions(attributes: Sequence[ProfileAttribute], vocabulary: Vocabulary) -> list[Pair]:
    """Pairs on one side that the vocabulary calls opposites: liked muted and vivid colours."""
    by_key = {key(a): a for a in attributes}
    pairs: dict[frozenset[str], Pair] = {}
    for a in attributes:
        opposite = vocabulary[a.label].opposite if a.label and a.label in vocabulary else None
        other = by_key.get((opposite.lower(), a.polarity)) if opposite else None
        if other is not None:
            pairs.setdefault(frozenset((a.id, other.id)), (a, other))
    return list(pairs.values())
