"""What a person may change in a profile, as pure functions on its attributes.

Each returns new attributes; the changed ones are marked `edited` or `removed`, so that reading the
comments again leaves them as they are.
"""

from collections.abc import Sequence
from enum import StrEnum

from pipelines.preference.vocabulary import Vocabulary
from studio.domain import Polarity, ProfileAttribute
from studio.errors import AlreadyExists, InvalidInput, NotFound
from studio.services.learning import in_order, key, unsplit

Attributes = tuple[ProfileAttribute, ...]
OWN_WEIGHT = 0.7  # of what is added by hand: said on purpose, so more than one comment's 0.5


class Keep(StrEnum):
    """How a contradiction is settled."""

    LIKE = "like"
    DISLIKE = "dislike"
    NEITHER = "neither"


def find(attributes: Sequence[ProfileAttribute], name: str) -> ProfileAttribute:
    """The attribute with this id, phrase or label; one that stands rather than a removed one.

    Raises:
        NotFound: no attribute has it.
        InvalidInput: several stand.
    """
    wanted = name.strip().lower()
    by_id = [a for a in attributes if a.id == wanted]
    named = [a for a in attributes if wanted in (a.phrase.lower(), (a.label or "").lower())]
    found = by_id or [a for a in named if not a.removed] or named
    if not found:
        raise NotFound(f"The profile has no attribute “{name}”. `studio profile show` lists them.")
    if len(found) > 1:
        ids = ", ".join(f"{a.id} ({a.polarity.value} {a.phrase})" for a in found)
        raise InvalidInput(f"“{name}” is several attributes: {ids}. Name one by its id.")
    return found[0]


def set_weight(attributes: Attributes, name: str, weight: float) -> Attributes:
    """Say how much an attribute counts, 0 to 1."""
    if not 0 <= weight <= 1:
        raise InvalidInput(f"A weight lies between 0 and 1, not at {weight:g}.")
    return replace(attributes, find(attributes, name), weight=weight, edited=True)


def turn(attributes: Attributes, name: str) -> Attributes:
    """From like to dislike, or back. What stood on the other side is taken in."""
    attribute = find(attributes, name)
    other = (key(attribute)[0], attribute.polarity.opposite)
    rest = tuple(a for a in attributes if key(a) != other)
    return replace(rest, attribute, polarity=attribute.polarity.opposite, edited=True, split=False)


def remove(attributes: Attributes, name: str) -> Attributes:
    """Take an attribute out; it stays as a memory, so that it does not come back by itself."""
    return replace(attributes, find(attributes, name), removed=True)


def restore(attributes: Attributes, name: str) -> Attributes:
    """Undo a removal. If it was one side of a contradiction, that is open again."""
    attribute = find([a for a in attributes if a.removed], name)
    other = (key(attribute)[0], attribute.polarity.opposite)
    reopened = tuple(
        a.model_copy(update={"split": True}) if attribute.split and key(a) == other else a
        for a in attributes
    )
    return replace(reopened, attribute, removed=False)


def add(
    attributes: Attributes,
    phrase: str,
    polarity: Polarity,
    vocabulary: Vocabulary,
    category: str | None = None,
) -> Attributes:
    """Add an attribute in the person's words; the vocabulary names its label where it knows it.

    Raises:
        AlreadyExists: it is there, on this side.
        InvalidInput: it is empty or too long.
    """
    words = " ".join(phrase.split())
    if not 0 < len(words) <= 200:
        raise InvalidInput("An attribute has between 1 and 200 characters.")
    label = vocabulary.lookup(words)
    new = ProfileAttribute(
        phrase=words,
        category=category or (label.category if label else "detail"),
        label=label.name if label else None,
        polarity=polarity,
        weight=OWN_WEIGHT,
        edited=True,
    )
    same = next((a for a in attributes if key(a) == key(new)), None)
    if same is not None and not same.removed:
        raise AlreadyExists(f"“{same.phrase}” is {polarity.value} already. Change its weight.")
    return in_order(unsplit([new, *(a for a in attributes if a is not same)]))


def resolve(attributes: Attributes, name: str, keep: Keep) -> Attributes:
    """Settle a contradiction: keep one side, or neither.

    Raises:
        NotFound: there is none of this name.
    """
    wanted = name.strip().lower()
    sides = [
        a
        for a in attributes
        if not a.removed and wanted in (a.id, a.phrase.lower(), (a.label or "").lower())
    ]
    labels = {key(a)[0] for a in sides}
    pair = [a for a in attributes if key(a)[0] in labels and not a.removed]
    if len(pair) != 2:
        raise NotFound(f"There is no contradiction about “{name}” in this profile.")
    kept = {Keep.LIKE: Polarity.LIKED, Keep.DISLIKE: Polarity.DISLIKED}.get(keep)
    for attribute in pair:
        if attribute.polarity is kept:
            attributes = replace(attributes, attribute, edited=True, split=False)
        else:
            attributes = replace(attributes, attribute, removed=True, split=False)
    return attributes


def replace(attributes: Attributes, old: ProfileAttribute, **changes: object) -> Attributes:
    """With one attribute changed, in order again."""
    changed = old.model_copy(update=changes)
    return in_order(unsplit([changed if a.id == old.id else a for a in attributes]))
