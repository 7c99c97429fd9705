"""What can be asked of a view of an icon: which of these texts is true of it?

One question a part of the caption. Each is a choice among *all* texts of its kind, which is cheap,
since the text tower is locked and its vectors are computed once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipelines.metrics.pixels import COLOURS
from pipelines.recipes.base_model.captions import BACKGROUNDS, background_text
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.texts import TextBank
from pipelines.recipes.base_model.variants import Variant

NONE = -1  # no answer: not asked of this view


@dataclass(frozen=True)
class Shown:
    """The icons and variants of a batch, (B,) each; the generator draws what is said of them."""

    rows: NDArray[np.integer]
    variants: NDArray[np.integer]


@dataclass(frozen=True)
class Question:
    """`texts`: (M,) indices into the bank; `answer`: (B,) which of them is true of each view, NONE
    where it is not asked; `also`: (B, M) what is true as well and may not count as wrong."""

    texts: Tensor
    answer: Tensor
    also: Tensor | None = None


class Questions:
    """All texts, and which of them are true of which icon."""

    def __init__(
        self, rows: list[dict[str, Any]], variants: list[list[Variant]], cache: Path
    ) -> None:
        styles = load_styles()
        self.variants = variants
        self.styles = list(styles)
        self.phrasings = [style.phrasings for style in styles.values()]
        self.concepts = Kind([[row["concept"]] for row in rows])
        self.keywords = Kind([row["keywords"] for row in rows])
        self.tags = Kind([styles[row["set"]].tags for row in rows])
        self.style_of = torch.tensor([self.styles.index(row["set"]) for row in rows])
        said = [variant.caption for shown in variants for variant in shown]
        said += [phrase for phrasings in self.phrasings for phrase in phrasings]
        said += [*self.concepts.texts, *self.keywords.texts, *self.tags.texts, *COLOURS]
        self.bank = TextBank(said + [background_text(name) for name in BACKGROUNDS], cache)
        self.captions = [[self.bank.index[v.caption] for v in shown] for shown in variants]
        # a keyword belongs to a concept, in whatever style; rows differ in it only by accident
        self.keywords.share(self.concepts)

    def ask(self, shown: Shown, rng: np.random.Generator) -> dict[str, Question]:
        """Every question about a batch, by part."""
        views = [self.variants[r][v] for r, v in zip(shown.rows, shown.variants, strict=True)]
        return {
            "caption": self.of_caption(shown),
            "concept": self.of_kind(self.concepts, shown, rng),
            "style": self.of_style(shown, views, rng),
            "colour": self.of_colour(views),
            "background": self.of_background(views),
            "keyword": self.of_kind(self.keywords, shown, rng),
            "tag": self.of_kind(self.tags, shown, rng),
        }

    def of_caption(self, shown: Shown) -> Question:
        """Which caption of the batch; equal captions are all true."""
        pairs = zip(shown.rows, shown.variants, strict=True)
        own = torch.tensor([self.captions[r][v] for r, v in pairs])
        same = own[:, None] == own[None, :]
        return Question(own, torch.arange(len(own)), same.fill_diagonal_(False))

    def of_kind(self, kind: "Kind", shown: Shown, rng: np.random.Generator) -> Question:
        """Which text of a kind: one of the icon's own at random, the others are true as well."""
        own = [kind.own[r] for r in shown.rows]
        answer = torch.tensor([int(rng.choice(some)) if some else NONE for some in own])
        also = marks(own, len(kind.texts))
        asked = answer != NONE
        also[asked, answer[asked]] = False
        return Question(self.bank.find(kind.texts), answer, also)

    def of_style(
        self, shown: Shown, views: Sequence[Variant], rng: np.random.Generator
    ) -> Question:
        """Which style, said in one of three ways; other colours would belie some of them."""
        said = [str(rng.choice(phrasings)) for phrasings in self.phrasings]
        recoloured = torch.tensor([view.recolouring != 0 for view in views])
        answer = self.style_of[torch.from_numpy(shown.rows)].masked_fill(recoloured, NONE)
        return Question(self.bank.find(said), answer)

    def of_colour(self, views: Sequence[Variant]) -> Question:
        """Which colour is the largest; the other named ones are true as well."""
        named = [[COLOURS.index(colour) for colour in view.colours] for view in views]
        answer = torch.tensor([own[0] if own else NONE for own in named])
        return Question(
            self.bank.find(COLOURS), answer, marks([own[1:] for own in named], len(COLOURS))
        )

    def of_background(self, views: Sequence[Variant]) -> Question:
        """Which background, where it has a name."""
        place = {name: i for i, name in enumerate(BACKGROUNDS)}
        answer = torch.tensor([place.get(view.background, NONE) for view in views])
        return Question(self.bank.find([background_text(name) for name in BACKGROUNDS]), answer)


class Kind:
    """All texts of a kind, and the indices of those that are true of each row."""

    def __init__(self, of_rows: Sequence[Sequence[str]]) -> None:
        self.texts = sorted({text for own in of_rows for text in own})
        place = {text: i for i, text in enumerate(self.texts)}
        self.own = [[place[text] for text in own] for own in of_rows]

    def share(self, other: "Kind") -> None:
        """Make what is true of a row true of all rows that have the same first text of `other`."""
        pooled: dict[int, set[int]] = {}
        for group, own in zip(other.own, self.own, strict=True):
            pooled.setdefault(group[0], set()).update(own)
        self.own = [sorted(pooled[group[0]]) for group in other.own]


def marks(lists: Sequence[Sequence[int]], width: int) -> Tensor:
    """(len(lists), width), True at the listed places."""
    out = torch.zeros(len(lists), width, dtype=torch.bool)
    for row, places in zip(out, lists, strict=True):
        row[list(places)] = True
    return out
