"""`studio bench scorer`: from how few choices is somebody's taste predicted?

Simulated people choose between pictures of the sticker deck, one in ten times against their own
taste. The scorer learns from one half of the deck's pictures and predicts choices in the other.
Their utility comes from the evaluator and measures of pixels, never from the sticker CLIP; the
scorer has some of the same measures of pixels, so figures of the CLIP alone stand beside.

The prior's strength was chosen with `--tune`, on people drawn at random from the attributes; the
people of `assets/bench/people`, whom the figures are about, took no part in it.
"""

import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from studio.bench.people import Crowd, Person
    from studio.bench.report import Cache, Findings

NAME = "scorer"
HELP = "from how few choices a taste is predicted"

COUNTS = (2, 4, 8, 16, 32, 64)
NOISE = 0.1  # share of choices against the person's own utility
GOAL, BUDGET = 0.75, 0.050  # accuracy at 16 pairs; seconds a fit of 1,000 may take
TRIALS = 4  # times that each person starts afresh, with other halves of the deck
STRANGERS = 24  # people drawn for `--tune`
GRID = [(w, r, p) for w in (0.0, 0.2, 1.0) for r in (0.1, 0.3, 1.0) for p in (0.3, 1.0)]


def add_arguments(parser: ArgumentParser) -> None:
    """Its one option."""
    parser.add_argument(
        "--tune", action="store_true", help="compare strengths of the prior, on other people"
    )


def estimate(args: Namespace) -> float:
    """Seconds on two processor cores."""
    return 240.0 if args.tune else 40.0 if args.quick else 150.0


@dataclass(frozen=True)
class Deck:
    """Features (M, F) of its pictures, and what each is worth to each person, by name."""

    features: "Tensor"
    utilities: dict[str, list[float]]


def run(args: Namespace, cache: "Cache", say: Callable[[str], None]) -> "Findings":
    """Look at the deck, let everybody choose, measure."""
    from studio.bench.people import Crowd
    from studio.bench.report import Findings, Target

    crowd = Crowd.load()
    people = strangers(crowd) if args.tune else crowd.people
    deck = look(crowd, people)
    if args.tune:
        return Findings(len(people), tuned(deck, say))
    measures, trials = {}, 1 if args.quick else TRIALS
    for kind in ("active", "random"):
        measures[kind] = curve(deck, COUNTS, trials, active=kind == "active")
        say(f"{kind}: {measures[kind]}")
    measures["clip alone, random"] = curve(clip_only(deck), (4, 16, 64), trials, clip_prior())
    measures["seconds to fit 1,000 pairs"] = seconds = fit_seconds()
    return Findings(
        n=len(people) * trials,
        measures=measures,
        targets={
            "accuracy at 16 pairs": Target(value=measures["active"]["16"], floor=GOAL),
            "fits of 1,000 pairs a second": Target(value=1 / seconds, floor=1 / BUDGET),
        },
    )


def strangers(crowd: "Crowd") -> list["Person"]:
    """People who want six attributes drawn at random, none of them in the figures."""
    from studio.bench.people import Person

    rng = random.Random("strangers")
    return [
        Person(
            name=f"stranger {i}",
            taste="random",
            wants={a: rng.uniform(-1, 1) for a in rng.sample(sorted(crowd.attributes), 6)},
        )
        for i in range(STRANGERS)
    ]


def look(crowd: "Crowd", people: Sequence["Person"]) -> Deck:
    """The deck through both eyes: the people's and the scorer's."""
    from pipelines.metrics.clip import load_clip
    from pipelines.preference.features import picture_features
    from studio.bench.eye import Eye
    from studio.bench.taste_study import deck_pictures

    images = deck_pictures()
    looks = Eye.load().look(images)
    worth = {person.name: [crowd.utility(person, one) for one in looks] for person in people}
    return Deck(picture_features(load_clip(), images).clone(), worth)


def clip_only(deck: Deck) -> Deck:
    """Without the measures of pixels."""
    from pipelines.preference.features import MEASURES

    return Deck(deck.features[:, : -len(MEASURES)], deck.utilities)


def clip_prior() -> "Tensor":
    """The committed prior's part for the CLIP."""
    from pipelines.preference.features import MEASURES, load_constants

    return load_constants().covariance[: -len(MEASURES), : -len(MEASURES)]


def curve(
    deck: Deck,
    counts: Sequence[int],
    trials: int,
    prior: "Tensor | None" = None,
    active: bool = False,
) -> dict[str, float]:
    """Mean accuracy over people and trials after each number of pairs."""
    rows = [
        trial(deck, name, counts, random.Random(f"{name}/{i}"), prior=prior, active=active)
        for name in deck.utilities
        for i in range(trials)
    ]
    return {
        str(count): round(fmean(column), 4)
        for count, column in zip(counts, zip(*rows, strict=True), strict=True)
    }


def trial(
    deck: Deck,
    name: str,
    counts: Sequence[int],
    rng: random.Random,
    *,
    prior: "Tensor | None",
    active: bool,
) -> list[float]:
    """One person's accuracy on all pairs of the half that they did not choose in."""
    import torch

    from pipelines.preference.scorer import fit_scorer
    from pipelines.preference.select import next_pair

    worth, x = deck.utilities[name], deck.features
    order = rng.sample(range(len(worth)), len(worth))
    shown, kept = order[: len(order) // 2], order[len(order) // 2 :]
    unseen = [pair for pair in combinations(kept, 2) if worth[pair[0]] != worth[pair[1]]]
    candidates = list(combinations(shown, 2))
    rng.shuffle(candidates)
    asked: list[tuple[int, int]] = []
    won: list[tuple[int, int]] = []
    scorer, out = fit_scorer(x[:0], x[:0], prior=prior), []
    for number in range(1, max(counts) + 1):
        place = next_pair(scorer, x, candidates, asked, rng) if active else number
        assert place is not None
        asked.append(candidates[place])
        won.append(choose(worth, candidates[place], rng))
        if active or number in counts:
            winners, losers = x[torch.tensor(won)].unbind(1)
            scorer = fit_scorer(winners, losers, prior=prior)
        if number in counts:
            scores = scorer.score(x).tolist()
            out.append(fmean((scores[a] > scores[b]) == (worth[a] > worth[b]) for a, b in unseen))
    return out


def choose(worth: Sequence[float], pair: tuple[int, int], rng: random.Random) -> tuple[int, int]:
    """Winner and loser; against the person's own utility one time in ten."""
    a, b = pair
    return (a, b) if (worth[a] > worth[b]) != (rng.random() < NOISE) else (b, a)


def tuned(deck: Deck, say: Callable[[str], None]) -> dict[str, Any]:
    """Mean accuracy at 4, 16 and 64 pairs for each strength of the prior."""
    from pipelines.preference.prior import label_embeddings, prior_covariance

    texts, out = label_embeddings(), {}
    for words, rest, pixels in GRID:
        prior = prior_covariance(texts, words, rest, pixels)
        key = f"words {words:g}, rest {rest:g}, pixels {pixels:g}"
        out[key] = curve(deck, (4, 16, 64), 2, prior)
        say(f"{key}: {out[key]}")
    return out


def fit_seconds() -> float:
    """Median of five fits of 1,000 pairs, on one core."""
    import torch

    from pipelines.preference.features import load_constants
    from pipelines.preference.scorer import fit_scorer

    rng = torch.Generator().manual_seed(0)
    f = len(load_constants().centre)
    a, b, taste = (torch.randn(n, f, generator=rng) for n in (1000, 1000, 1))
    better = ((a - b) @ taste[0] > 0)[:, None]
    winners, losers = torch.where(better, a, b), torch.where(better, b, a)
    threads, times = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        for _ in range(6):
            started = time.perf_counter()
            fit_scorer(winners, losers)
            times.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
    return median(times[1:])
