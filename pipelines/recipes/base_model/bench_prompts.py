"""The 300 prompts of `studio bench model`, written once and committed, so that figures compare.

Five kinds, 60 each: a concept in a style in which it was learnt; in the one style that was held
back; with a colour asked for; with a background asked for; in words that no caption uses (those are
written by hand). Concepts are exact emoji matches that are neither held out nor people, whose
pictures differ by details that a small judge cannot see.
"""

import argparse
import json
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.models.cards import assets_dir
from pipelines.recipes.base_model.captions import BACKGROUNDS, DARK, background_text
from pipelines.recipes.base_model.icons import ROWS
from pipelines.recipes.base_model.splits import Split, split
from pipelines.recipes.base_model.styles import load_styles

FOLDER = assets_dir() / "bench" / "model"
EACH, SEED = 60, 300
LEFT_OUT = {"person", "hand", "flag", "heart", "face", "emotion", "body part"}
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")


def write(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Prompts as JSON objects: kind, prompt, concept, and style, colour, background if asked."""
    rng = np.random.default_rng(SEED)
    styles = by_concept(rows, Split.TRAIN)
    held = by_concept(rows, Split.COMBINATION)
    coloured = [name for name, style in load_styles().items() if not style.ink]
    out = []
    for kind, pool in (("seen", styles), ("combination", held)):
        for concept in rng.permutation(sorted(pool))[:EACH]:
            style = str(rng.choice(sorted(pool[concept])))
            out.append(prompt(kind, concept, style=style))
    for number, concept in enumerate(rng.permutation(sorted(styles))[:EACH]):
        style = str(rng.choice(sorted(set(styles[concept]) & set(coloured))))
        out.append(prompt("colour", concept, style=style, colour=COLOURS[number % len(COLOURS)]))
    grounds = list(BACKGROUNDS)
    for number, concept in enumerate(rng.permutation(sorted(styles))[:EACH]):
        ground = grounds[number % len(grounds)]
        fitting = set(coloured) if ground in DARK else set(load_styles())
        style = str(rng.choice(sorted(set(styles[concept]) & fitting)))
        out.append(prompt("background", concept, style=style, background=ground))
    wordings = tomllib.loads((FOLDER / "wordings.toml").read_text(encoding="utf-8"))["subjects"]
    for words, concept in wordings.items():
        style = str(rng.choice(sorted(styles[concept])))
        out.append(prompt("wording", concept, style=style, words=words))
    return out


def by_concept(rows: list[dict[str, Any]], part: Split) -> dict[str, set[str]]:
    """Concept -> its styles in this part of the split."""
    out = defaultdict(set)
    for row, own in zip(rows, split(rows), strict=True):
        exact = row["concept_match"] == "emoji" and not row["tone"]
        if own is part and exact and row["category"] not in LEFT_OUT:
            out[row["concept"]].add(row["set"])
    return out


def prompt(
    kind: str, concept: str, *, style: str, colour: str = "", background: str = "", words: str = ""
) -> dict[str, str]:
    """One line of the file."""
    parts = [words or concept, load_styles()[style].phrase, colour]
    parts.append(background_text(background) if background else "")
    text = ", ".join(part for part in parts if part)
    given = {
        "kind": kind, "prompt": text, "concept": str(concept), "style": style,
        "colour": colour, "background": background,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model bench_prompts")
    parser.add_argument("--data", type=Path, required=True, help="what `data` made")
    parser.add_argument("--out", type=Path, default=FOLDER / "prompts.jsonl")
    given = parser.parse_args(arguments)
    lines = (given.data / ROWS).read_text(encoding="utf-8").splitlines()
    prompts = write([json.loads(line) for line in lines])
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in prompts)
    given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
