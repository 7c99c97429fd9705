"""How well a reader turns comments into attributes, against hand-made labels.

`marking` says how an answer is marked; here is what is read, by whom, and which floors it must
reach.
"""

import hashlib
import json
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.models.cards import assets_dir, file_digest
from pipelines.preference import extract
from pipelines.preference.attributes import Comment
from pipelines.preference.extract.protocol import Extractor
from studio.bench.marking import FIGURES, easy_baseline, measures
from studio.bench.report import Cache, Findings, Target

NAME = "extract"
HELP = "how well comments are read: precision, recall, F1, flips, latency"

FLOORS = {
    "built-in": {
        "category and polarity": 0.70,
        "wording and polarity": 0.70,
        "all three": 0.60,
    },
    "local-llm": {
        "category and polarity": 0.85,
        "wording and polarity": 0.90,
        "all three": 0.80,
    },
}
HARD_FLOORS = {"built-in": 0.65}
SECONDS_A_COMMENT = {"built-in": 0.2, "local-llm": 4.0, "openai": 10.0, "vlm": 30.0}


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The labelled comments of a file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def ask(extractor: Extractor, row: Mapping[str, Any]) -> dict[str, Any]:
    """Read one comment now."""
    comment = Comment(row["id"], row["verdict"], row["comment"])
    started = time.perf_counter()
    [attributes] = extractor.extract([comment])
    return {
        "seconds": time.perf_counter() - started,
        "answers": [
            {
                "phrase": attribute.phrase,
                "label": attribute.label,
                "category": attribute.category,
                "polarity": attribute.polarity,
            }
            for attribute in attributes
        ],
    }


def ask_once(
    extractor: Extractor, row: Mapping[str, Any], cache: Cache, version: str
) -> dict[str, Any]:
    """Read one comment, unless this reader has read it before."""
    spec = {
        "bench": NAME,
        "extractor": extractor.id,
        "version": version,
        "verdict": row["verdict"],
        "comment": row["comment"],
    }
    return cache.remember(spec, lambda: ask(extractor, row))


def code_version() -> str:
    """A digest of the readers' code and words: a changed reader reads again."""
    package = Path(extract.__file__).parent
    files = sorted([*package.glob("*.py"), *package.parent.glob("*.py")])
    files += [assets_dir() / "attributes.toml", *sorted((assets_dir() / "reading").iterdir())]
    return hashlib.sha256("".join(file_digest(file) for file in files).encode()).hexdigest()


def add_arguments(parser: ArgumentParser) -> None:
    """Which reader, which comments."""
    parser.add_argument("--backend", default="built-in", choices=tuple(extract.BACKENDS))
    parser.add_argument(
        "--comments",
        default="test",
        choices=("test", "dev", "fresh", "spent", "viper"),
        help="the set of labelled comments (default: test, on which nothing was tuned)",
    )


def chosen(args: Namespace) -> list[dict[str, Any]]:
    """The comments to read; `--quick` takes every fourth one from a slow reader."""
    rows = read_rows(assets_dir() / "bench" / "comments" / f"{args.comments}.jsonl")
    return rows[::4] if args.quick and args.backend != "built-in" else rows


def estimate(args: Namespace) -> float:
    """Seconds."""
    return len(chosen(args)) * SECONDS_A_COMMENT[args.backend]


def run(args: Namespace, cache: Cache, say: Callable[[str], None]) -> Findings:
    """Read all comments and hold the answers against the labels."""
    from studio.paths import Paths, data_folder
    from studio.services.readers import make_reader
    from studio.settings import load_settings

    paths = Paths(data_folder())
    extractor = make_reader(args.backend, load_settings(paths), paths)
    rows, version = chosen(args), code_version()
    read = []
    for number, row in enumerate(rows, start=1):
        read.append(ask_once(extractor, row, cache, version))
        if number % 10 == 0 and args.backend != "built-in":
            say(f"{number} of {len(rows)} comments read")
    return findings(args.backend, rows, read)


def findings(
    backend: str, rows: Sequence[Mapping[str, Any]], read: Sequence[Mapping[str, Any]]
) -> Findings:
    """All figures, beside those of the easy baseline, and the targets of this reader."""
    figures = measures(rows, [entry["answers"] for entry in read])
    easy = measures(rows, [easy_baseline(row) for row in rows])
    seconds = [entry["seconds"] for entry in read]
    figures |= {
        "seconds a comment": {"median": statistics.median(seconds), "most": max(seconds)},
        "easy baseline": {name: easy[name]["f1"] for name in FIGURES},
        "reader": backend,
    }
    floors = FLOORS.get(backend, {})
    targets = {
        name: Target(value=figures[name]["f1"], floor=floor) for name, floor in floors.items()
    }
    if backend in HARD_FLOORS:  # the strictest of the three figures
        value = figures["hard kinds"]["all three"]
        targets["hard kinds"] = Target(value=value, floor=HARD_FLOORS[backend])
    return Findings(n=len(rows), measures=figures, targets=targets)
