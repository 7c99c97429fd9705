"""Which icons no model may train on.

Two things must stay unseen, so that drawing and recognising them means something:
- the 60 concepts of holdout_concepts.txt, in every style;
- of every other concept drawn in eight or more styles, one style, picked by a hash of its name.

The evaluator judges pictures of both, so it has to know what they look like: it keeps the other
rule only, with a salt of its own (see evaluator.py).
"""

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

MANY_STYLES = 8


class Split(StrEnum):
    """What an icon may be used for."""

    TRAIN = "train"
    COMBINATION = "combination"  # concept and style are both seen, never together
    CONCEPT = "concept"  # the concept is never seen


@cache
def heldout_concepts() -> frozenset[str]:
    """The 60 concepts that nothing trains on."""
    text = Path(__file__).with_name("holdout_concepts.txt").read_text(encoding="utf-8")
    return frozenset(text.splitlines())


def heldout_style(concept: str, styles: set[str], salt: str = "") -> str | None:
    """The style in which this concept is held out, None if it is drawn in too few."""
    if len(styles) < MANY_STYLES:
        return None
    number = int.from_bytes(sha256((salt + concept).encode()).digest(), "big")
    return sorted(styles)[number % len(styles)]


def split(
    rows: Sequence[dict[str, Any]], *, salt: str = "", hold_concepts: bool = True
) -> list[Split]:
    """The split of every row, tones included, from its `concept` and `set`."""
    styles = defaultdict(set)
    for row in rows:
        styles[row["concept"]].add(row["set"])
    unseen = heldout_concepts() if hold_concepts else frozenset()
    held = {name: heldout_style(name, drawn, salt) for name, drawn in styles.items()}

    def of(row: dict[str, Any]) -> Split:
        if row["concept"] in unseen:
            return Split.CONCEPT
        return Split.COMBINATION if held[row["concept"]] == row["set"] else Split.TRAIN

    return [of(row) for row in rows]
