"""The sticker CLIP: a small image tower aligned with the locked MiniLM. The studio's eye.

Contrastive as in CLIP (Radford et al. 2021, arXiv 2103.00020) with a locked tower as in LiT (Zhai
et al. 2021, arXiv 2111.07991; there the image tower is locked, here the text tower). Two things are
done because the set is small and its negatives can be chosen:

- Half of a batch is groups of one concept in many styles, so that a caption's nearest wrong
  neighbours differ from it in style alone; in the other half some icons come twice, in other
  colours on another background. Styles recur throughout, so other concepts in the same style are
  always there.
- Besides its caption each view is compared, part by part, with every concept, style, colour,
  background, keyword and tag there is (questions.py).
"""

import argparse
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from open_clip.timm_model import TimmModel
from pydantic import Field
from torch import Tensor, nn

from pipelines.recipes.base_model.augment import view
from pipelines.recipes.base_model.captions import BACKGROUNDS
from pipelines.recipes.base_model.icons import load_icons
from pipelines.recipes.base_model.questions import NONE, Question, Questions, Shown
from pipelines.recipes.base_model.sampling import GroupSampler
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.texts import WIDTH
from pipelines.recipes.base_model.variants import make_variants
from pipelines.recipes.loop import LoopConfig, run
from pipelines.spec import Frozen

CONFIG = Path(__file__).with_name("configs") / "clip.toml"
Part = Literal["caption", "concept", "style", "colour", "background", "keyword", "tag"]
WEIGHTS: dict[Part, float] = {
    "caption": 1.0,
    "concept": 1.0,
    "style": 1.0,
    "colour": 0.3,
    "background": 0.3,
    "keyword": 0.3,
    "tag": 0.2,
}
MEAN = STD = 0.5
START_SCALE, MAX_SCALE = math.log(1 / 0.07), math.log(100)  # as in CLIP
HALF = 64  # pixels: up to this size the half-size icons are enough


class ClipConfig(Frozen):
    """What the towers are, how a batch is built, how much each part of the loss weighs."""

    data: Path
    tower: str = "regnetx_004"  # a timm name
    side: int = Field(default=64, ge=32, le=256)  # pixels
    width: int = Field(default=256, ge=16)  # of the shared space
    variants: int = Field(default=4, ge=2)  # ways an icon is shown: background, colours, caption
    groups: int = Field(default=8, ge=1)  # of one concept in a batch
    group_size: int = Field(default=8, ge=2)
    singles: int = Field(default=56, ge=1)
    doubles: int = Field(default=8, ge=0)  # of the singles, shown once more in another variant
    weights: dict[Part, float] = WEIGHTS
    loop: LoopConfig


class Towers(nn.Module):
    """What is trained: the image tower, the projection of MiniLM's vectors, a scale a part."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.visual = TimmModel(
            config.tower, config.width, image_size=config.side, pool="avg", proj="linear"
        )
        self.project = nn.Linear(WIDTH, config.width, bias=False)
        self.scales = nn.ParameterDict(
            {part: nn.Parameter(torch.tensor(START_SCALE)) for part in WEIGHTS}
        )


@dataclass(frozen=True)
class Batch:
    """Views (B, 3, S, S) in [0, 1] and what is asked of them."""

    pixels: Tensor
    questions: dict[str, Question]


class StickerClip:
    """The recipe. See the module's docstring for the why, `Towers` for what is trained."""

    def __init__(self, config: ClipConfig) -> None:
        self.config = config

    def setup(self) -> Towers:
        config, icons = self.config, load_icons(self.config.data)
        keep = np.flatnonzero([part is Split.TRAIN for part in split(icons.rows)])
        self.keep, self.rows = keep, [icons.rows[i] for i in keep]
        # from the full size whatever `side` is, so that the captions do not depend on it
        rng = np.random.default_rng(config.loop.seed)
        self.variants = make_variants(icons, keep, config.variants, rng)
        self.questions = Questions(self.rows, self.variants, config.data / "cache")
        self.icons = load_icons(config.data, HALF) if config.side <= HALF else icons
        self.sampler = GroupSampler(
            self.rows,
            groups=config.groups,
            group_size=config.group_size,
            singles=config.singles,
            doubles=config.doubles,
            variants=config.variants,
        )
        with torch.random.fork_rng():
            torch.manual_seed(config.loop.seed)
            self.towers = Towers(config)
        return self.towers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch(self, rng: np.random.Generator) -> Batch:
        shown = Shown(*self.sampler.draw(rng))
        views = [self.variants[r][v] for r, v in zip(shown.rows, shown.variants, strict=True)]
        pixels = view(
            self.icons.take(self.keep[shown.rows]),
            np.stack([ground(one.background, rng) for one in views]),
            np.array([one.recolouring for one in views]),
            np.array([not sided(self.rows[r]["concept"]) for r in shown.rows]),
            side=self.config.side,
            rng=rng,
        )
        return Batch(pixels, self.questions.ask(shown, rng))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        pixels = (batch.pixels - MEAN) / STD
        features = self.towers.visual(pixels.contiguous(memory_format=torch.channels_last))
        with torch.autocast(features.device.type, enabled=False):
            images = F.normalize(features.float(), dim=-1)
            answered = {part: self.answer(part, images, batch.questions[part]) for part in WEIGHTS}
        weighed = [weight * answered[part][0] for part, weight in self.config.weights.items()]
        return torch.stack(weighed).sum(), {part: hit for part, (_, hit) in answered.items()}

    def answer(self, part: Part, images: Tensor, question: Question) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the true text among all of its kind, and how often it came first."""
        told = F.normalize(self.towers.project(self.questions.bank.vectors[question.texts]), dim=-1)
        logits = self.towers.scales[part].clamp(max=MAX_SCALE).exp() * images @ told.T
        if question.also is not None:
            logits = logits.masked_fill(question.also, -torch.inf)
        asked = question.answer != NONE
        loss = F.cross_entropy(logits[asked], question.answer[asked])
        hit = (logits[asked].argmax(1) == question.answer[asked]).float().mean()
        if part == "caption":  # the other way round too: which view is this caption's
            loss = (loss + F.cross_entropy(logits.T, question.answer)) / 2
        return loss, hit.detach()


def ground(name: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """A background's colour (3,) in [0, 1], a little off; any colour if it has no name."""
    if name not in BACKGROUNDS:
        return rng.random(3).astype(np.float32)
    colour = np.array(BACKGROUNDS[name]) + rng.uniform(-6, 6, 3)
    return (np.clip(colour, 0, 255) / 255).astype(np.float32)


def sided(concept: str) -> bool:
    """Whether the concept's name says which side is which, so that it may not be mirrored."""
    return bool({"left", "right", "leftwards", "rightwards"} & set(concept.split()))


def main(arguments: list[str] | None = None) -> None:
    from pipelines.recipes.base_model import clip_figures
    from pipelines.recipes.checkpoint import averaged_weights

    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model clip")
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="train, going on from the checkpoint in --out")
    train.add_argument("--init-from", type=Path, help="safetensors to start from")
    train.add_argument("--config", type=Path, default=CONFIG)
    export = verbs.add_parser("export", help="write the averaged weights as open_clip loads them")
    export.add_argument("--trained", type=Path, required=True, help="--out of train")
    export.add_argument("--config", type=Path, default=CONFIG)
    evaluate = verbs.add_parser("evaluate", help="measure exported weights on held-out icons")
    for verb in (train, export, evaluate):
        verb.add_argument("--data", type=Path, required=True, help="what `data` made")
        verb.add_argument("--out", type=Path, required=True, help="folder to write to")
    given = parser.parse_args(arguments)
    if given.verb == "evaluate":
        clip_figures.write(given.data, given.out)
        return
    values = tomllib.loads(given.config.read_text(encoding="utf-8"))
    config = ClipConfig.parse({"data": given.data, **values})
    if given.verb == "export":
        clip_figures.export(config, averaged_weights(given.trained), given.out)
        return
    for report in run(StickerClip(config), given.out, init_from=given.init_from):
        if report.step % 10 == 0 or report.saved:
            print(report, flush=True)


if __name__ == "__main__":
    main()
