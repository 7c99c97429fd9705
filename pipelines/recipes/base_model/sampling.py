"""Which icons a batch shows."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.integer]
MANY = 4  # icons of a concept that make a group of it worth while


def balance(rows: list[dict[str, Any]]) -> NDArray[np.float64]:
    """Chance of each icon: rare styles are raised (pixel and freehand icons are 2 and 3 %), and
    people, faces and hands, a third of the set, are lowered by their skin tones, three each."""
    styles = Counter(row["set"] for row in rows)
    toned = {row["concept"] for row in rows if row["tone"]}
    weight = np.array([styles[row["set"]] ** -0.5 for row in rows])
    weight[[row["concept"] in toned for row in rows]] /= 3
    return weight / weight.sum()


class GroupSampler:
    """Draws `groups` of `group_size` icons of one concept, then `singles` by `balance`, of which
    the first `doubles` come twice. Each is shown in one of `variants` ways; a double's differ."""

    def __init__(
        self,
        rows: list[dict[str, Any]],
        *,
        groups: int,
        group_size: int,
        singles: int,
        doubles: int,
        variants: int,
    ) -> None:
        self.groups, self.group_size = groups, group_size
        self.singles, self.doubles, self.variants = singles, doubles, variants
        by_concept = defaultdict(list)
        for i, row in enumerate(rows):
            by_concept[row["concept"]].append(i)
        self.grouped = [own for own in by_concept.values() if len(own) >= MANY]
        self.weight = balance(rows)

    def draw(self, rng: np.random.Generator) -> tuple[Indices, Indices]:
        """Rows (B,) and the variant (B,) of each."""
        parts = [
            rng.choice(own, self.group_size, replace=len(own) < self.group_size)
            for own in (
                self.grouped[i] for i in rng.choice(len(self.grouped), self.groups, replace=False)
            )
        ]
        singles = rng.choice(len(self.weight), self.singles, replace=False, p=self.weight)
        rows = np.concatenate([*parts, singles, singles[: self.doubles]])
        variants = rng.integers(0, self.variants, len(rows))
        first = len(rows) - self.doubles - self.singles
        seen = variants[first : first + self.doubles]
        other = 1 + rng.integers(0, self.variants - 1, self.doubles)
        variants[len(rows) - self.doubles :] = (seen + other) % self.variants
        return rows, variants
