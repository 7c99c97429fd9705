"""How predictions combine: classifier-free guidance and ViPer's two forms.

Every combination below has coefficients that sum to 1, so it holds for noise, v and flow
predictions alike: all are linear in one another at the same x_t. Letters follow the papers:
eps_n, eps_t are the predictions for the negative prompt and the prompt, s the guidance scale,
d in [0, 1] the taste's strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from torch import Tensor

from pipelines.conditioning.states import TextStates


@dataclass(frozen=True)
class TasteStates:
    """A taste's two sides, one window (B, W, D) a picture; None where a side has no words.

    empty: E(""), what an empty side is predicted for.
    """

    liked: TextStates | None
    disliked: TextStates | None
    empty: TextStates

    def rows(self, start: int, stop: int) -> Self:
        """Pictures start..stop."""
        return replace(
            self,
            liked=self.liked and self.liked.rows(start, stop),
            disliked=self.disliked and self.disliked.rows(start, stop),
            empty=self.empty.rows(start, stop),
        )


@dataclass(frozen=True)
class Conditioning:
    """Everything a denoising run attends to, built once a call and reused every step: the prompt
    and the negative prompt, one row a picture (B, L, D), and the taste if there is one."""

    prompt: TextStates
    negative: TextStates
    taste: TasteStates | None = None

    def rows(self, start: int, stop: int) -> Self:
        """Pictures start..stop."""
        return replace(
            self,
            prompt=self.prompt.rows(start, stop),
            negative=self.negative.rows(start, stop),
            taste=self.taste and self.taste.rows(start, stop),
        )


class Guidance(Protocol):
    """Which texts the denoiser is asked about, and how its answers become one prediction."""

    @property
    def branches(self) -> Sequence[TextStates]:
        """Texts to predict for, in the order that `combine` takes them."""
        ...

    def combine(self, predictions: Sequence[Tensor]) -> Tensor:
        """One prediction (B, C, H, W) from one a branch."""
        ...


def classifier_free(eps_n: Tensor, eps_t: Tensor, s: float) -> Tensor:
    """eps_n + s (eps_t - eps_n). Ho & Salimans 2022, arXiv 2207.12598, eq. 6."""
    return eps_n + s * (eps_t - eps_n)


def viper_two_pass(
    eps_n: Tensor, eps_t: Tensor, eps_liked: Tensor, eps_disliked: Tensor, *, s: float, d: float
) -> Tensor:
    """eps_n + s [(eps_t + d eps_liked) - (eps_n + d eps_disliked)].

    ViPer's released code; d is the same on both sides, since the coefficients sum to
    1 + s (d_liked - d_disliked) and anything but 1 changes the size of the noise.
    """
    return eps_n + s * ((eps_t + d * eps_liked) - (eps_n + d * eps_disliked))


def rescaled(guided: Tensor, eps_t: Tensor, phi: float) -> Tensor:
    """phi parts of `guided` with eps_t's standard deviation (Lin et al. 2023, arXiv 2305.08891,
    eq. 15–16): keeps strong guidance from burning colours. phi = 0 changes nothing."""
    if phi == 0.0:
        return guided
    dims = tuple(range(1, guided.dim()))
    factor = eps_t.std(dims, keepdim=True) / guided.std(dims, keepdim=True)
    return guided * (phi * factor + (1 - phi))


@dataclass(frozen=True)
class ClassifierFree:
    """The plain path: negative prompt against prompt; one branch where the scale is 1."""

    conditioning: Conditioning
    scale: float
    rescale: float = 0.0

    @property
    def branches(self) -> Sequence[TextStates]:
        if self.scale == 1.0:
            return (self.conditioning.prompt,)
        return (self.conditioning.negative, self.conditioning.prompt)

    def combine(self, predictions: Sequence[Tensor]) -> Tensor:
        if self.scale == 1.0:
            return predictions[0]
        eps_n, eps_t = predictions
        return rescaled(classifier_free(eps_n, eps_t, self.scale), eps_t, self.rescale)


@dataclass(frozen=True)
class ViperTwoPass:
    """ViPer as released: the taste shifts both embeddings and is predicted for on its own.

    E_t = E(p) + d E(liked), E_n = E(n) + d E(disliked); a side without words adds nothing there
    and is predicted for as E("").
    """

    conditioning: Conditioning
    taste: TasteStates
    scale: float
    degree: float
    rescale: float = 0.0

    @property
    def branches(self) -> Sequence[TextStates]:
        base, taste = self.conditioning, self.taste
        length = base.prompt.length
        return (
            shifted(base.negative, taste.disliked, self.degree),
            shifted(base.prompt, taste.liked, self.degree),
            (taste.liked or taste.empty).padded(length, taste.empty),
            (taste.disliked or taste.empty).padded(length, taste.empty),
        )

    def combine(self, predictions: Sequence[Tensor]) -> Tensor:
        eps_n, eps_t, eps_liked, eps_disliked = predictions
        guided = viper_two_pass(eps_n, eps_t, eps_liked, eps_disliked, s=self.scale, d=self.degree)
        return rescaled(guided, eps_t, self.rescale)


@dataclass(frozen=True)
class ViperEmbedding:
    """The paper's short form, at the cost of plain guidance: c = E(p) + d (E(liked) - E(disliked))
    in the prompt's branch only. Equal lists cancel."""

    conditioning: Conditioning
    taste: TasteStates
    scale: float
    degree: float
    rescale: float = 0.0

    @property
    def plain(self) -> ClassifierFree:
        """Plain guidance with the prompt's states shifted."""
        taste = self.taste
        towards = (taste.liked or taste.empty).plus(taste.disliked or taste.empty, -1.0)
        prompt = self.conditioning.prompt.plus(towards, self.degree)
        return ClassifierFree(replace(self.conditioning, prompt=prompt), self.scale, self.rescale)

    @property
    def branches(self) -> Sequence[TextStates]:
        return self.plain.branches

    def combine(self, predictions: Sequence[Tensor]) -> Tensor:
        return self.plain.combine(predictions)


def shifted(text: TextStates, side: TextStates | None, degree: float) -> TextStates:
    """text + degree * side, or the text alone where the side has no words."""
    return text if side is None else text.plus(side, degree)
