"""What `studio bench model` draws and how it is judged."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.metrics.evaluator import Verdict, family, frechet_distance
from pipelines.metrics.intervals import wilson
from pipelines.metrics.pixels import colour_shares, figure, nearest_background, read
from pipelines.models.cards import assets_dir, find_card
from pipelines.recipes.base_model.captions import BACKGROUNDS
from studio.bench.eye import Eye
from studio.bench.model_page import write_page
from studio.bench.pictures import Darkroom, Sheet
from studio.bench.report import Cache, Findings, Target

PROMPTS = assets_dir() / "bench" / "model" / "prompts.jsonl"
AT_ONCE = 20  # prompts a batch
AGAIN = 10  # every so many prompts are drawn with further seeds, for diversity
NAMED, LARGE = 2, 0.15  # a colour is obeyed if among the two largest, with this share of the figure
FLOORS = {
    "style family": 0.90, "concept, seen": 0.70, "concept, combination": 0.50, "colour": 0.80,
    "background": 0.80,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One prompt and what its picture must show."""

    kind: str
    prompt: str
    concept: str
    style: str
    colour: str = ""
    background: str = ""


@dataclass(frozen=True)
class Study:
    """`each` prompts of every kind (None: all), `seeds` pictures where diversity is measured."""

    model: str
    each: int | None
    seeds: int
    data: Path | None

    def run(self, eye: Eye, cache: Cache, folder: Path, say: Callable[[str], None]) -> Findings:
        """Draw, judge, write the page."""
        asked = prompts(self.each)
        darkroom = Darkroom(find_card(self.model), cache)
        images = draw(darkroom, [one.prompt for one in asked], 1, say)
        verdict = eye.evaluator.judge(images)
        hits = judge(asked, images, verdict, eye)
        measures: dict[str, Any] = {name: rate(own) for name, own in sorted(hits.items())}
        some = asked[::AGAIN]
        drawn = draw(darkroom, [one.prompt for one in some], self.seeds, say)
        measures["diversity"] = diversity(eye.evaluator.judge(drawn).features, len(some))
        if self.data:
            measures |= against_icons(self.data, verdict.features, eye)
        measures["evaluator"] = eye.accuracy
        page = write_page(folder, measures, [one.prompt for one in asked], images)
        say(f"The pictures are in {page}")
        targets = {
            name: Target(value=float(np.mean(hits[name])), floor=floor)
            for name, floor in FLOORS.items()
        }
        return Findings(n=len(asked), measures=measures, targets=targets)


def prompts(each: int | None) -> list[Asked]:
    """The first prompts of every kind."""
    lines = PROMPTS.read_text(encoding="utf-8").splitlines()
    seen: Counter[str] = Counter()
    out = []
    for one in (Asked(**json.loads(line)) for line in lines):
        seen[one.kind] += 1
        if each is None or seen[one.kind] <= each:
            out.append(one)
    return out


def draw(
    darkroom: Darkroom, texts: Sequence[str], seeds: int, say: Callable[[str], None]
) -> list[Image.Image]:
    """Picture k·n + i shows text i with the k-th seed, for n texts."""
    sheets = [
        darkroom.develop(Sheet(prompts=tuple(texts[at : at + AT_ONCE]), seeds=seeds), say)
        for at in range(0, len(texts), AT_ONCE)
    ]
    files = []
    for seed in range(seeds):
        for sheet in sheets:
            own = len(sheet) // seeds
            files += sheet[seed * own : (seed + 1) * own]
    return [load(file) for file in files]


def load(file: Path) -> Image.Image:
    """A picture, read whole."""
    with Image.open(file) as image:
        return image.convert("RGB")


def judge(
    asked: Sequence[Asked], images: Sequence[Image.Image], verdict: Verdict, eye: Eye
) -> Mapping[str, list[bool]]:
    """Right or wrong for every picture, by measure."""
    styles, families = verdict.named_styles(), verdict.named_families()
    concepts = verdict.named_concepts([eye.evaluator.choices(one.concept) for one in asked])
    hits: dict[str, list[bool]] = defaultdict(list)
    for i, (one, image) in enumerate(zip(asked, images, strict=True)):
        hits["style"].append(styles[i] == one.style)
        hits["style family"].append(families[i] == family(one.style))
        hits[f"concept, {one.kind}"].append(concepts[i] == one.concept)
        if one.colour:
            hits["colour"].append(shows(image, one.colour))
        if one.background:
            hits["background"].append(
                nearest_background(read(image), BACKGROUNDS) == one.background
            )
    return hits


def shows(image: Image.Image, colour: str) -> bool:
    """Whether the colour is one of the figure's two largest, black and white lines apart."""
    rgb = read(image)
    drawn = rgb[figure(rgb)]
    if not len(drawn):
        return False
    shares = colour_shares(drawn)
    large = [name for name in shares if name not in ("black", "white")][:NAMED]
    return colour in large and shares[colour] >= LARGE


def rate(hits: Sequence[bool]) -> dict[str, float | int]:
    """A share with its 95 % Wilson interval."""
    low, high = wilson(sum(hits), len(hits), 0.95)
    shares = {"value": float(np.mean(hits)), "low": low, "high": high}
    return {name: round(value, 4) for name, value in shares.items()} | {"n": len(hits)}


def diversity(features: NDArray[np.floating], count: int) -> float | None:
    """Mean distance between pictures of one prompt over that between pictures of different ones,
    in the evaluator's features; `features` as `draw` orders them. None for a single prompt, and
    where each was drawn once."""
    if count < 2 or len(features) < 2 * count:
        return None
    own = features.reshape(-1, count, features.shape[1])
    within = np.linalg.norm(own[:, None] - own[None], axis=-1)
    seeds = len(own)
    same = within.sum() / (seeds * (seeds - 1) * count)
    first = own[0]
    among = np.linalg.norm(first[:, None] - first[None], axis=-1)
    return float(same / (among.sum() / (count * (count - 1))))


def against_icons(data: Path, features: NDArray[np.floating], eye: Eye) -> dict[str, Any]:
    """How near the pictures are to training icons: as a crowd, and each to its nearest, over the
    distance of held-out icons to theirs (below 1: nearer than a new drawing would be)."""
    from pipelines.recipes.base_model.icons import load_icons
    from pipelines.recipes.base_model.splits import Split, split
    from pipelines.recipes.base_model.views import picture

    icons, rng = load_icons(data), np.random.default_rng(0)
    parts = np.array(split(icons.rows))

    def shown(indices: NDArray[np.integer]) -> NDArray[np.float32]:
        images = [picture(icons.pixels[i], icons.rows[i], "clean", rng)[0] for i in indices]
        return eye.evaluator.judge(images).features

    train = shown(np.flatnonzero(parts == Split.TRAIN))
    held = np.flatnonzero(parts == Split.COMBINATION)
    fresh = shown(rng.permutation(held)[: len(features)])
    others = rng.permutation(len(train))[: len(features)]
    return {
        "frechet distance": frechet_distance(features, train[others]),
        "frechet distance of held-out icons": frechet_distance(fresh, train[others]),
        "nearest icon": float(nearest(features, train) / nearest(fresh, train)),
    }


def nearest(features: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """Median distance to the nearest of the others."""
    squares = (features**2).sum(1)[:, None] + (others**2).sum(1) - 2 * features @ others.T
    return float(np.median(np.sqrt(squares.min(1).clip(0))))
