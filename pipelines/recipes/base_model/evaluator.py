"""The evaluator's training: a plain classifier of style and concept. See metrics/evaluator.py for
what it is for and why it must stay away from every other training.

Its split is its own. It has to know the concepts and the combinations that are held out from the
denoiser, or it could not say whether they were drawn; held out from it is one style of each concept
drawn in eight or more, picked with its own salt. Concepts are learnt from exact emoji matches only.
"""

import argparse
import json
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from safetensors.torch import save_file
from torch import Tensor

from pipelines.metrics.choices import choices
from pipelines.metrics.evaluator import Evaluator, Net, NetConfig, family, load_evaluator
from pipelines.recipes.base_model.augment import view
from pipelines.recipes.base_model.captions import pick_background
from pipelines.recipes.base_model.clip import ground, sided
from pipelines.recipes.base_model.icons import Icons, load_icons
from pipelines.recipes.base_model.sampling import balance
from pipelines.recipes.base_model.splits import Split, heldout_concepts, split
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.variants import RECOLOURINGS
from pipelines.recipes.base_model.views import CONDITIONS, picture, share
from pipelines.recipes.checkpoint import averaged_weights, load_weights
from pipelines.recipes.loop import LoopConfig, run
from pipelines.spec import Frozen

CONFIG = Path(__file__).with_name("configs") / "evaluator.toml"
SALT = "evaluator:"
NONE = -100  # what cross_entropy leaves out


class EvaluatorConfig(Frozen):
    """The net, the batch, and how often an icon is shown in other colours (style is not asked)."""

    data: Path
    net: NetConfig = NetConfig()
    batch: int = Field(default=128, ge=2)
    recoloured: float = Field(default=0.15, ge=0, le=1)
    smoothing: float = Field(default=0.05, ge=0, lt=1)  # of labels
    loop: LoopConfig


@dataclass(frozen=True)
class Batch:
    """Views (B, 3, S, S) in [0, 1]; indices of style and concept (B,), NONE where not asked."""

    pixels: Tensor
    styles: Tensor
    concepts: Tensor


def heldout(rows: list[dict[str, Any]]) -> list[bool]:
    """Which rows the evaluator may not learn from."""
    return [part is not Split.TRAIN for part in split(rows, salt=SALT, hold_concepts=False)]


def categories(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Every concept that the evaluator names, with its category, in alphabetical order."""
    return dict(sorted((r["concept"], r["category"]) for r in rows if exact(r)))


def exact(row: dict[str, Any]) -> bool:
    """Whether the icon shows its concept for sure, rather than by a part of its file's name."""
    return row["concept_match"] == "emoji"


class StickerEvaluator:
    """The recipe."""

    def __init__(self, config: EvaluatorConfig) -> None:
        self.config = config

    def setup(self) -> Net:
        self.icons = load_icons(self.config.data, 64 if self.config.net.side <= 64 else 128)
        rows = self.icons.rows
        self.keep = np.flatnonzero(~np.array(heldout(rows)))
        self.rows = [rows[i] for i in self.keep]
        self.weight = balance(self.rows)
        styles = {name: i for i, name in enumerate(load_styles())}
        concepts = {name: i for i, name in enumerate(categories(rows))}
        self.style_of = torch.tensor([styles[r["set"]] for r in self.rows])
        self.concept_of = torch.tensor(
            [concepts[r["concept"]] if exact(r) else NONE for r in self.rows]
        )
        with torch.random.fork_rng():
            torch.manual_seed(self.config.loop.seed)
            self.net = Net(self.config.net, len(styles), len(concepts))
        return self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def batch(self, rng: np.random.Generator) -> Batch:
        count = self.config.batch
        rows = rng.choice(len(self.weight), count, replace=False, p=self.weight)
        shown = [self.rows[r] for r in rows]
        turn = rng.integers(1, len(RECOLOURINGS), count) * (
            rng.random(count) < self.config.recoloured
        )
        pixels = view(
            self.icons.take(self.keep[rows]),
            np.stack([ground(pick_background(row, rng), rng) for row in shown]),
            turn,
            np.array([not sided(row["concept"]) for row in shown]),
            side=self.config.net.side,
            rng=rng,
        )
        index = torch.from_numpy(rows)
        styles = self.style_of[index].masked_fill(torch.from_numpy(turn != 0), NONE)
        return Batch(pixels, styles, self.concept_of[index])

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        _, style, concept = self.net(batch.pixels.contiguous(memory_format=torch.channels_last))
        smooth = self.config.smoothing
        losses = {
            "style": F.cross_entropy(style.float(), batch.styles, label_smoothing=smooth),
            "concept": F.cross_entropy(concept.float(), batch.concepts, label_smoothing=smooth),
        }
        hits = {
            "style": hit_rate(style, batch.styles),
            "concept": hit_rate(concept, batch.concepts),
        }
        return losses["style"] + losses["concept"], hits


def hit_rate(logits: Tensor, answer: Tensor) -> Tensor:
    """How often the right answer came first, where it was asked."""
    asked = answer != NONE
    return (logits[asked].argmax(1) == answer[asked]).float().mean()


def export(config: EvaluatorConfig, trained: Path, out: Path) -> None:
    """Write averaged weights as fp16 and a card without figures, which `evaluate` adds."""
    names = categories(load_icons(config.data).rows)
    net = Net(config.net, len(load_styles()), len(names))
    load_weights(net, trained)
    out.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    save_file(weights, out / "model.safetensors")
    write_card(
        out,
        {
            "net": config.net.model_dump(mode="json"),
            "seed": config.loop.seed,
            "salt": SALT,
            "styles": list(load_styles()),
            "concepts": names,
            "accuracy": {},
        },
    )


def write_card(out: Path, card: dict[str, Any]) -> None:
    """Store what the evaluator is and can."""
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def evaluate(data: Path, out: Path) -> None:
    """Measure the evaluator in `out` on icons that it never saw and put the figures in its card."""
    evaluator, icons = load_evaluator(out), load_icons(data)
    accuracy = measure(evaluator, icons)
    write_card(out, evaluator.card | {"accuracy": accuracy})
    print(json.dumps(accuracy, indent=2))


def measure(evaluator: Evaluator, icons: Icons) -> dict[str, Any]:
    """Accuracy on its held-out icons by condition: of all, and of the 60 concepts that nothing
    else may train on."""
    held = [i for i, out in enumerate(heldout(icons.rows)) if out and exact(icons.rows[i])]
    unseen = [i for i in held if icons.rows[i]["concept"] in heldout_concepts()]
    return {
        name: {condition: answers(evaluator, icons, own, condition) for condition in CONDITIONS}
        for name, own in (("heldout", held), ("heldout_60_concepts", unseen))
    }


def answers(
    evaluator: Evaluator, icons: Icons, indices: list[int], condition: str
) -> dict[str, Any]:
    """Shares of right first answers: style of 17, style family, concept of 64 and of all."""
    rng = np.random.default_rng(0)
    rows = [icons.rows[i] for i in indices]
    verdict = evaluator.judge(
        [picture(icons.pixels[i], icons.rows[i], condition, rng)[0] for i in indices]
    )
    among = [choices(row["concept"], evaluator.card["concepts"]) for row in rows]
    hits: dict[str, list[bool]] = defaultdict(list)
    for n, row in enumerate(rows):
        hits["style"].append(verdict.named_styles()[n] == row["set"])
        hits["family"].append(verdict.named_families()[n] == family(row["set"]))
        hits["concept_of_64"].append(verdict.named_concepts(among)[n] == row["concept"])
        hits["concept_of_all"].append(verdict.named_concepts()[n] == row["concept"])
    return {question: share(own) for question, own in hits.items()}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model evaluator")
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="train, going on from the checkpoint in --out")
    train.add_argument("--init-from", type=Path, help="safetensors to start from")
    export_ = verbs.add_parser("export", help="write the averaged weights as the studio loads them")
    export_.add_argument("--trained", type=Path, required=True, help="--out of train")
    measure_ = verbs.add_parser("evaluate", help="measure exported weights on held-out icons")
    for verb in (train, export_, measure_):
        verb.add_argument("--data", type=Path, required=True, help="what `data` made")
        verb.add_argument("--out", type=Path, required=True, help="folder to write to")
        verb.add_argument("--config", type=Path, default=CONFIG)
    given = parser.parse_args(arguments)
    if given.verb == "evaluate":
        evaluate(given.data, given.out)
        return
    values = tomllib.loads(given.config.read_text(encoding="utf-8"))
    config = EvaluatorConfig.parse({"data": given.data, **values})
    if given.verb == "export":
        export(config, averaged_weights(given.trained), given.out)
        return
    for report in run(StickerEvaluator(config), given.out, init_from=given.init_from):
        if report.step % 10 == 0 or report.saved:
            print(report, flush=True)


if __name__ == "__main__":
    main()
