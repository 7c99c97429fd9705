"""`studio bench taste`: do simulated people prefer the pictures made in their taste?

Each person rates the sticker deck and comments; the built-in reader makes a profile of it; pictures
of prompts they never saw are made with and without it at equal seeds, and judged by a utility that
sees the pictures alone. Beside the win rate stand the easy ways to be fooled by it: other people's
tastes (a gain that everybody has is no taste), the subject lost, all seeds alike, and what just
appending the liked words to the prompt would have given.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.bench.report import Cache, Findings

NAME = "taste"
HELP = "how often simulated people prefer the pictures made in their taste"

SIZES = {"people": 12, "prompts": 12, "seeds": 2}
QUICK = {"people": 12, "prompts": 3, "seeds": 2}
STRENGTHS = (0.25, 0.5, 0.75, 1.0)
QUICK_STRENGTHS = (0.5, 1.0)
PASS = 0.35  # seconds of one denoiser pass of 20 steps a picture; two plain, four in two-pass form
START = 60.0  # seconds for loading and looking


def add_arguments(parser: ArgumentParser) -> None:
    """How much to measure, and where the page goes."""
    parser.add_argument("--people", type=int, metavar="N", help="simulated people (12; at most 16)")
    parser.add_argument("--prompts", type=int, metavar="N", help="subjects (12; 3 with --quick)")
    parser.add_argument("--seeds", type=int, metavar="N", help="pictures of each subject (2)")
    parser.add_argument("--model", default="sticker-128", metavar="ID", help="which base model")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the page with pictures goes")


def sizes(args: Namespace) -> dict[str, int]:
    """People, prompts, seeds: as asked, else what the length of the run implies."""
    implied = QUICK if args.quick else SIZES
    return {name: getattr(args, name) or implied[name] for name in SIZES}


def strengths(args: Namespace) -> tuple[float, ...]:
    """Which strengths are measured."""
    return QUICK_STRENGTHS if args.quick else STRENGTHS


def estimate(args: Namespace) -> float:
    """Seconds on two processor cores, if nothing is known yet."""
    size, steps = sizes(args), len(strengths(args))
    sheet = size["prompts"] * size["seeds"]
    passes = 2 * steps + 4 * steps + 2 + 4  # both forms, words appended, attributes given directly
    return START + PASS * sheet * (size["people"] * passes + 2 + 2)


def run(args: Namespace, cache: "Cache", say: Callable[[str], None]) -> "Findings":
    """Measure, and write the page."""
    from studio.bench.eye import Eye
    from studio.bench.taste_study import Plan, study

    plan = Plan(**sizes(args), strengths=strengths(args), model=args.model)
    return study(plan, Eye.load(), cache, args.out or default_folder(), say)


def default_folder() -> Path:
    """Beside the cached pictures."""
    from studio.paths import Paths, data_folder

    return Paths(data_folder()).bench / NAME
