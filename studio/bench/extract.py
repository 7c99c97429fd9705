"""How well a reader turns comments into attributes, against hand-made labels.

Three figures, each a micro-averaged F1 over all comments: right category and polarity, right
wording and polarity, and all of it at once. A prediction answers at most one label (maximum
matching), so saying the same thing twice costs precision; labels marked optional are neither
rewarded nor punished. A flip is a label whose wording was found with the wrong polarity only: the
error that hurts a profile most.
"""

import hashlib
import json
import statistics
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.models.cards import assets_dir, file_digest
from pipelines.preference import extract
from pipelines.preference.attributes import Comment
from pipelines.preference.extract.protocol import Extractor
from studio.bench.report import Cache, Findings, Target

NAME = "extract"
HELP = "how well comments are read: precision, recall, F1, flips, latency"

HARD = ("mixed", "negation", "idiom")
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

Answer = Mapping[str, Any]  # an attribute as plain data: phrase, label, category, polarity
Gold = Mapping[str, Any]
Fits = Callable[[Answer, Gold], bool]


@dataclass(frozen=True)
class Score:
    """Counts of one figure; add them up over comments."""

    hits: int = 0
    given: int = 0
    wanted: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.hits + other.hits, self.given + other.given, self.wanted + other.wanted)

    @property
    def precision(self) -> float:
        return self.hits / self.given if self.given else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.given + self.wanted) if self.given + self.wanted else 0.0


def ways(gold: Gold) -> list[Gold]:
    """The right answers of a label: itself, and its `or`."""
    return [gold, gold["or"]] if "or" in gold else [gold]


def category_fits(answer: Answer, gold: Gold) -> bool:
    """Category and polarity are right."""
    return any(
        answer["polarity"] == way["polarity"]
        and answer["category"] in (way["category"], *way["alt_categories"])
        for way in ways(gold)
    )


def names(answer: Answer, way: Gold) -> bool:
    """Whether the answer's words hold one of the label's stems."""
    text = f"{answer['phrase']} {answer['label']}".lower()
    return any(stem.lower() in text for stem in way["keywords"])


def wording_fits(answer: Answer, gold: Gold) -> bool:
    """Wording and polarity are right."""
    return any(answer["polarity"] == way["polarity"] and names(answer, way) for way in ways(gold))


def both_fit(answer: Answer, gold: Gold) -> bool:
    """Category, wording and polarity are right."""
    return any(
        category_fits(answer, way) and wording_fits(answer, way)
        for way in ({**way, "or": way} for way in ways(gold))
    )


def flips(answers: Sequence[Answer], row: Mapping[str, Any]) -> int:
    """Labels whose words were found on the wrong side only."""
    return sum(
        any(names(a, way) and a["polarity"] != way["polarity"] for a in answers for way in [gold])
        and not any(wording_fits(a, gold) for a in answers)
        for gold in row["labels"]
    )


def score(answers: Sequence[Answer], row: Mapping[str, Any], fits: Fits) -> Score:
    """Match answers to labels; what is left over and fits an optional label is not counted."""
    # a matched answer stays matched, so those that nothing would excuse go first
    answers = sorted(answers, key=lambda a: any(fits(a, gold) for gold in row["optional"]))
    edges = [[fits(answer, gold) for gold in row["labels"]] for answer in answers]
    matched = match(edges, len(row["labels"]))
    spare = [a for n, a in enumerate(answers) if n not in matched]
    excused = sum(any(fits(a, gold) for gold in row["optional"]) for a in spare)
    return Score(len(matched), len(answers) - excused, len(row["labels"]))


def match(edges: Sequence[Sequence[bool]], columns: int) -> set[int]:
    """Rows of a maximum bipartite matching (augmenting paths; a comment has few rows)."""
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column in range(columns):
            if edges[row][column] and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    for row in range(len(edges)):
        place(row, set())
    return set(owner.values())


def easy_baseline(row: Mapping[str, Any]) -> list[Answer]:
    """The right attributes, all taking the verdict's polarity: what reading polarity must beat."""
    return [
        {
            "phrase": gold["keywords"][0],
            "label": gold["keywords"][0],
            "category": gold["category"],
            "polarity": row["verdict"],
        }
        for gold in row["labels"]
    ]


def measures(
    rows: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[Answer]]
) -> dict[str, Any]:
    """All figures of one reader."""
    figures: dict[str, Any] = {}
    for name, fits in FIGURES.items():
        total = sum((score(a, r, fits) for a, r in zip(answers, rows, strict=True)), Score())
        figures[name] = {
            "precision": round(total.precision, 3),
            "recall": round(total.recall, 3),
            "f1": round(total.f1, 3),
        }
    for kind in ("hard", *dict.fromkeys(row["kind"] for row in rows)):
        chosen = HARD if kind == "hard" else (kind,)
        parts = [(a, r) for a, r in zip(answers, rows, strict=True) if r["kind"] in chosen]
        figures[f"{kind} kinds" if kind == "hard" else kind] = {"n": len(parts)} | {
            name: round(sum((score(a, r, fits) for a, r in parts), Score()).f1, 3)
            for name, fits in FIGURES.items()
        }
    figures["flips"] = sum(flips(a, r) for a, r in zip(answers, rows, strict=True))
    return figures


FIGURES: dict[str, Fits] = {
    "category and polarity": category_fits,
    "wording and polarity": wording_fits,
    "all three": both_fit,
}


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
