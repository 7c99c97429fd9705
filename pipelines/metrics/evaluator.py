"""The honest judge: names the style and the concept of a picture, and gives features for a
Fréchet distance.

It shares nothing with the sticker CLIP but the icons: another architecture, seed and split. It is
never used in training, guidance or ranking, or its figures would measure who pleases it best. It
was trained on the 60 concepts and the combinations that are held out from the denoiser, because a
judge has to know what it judges; what it has not seen is one style of every common concept, and
its accuracy there (`card.json`) belongs beside every figure that it gives.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipelines.errors import DamagedFile, ModelNotFound
from pipelines.metrics.choices import choices
from pipelines.metrics.pixels import read_all
from pipelines.models.cards import assets_dir
from pipelines.spec import Frozen

# Styles that a person would call the same; the others are families of one.
FAMILIES = {
    "flat": ("twemoji", "fxemoji", "emojione", "fluent-emoji-flat", "noto-v1"),
    "soft": ("noto", "fluent-emoji-3d"),
    "black": ("emojione-monotone", "game-icons", "fluent-emoji-high-contrast"),
}


class NetConfig(Frozen):
    """A plain residual net: `widths` channels at 1/2, 1/4 ... of the size, `depths` blocks each."""

    side: int = 64
    widths: tuple[int, ...] = (24, 64, 128, 256)
    depths: tuple[int, ...] = (1, 1, 2, 2)


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2015, arXiv 1512.03385, fig. 2)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.shortcut = nn.Identity()
        if stride > 1 or inside != outside:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True),
                nn.Conv2d(inside, outside, 1, bias=False),
                nn.BatchNorm2d(outside),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.shortcut(x) + self.second_norm(self.second(y)))


class Net(nn.Module):
    """Pixels (B, 3, S, S) in [0, 1] -> features (B, F), style logits, concept logits."""

    def __init__(self, config: NetConfig, styles: int, concepts: int) -> None:
        super().__init__()
        stem, width = config.widths[0], config.widths[-1]
        layers: list[nn.Module] = [
            nn.Conv2d(3, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU(),
        ]  # fmt: skip
        inside = stem
        for stage, (outside, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            for number in range(depth):
                stride = 2 if stage and number == 0 else 1
                layers.append(Block(inside, outside, stride))
                inside = outside
        self.trunk = nn.Sequential(*layers)
        self.style = nn.Linear(width, styles)
        self.concept = nn.Linear(width, concepts)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.trunk(pixels * 2 - 1).mean((2, 3))
        return features, self.style(features), self.concept(features)


@dataclass(frozen=True)
class Verdict:
    """What the evaluator says of N pictures: probabilities (N, 17) over `styles` and (N, C) over
    `concepts`, and `features` (N, F) for a Fréchet distance."""

    style: NDArray[np.float32]
    concept: NDArray[np.float32]
    features: NDArray[np.float32]
    styles: tuple[str, ...]
    concepts: tuple[str, ...]

    def named_styles(self) -> list[str]:
        """The likeliest style of each picture."""
        return [self.styles[i] for i in self.style.argmax(1)]

    def named_families(self) -> list[str]:
        """The likeliest style family: the probabilities of its styles are added first."""
        families = sorted({family(name) for name in self.styles})
        member = np.array([[family(s) == f for s in self.styles] for f in families], np.float32)
        return [families[i] for i in (self.style @ member.T).argmax(1)]

    def named_concepts(self, among: Sequence[Sequence[str]] | None = None) -> list[str]:
        """The likeliest concept of each picture, out of `among[i]` where choices are given.

        Raises:
            KeyError: a choice is not a concept that the evaluator knows.
        """
        if among is None:
            return [self.concepts[i] for i in self.concept.argmax(1)]
        place = {name: i for i, name in enumerate(self.concepts)}
        return [
            max(choices, key=lambda name: row[place[name]])
            for row, choices in zip(self.concept, among, strict=True)
        ]


class Evaluator:
    """The net with its names and its own measured accuracy (`card`)."""

    def __init__(self, net: Net, card: dict[str, Any]) -> None:
        self.net, self.card = net.eval(), card
        self.side = NetConfig.parse(card["net"]).side
        self.styles = tuple(card["styles"])
        self.concepts = tuple(card["concepts"])

    def choices(self, concept: str) -> list[str]:
        """64 concepts to tell apart, `concept` first, about half of them from its category; the
        same ones every time."""
        return choices(concept, self.card["concepts"])

    @property
    def accuracy(self) -> dict[str, Any]:
        """Its accuracy on real icons that it has not seen; print it beside every figure."""
        return self.card["accuracy"]

    @torch.inference_mode()
    def judge(self, images: Sequence[Image.Image], batch: int = 64) -> Verdict:
        """Look at pictures of any size; transparent ones are put on white."""
        parts = []
        for start in range(0, len(images), batch):
            pixels = read_all(images[start : start + batch], self.side)
            parts.append(self.net(torch.from_numpy(pixels).permute(0, 3, 1, 2)))
        features, style, concept = (torch.cat(column) for column in zip(*parts, strict=True))
        return Verdict(
            style.softmax(1).numpy(), concept.softmax(1).numpy(), features.numpy(),
            self.styles, self.concepts,
        )  # fmt: skip


@cache
def load_evaluator(folder: Path | None = None) -> Evaluator:
    """The evaluator in `folder`, by default the one that ships.

    Raises:
        ModelNotFound: the folder does not hold one.
        DamagedFile: the weights do not fit the card.
    """
    folder = folder or assets_dir() / "models" / "sticker-evaluator"
    card, weights = folder / "card.json", folder / "model.safetensors"
    if not (card.is_file() and weights.is_file()):
        raise ModelNotFound(f"No evaluator in {folder}: card.json or model.safetensors is missing.")
    facts = json.loads(card.read_text(encoding="utf-8"))
    net = Net(NetConfig.parse(facts["net"]), len(facts["styles"]), len(facts["concepts"]))
    try:
        net.load_state_dict(load_file(weights))  # copies fp16 into float32
    except (RuntimeError, SafetensorError) as error:  # shapes; a cut or foreign file
        raise DamagedFile(f"{weights} does not fit its card. Get it again.") from error
    return Evaluator(net, facts)


def family(style: str) -> str:
    """The family of a style: flat, soft, black, or its own name."""
    return next((name for name, own in FAMILIES.items() if style in own), style)


def frechet_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) of features (N, F) and (M, F).

    Heusel et al. 2017 (arXiv 1706.08500), eq. 6, in the evaluator's features rather than
    Inception's: compare it only with distances made by the same evaluator. It is biased upwards
    for small N; compare equal N.
    """
    first, second = a.astype(np.float64), b.astype(np.float64)
    gap = first.mean(0) - second.mean(0)
    cov_a, cov_b = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    # tr (C_a C_b)^(1/2) = sum of square roots of the eigenvalues of C_a^(1/2) C_b C_a^(1/2)
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(0)).sum()
    return float(gap @ gap + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)
