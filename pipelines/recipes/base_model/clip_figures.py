"""The sticker CLIP as open_clip stores it, and what it can tell on icons that it never saw."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from pipelines.metrics.choices import choices
from pipelines.metrics.clip import CONFIG, WEIGHTS, Clip, load_clip
from pipelines.metrics.evaluator import family
from pipelines.metrics.pixels import COLOURS
from pipelines.recipes.base_model.captions import BACKGROUNDS, background_text
from pipelines.recipes.base_model.icons import Icons, load_icons
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.texts import TOKENS
from pipelines.recipes.base_model.views import CONDITIONS, picture, share
from pipelines.recipes.checkpoint import load_weights

if TYPE_CHECKING:  # clip.py calls this module
    from pipelines.recipes.base_model.clip import ClipConfig

# Sets whose icons stand for their concepts in retrieval; together they draw every emoji twice.
GALLERIES = ("twemoji", "noto", "openmoji", "fluent-emoji-flat")


def export(config: "ClipConfig", trained: Path, out: Path) -> None:
    """Write averaged weights of a training as open_clip's CustomTextCLIP names them, fp16, without
    the locked MiniLM, which lies beside the denoiser."""
    from pipelines.recipes.base_model.clip import MAX_SCALE, MEAN, STD, Towers

    towers = Towers(config)
    load_weights(towers, trained)
    weights = {f"visual.{name}": tensor for name, tensor in towers.visual.state_dict().items()}
    weights["text.proj.weight"] = towers.project.weight.detach()
    weights["logit_scale"] = towers.scales["caption"].detach().clamp(max=MAX_SCALE)
    out.mkdir(parents=True, exist_ok=True)
    save_file({name: halved(tensor) for name, tensor in weights.items()}, out / WEIGHTS)
    vision = {
        "timm_model_name": config.tower,
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": config.side,
    }
    text = {
        "hf_model_name": "../sticker-128/text_encoder",  # load_clip makes it absolute
        "hf_tokenizer_name": "../sticker-128/tokenizer",
        "hf_model_pretrained": True,
        "hf_proj_type": "linear",
        "hf_pooler_type": "mean_pooler",
        "context_length": TOKENS,
    }
    settings = {
        "model_cfg": {"embed_dim": config.width, "vision_cfg": vision, "text_cfg": text},
        "preprocess_cfg": {
            "size": config.side,
            "mean": [MEAN] * 3,
            "std": [STD] * 3,
            "resize_mode": "squash",
        },
    }
    (out / CONFIG).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def halved(tensor: Tensor) -> Tensor:
    """Floating point as fp16, anything else as it is."""
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def write(data: Path, out: Path) -> None:
    """Measure the CLIP in `out` and store the figures beside it."""
    figures = {"accuracy": measure(load_clip(out), load_icons(data))}
    text = json.dumps(figures, indent=2)
    (out / "card.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def measure(clip: Clip, icons: Icons) -> dict[str, Any]:
    """Zero-shot accuracy on both held-out splits, by condition; see `answers` for what is asked."""
    parts = split(icons.rows)
    exact = {r["concept"]: r["category"] for r in icons.rows if r["concept_match"] == "emoji"}
    gallery = Gallery(clip, icons)
    out: dict[str, Any] = {}
    for part in (Split.COMBINATION, Split.CONCEPT):
        indices = [
            i
            for i, row in enumerate(icons.rows)
            if parts[i] is part and row["concept_match"] == "emoji"
        ]
        out[part.value] = {
            condition: answers(clip, icons, indices, condition, exact=exact, gallery=gallery)
            for condition in CONDITIONS
        }
    return out


class Gallery:
    """One icon of every concept in each set of GALLERIES that draws it, embedded on white."""

    def __init__(self, clip: Clip, icons: Icons) -> None:
        rng = np.random.default_rng(0)
        found = {
            (row["concept"], row["set"]): i
            for i, row in enumerate(icons.rows)
            if row["set"] in GALLERIES and not row["tone"]
        }
        shown = [picture(icons.pixels[i], icons.rows[i], "clean", rng)[0] for i in found.values()]
        self.features = dict(zip(found, clip.embed_images(shown), strict=True))

    def of(self, style: str, concepts: list[str]) -> Tensor:
        """Embeddings (len(concepts), D), each in the first set that is not `style` and has it."""
        others = [name for name in GALLERIES if name != style]
        return torch.stack(
            [
                next(self.features[c, name] for name in others if (c, name) in self.features)
                for c in concepts
            ]
        )


def answers(
    clip: Clip,
    icons: Icons,
    indices: list[int],
    condition: str,
    *,
    exact: dict[str, str],
    gallery: Gallery,
) -> dict[str, Any]:
    """Shares of right first answers over icons shown in one condition.

    style: 1 of 17 by the caption's phrase; family: of the style named; concept: 1 of 64 names;
    likeness: 1 of 64 icons of those concepts in another style; colour: 1 of 13 is any of those the
    icon's row names; background: 1 of 10.
    """
    rng = np.random.default_rng(0)
    rows = [icons.rows[i] for i in indices]
    shown, grounds = zip(
        *(picture(icons.pixels[i], icons.rows[i], condition, rng) for i in indices), strict=True
    )
    images = clip.embed_images(list[Image.Image](shown))
    styles = list(load_styles())
    named = first(images, clip.embed_texts([s.phrase for s in load_styles().values()]))
    colours = first(images, clip.embed_texts(COLOURS))
    behind = first(images, clip.embed_texts([background_text(name) for name in BACKGROUNDS]))
    names = sorted(exact)
    told = dict(zip(names, clip.embed_texts(names), strict=True))
    hits: dict[str, list[bool]] = defaultdict(list)
    for n, row in enumerate(rows):
        among = choices(row["concept"], exact)
        hits["style"].append(styles[named[n]] == row["set"])
        hits["family"].append(family(styles[named[n]]) == family(row["set"]))
        texts = torch.stack([told[name] for name in among])
        hits["concept"].append(first(images[n : n + 1], texts) == [0])
        alike = gallery.of(row["set"], among)
        hits["likeness"].append(first(images[n : n + 1], alike) == [0])
        if row["colors"]:
            hits["colour"].append(COLOURS[colours[n]] in row["colors"])
        hits["background"].append(list(BACKGROUNDS)[behind[n]] == grounds[n])
    return {question: share(own) for question, own in hits.items()}


def first(a: Tensor, b: Tensor) -> list[int]:
    """Which of `b` (M, D) is nearest to each of `a` (N, D)."""
    return (a @ b.T).argmax(1).tolist()
