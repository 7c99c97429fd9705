"""Many comments' attributes become one profile: pure functions, no state.

What is said twice counts more, what was tapped counts half of what was typed, and what is liked
here and disliked there is shown as a contradiction rather than averaged away.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import Attribute, Category, Evidence, Polarity, opposite

CHIP_SHARE = 0.5  # a tap says less than a word that somebody looked for
HALF_WAY = 0.6  # support at which the weight is one half: what one plain comment brings


@dataclass(frozen=True, slots=True)
class Trait:
    """One side of one label, as the evidence makes it.

    `phrase` is what goes into a prompt: the wording used most, the newest among equals. `phrases`
    holds all wordings, `support` is the sum of what its comments bring, and `weight` in (0, 1)
    grows with it: 0.5 for one plain comment, 0.67 for two, 0.83 for five. `split` marks a label
    that stands on both sides.
    """

    label: str
    category: Category
    polarity: Polarity
    phrase: str
    phrases: tuple[str, ...]
    support: float
    evidence: tuple[Evidence, ...]
    split: bool = False

    @property
    def weight(self) -> float:
        """How much it counts."""
        return round(self.support / (self.support + HALF_WAY), 3)


def summarize(attributes: Iterable[Attribute]) -> list[Trait]:
    """Group attributes, oldest first, into traits: heaviest first, then newest.

    A label on both sides gives two traits, each marked `split`.
    """
    groups: dict[tuple[str, Polarity], list[Attribute]] = defaultdict(list)
    newest: dict[tuple[str, Polarity], int] = {}
    for number, attribute in enumerate(attributes):
        key = (attribute.label, attribute.polarity)
        groups[key].append(attribute)
        newest[key] = number
    traits = {key: merge(group, split=other(key) in groups) for key, group in groups.items()}
    return [traits[key] for key in sorted(traits, key=lambda k: (-traits[k].weight, -newest[k]))]


def other(key: tuple[str, Polarity]) -> tuple[str, Polarity]:
    """The same label on the other side."""
    return key[0], opposite(key[1])


def merge(group: Sequence[Attribute], *, split: bool = False) -> Trait:
    """One trait from attributes of equal label and polarity, oldest first."""
    newest_first = [attribute.phrase for attribute in reversed(group)]
    counts = Counter(newest_first)  # most_common takes the first among equals: the newest
    categories: Counter[Category] = Counter(attribute.category for attribute in group)
    return Trait(
        label=group[0].label,
        category=categories.most_common(1)[0][0],
        polarity=group[0].polarity,
        phrase=counts.most_common(1)[0][0],
        phrases=tuple(counts),
        support=support(group),
        evidence=tuple(dict.fromkeys(attribute.evidence for attribute in group)),
        split=split,
    )


def support(group: Iterable[Attribute]) -> float:
    """What the comments bring together; saying a thing twice in one comment brings it once."""
    strongest: dict[str, float] = {}
    for attribute in group:
        share = CHIP_SHARE if attribute.evidence.kind == "chip" else 1.0
        comment = attribute.evidence.comment
        strongest[comment] = max(strongest.get(comment, 0.0), share * attribute.weight)
    return sum(strongest.values())
