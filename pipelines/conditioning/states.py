"""TextStates: what a denoiser attends to, with its mask; the sums that taste needs.

Families that mask padding inside the denoiser (PixArt's T5) carry a mask; the others (SD 1.x, the
sticker model) attend to every position and carry none.
"""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class TextStates:
    """Encoded text.

    states: (B, L, D), float32.
    mask: (B, L) bool, true where a token counts; None where the denoiser does not mask.
    """

    states: Tensor
    mask: Tensor | None = None

    @property
    def batch(self) -> int:
        """How many texts: B."""
        return self.states.shape[0]

    @property
    def length(self) -> int:
        """How many positions each: L."""
        return self.states.shape[1]

    def padded(self, length: int, filler: Self) -> Self:
        """The same text in `length` positions. Windows that are missing are filled with `filler`,
        the encoding of the empty prompt (1, W, D), as if the prompt had gone on with nothing."""
        missing = length - self.length
        if missing <= 0:
            return self
        times = -(-missing // filler.length)
        rows = self.batch

        def grow(own: Tensor, fill: Tensor) -> Tensor:
            tail = fill.repeat(1, times, *[1] * (fill.dim() - 2))[:, :missing]
            return torch.cat([own, tail.expand(rows, *tail.shape[1:])], dim=1)

        if self.mask is None or filler.mask is None:
            return replace(self, states=grow(self.states, filler.states))
        # What was not written has no token: its mask is empty, [start] and [end] included.
        return replace(
            self,
            states=grow(self.states, filler.states),
            mask=grow(self.mask, torch.zeros_like(filler.mask)),
        )

    def plus(self, other: Self, scale: float) -> Self:
        """self + scale * other, token by token; nothing is added past the end of a shorter `other`.

        Where the family masks, padding adds nothing and the union of both masks counts, so that
        taste longer than the prompt is not cut off.
        """
        other = other.with_zeros(self.length)
        if self.mask is None or other.mask is None:
            return replace(self, states=self.states + scale * other.states)
        return replace(
            self,
            states=self.zeroed_padding().states + scale * other.zeroed_padding().states,
            mask=self.mask | other.mask,
        )

    def with_zeros(self, length: int) -> Self:
        """The same text, zeros and an empty mask after its end."""
        missing = max(length - self.length, 0)
        mask = None if self.mask is None else functional.pad(self.mask, (0, missing))
        return replace(self, states=functional.pad(self.states, (0, 0, 0, missing)), mask=mask)

    def zeroed_padding(self) -> Self:
        """The same states with zeros where the mask is false."""
        if self.mask is None:
            return self
        return replace(self, states=self.states * self.mask[..., None])

    def repeated(self, rows: int) -> Self:
        """One encoded text for `rows` pictures."""
        mask = None if self.mask is None else self.mask.repeat(rows, 1)
        return replace(self, states=self.states.repeat(rows, 1, 1), mask=mask)

    def rows(self, start: int, stop: int) -> Self:
        """Pictures start..stop of a batch."""
        mask = None if self.mask is None else self.mask[start:stop]
        return replace(self, states=self.states[start:stop], mask=mask)


def joined(parts: list[TextStates]) -> TextStates:
    """Stack along the batch: one denoiser call for several branches of guidance."""
    masks = [part.mask for part in parts]
    mask = None if any(m is None for m in masks) else torch.cat([m for m in masks if m is not None])
    return TextStates(torch.cat([part.states for part in parts]), mask)
