"""The choice that a judge of concepts is given: the right name among 63 wrong ones."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np

CHOICES = 64


def choices(concept: str, categories: Mapping[str, str], count: int = CHOICES) -> list[str]:
    """`count` different concepts, `concept` first, half of them (itself included) from its category
    as far as there are so many, the others from any other. `categories` is concept -> category.

    Which ones depends on the name alone, so figures made on different days compare.
    """
    seed = int.from_bytes(sha256(concept.encode()).digest()[:8], "big")
    rng = np.random.default_rng(seed)
    own = categories[concept]
    near = sorted(name for name, kind in categories.items() if kind == own and name != concept)
    far = sorted(name for name, kind in categories.items() if kind != own)
    chosen = [*rng.permutation(near)[: count // 2 - 1]]
    chosen += [*rng.permutation(far)[: count - 1 - len(chosen)]]
    return [concept, *(str(name) for name in chosen)]
