"""Liked and disliked attributes -> taste conditions.

ViPer (Salehi et al., ECCV 2024, arXiv 2407.17365) joins each list of attributes into one text and
encodes it like a prompt. Two traps of the released code are avoided: words that stand in both lists
are dropped, and lists longer than the text window lose their lightest phrases in a recorded order,
not random ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.conditioning.prompt import Fragment
from pipelines.models.families import room, token_count
from pipelines.spec import Phrase, Taste


@dataclass(frozen=True)
class TasteText:
    """One side of a taste in words, heaviest first, and what the window had no room for."""

    phrases: tuple[Phrase, ...]
    left_out: tuple[Phrase, ...]

    @property
    def fragments(self) -> tuple[Fragment, ...]:
        """The text as the encoder reads it: `(phrase:weight)` joined by commas."""
        if not self.phrases:
            return (Fragment(""),)
        parts: list[Fragment] = []
        for phrase in self.phrases:
            separator = [Fragment(", ")] if parts else []
            parts += [*separator, Fragment(phrase.phrase, phrase.weight)]
        return tuple(parts)


def drop_shared(taste: Taste) -> tuple[tuple[Phrase, ...], tuple[Phrase, ...]]:
    """Both sides without the phrases that stand on both."""
    liked = {p.phrase.casefold().strip() for p in taste.liked}
    disliked = {p.phrase.casefold().strip() for p in taste.disliked}
    shared = liked & disliked

    def own(side: Sequence[Phrase]) -> tuple[Phrase, ...]:
        return tuple(p for p in side if p.phrase.casefold().strip() not in shared)

    return own(taste.liked), own(taste.disliked)


def fit(phrases: Sequence[Phrase], tokenizer) -> TasteText:
    """The heaviest phrases that fit one window of the text encoder; ties keep the given order."""
    budget, kept, left_out = room(tokenizer), [], []
    for phrase in sorted(phrases, key=lambda p: -p.weight):
        cost = token_count(tokenizer, phrase.phrase) + bool(kept)  # the comma
        if cost <= budget:
            kept.append(phrase)
            budget -= cost
        else:
            left_out.append(phrase)
    return TasteText(tuple(kept), tuple(left_out))
