"""How a reader's answers are marked against hand-made labels.

Three figures, each a micro-averaged F1 over all comments: right category and polarity, right
wording and polarity, and all of it at once. A prediction answers at most one label (maximum
matching), so saying the same thing twice costs precision; labels marked optional are neither
rewarded nor punished. A flip is a label whose wording was found with the wrong polarity only: the
error that hurts a profile most.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HARD = ("mixed", "negation", "idiom")
DRAWS = 1000  # of the bootstrap

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


def interval(scores: Sequence[Score]) -> tuple[float, float]:
    """95 % interval of the F1, by drawing comments anew (percentile bootstrap, fixed seed)."""
    if not scores:
        return 0.0, 0.0
    rng = random.Random(0)
    counts = [(score.hits, score.given + score.wanted) for score in scores]
    drawn = []
    for _ in range(DRAWS):
        hits, marks = map(sum, zip(*rng.choices(counts, k=len(counts)), strict=True))
        drawn.append(2 * hits / marks if marks else 0.0)
    drawn.sort()
    return drawn[DRAWS // 40], drawn[-1 - DRAWS // 40]


def measures(
    rows: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[Answer]]
) -> dict[str, Any]:
    """All figures of one reader."""
    figures: dict[str, Any] = {}
    for name, fits in FIGURES.items():
        scores = [score(a, r, fits) for a, r in zip(answers, rows, strict=True)]
        total = sum(scores, Score())
        low, high = interval(scores)
        figures[name] = {
            "precision": round(total.precision, 3),
            "recall": round(total.recall, 3),
            "f1": round(total.f1, 3),
            "low": round(low, 3),
            "high": round(high, 3),
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
