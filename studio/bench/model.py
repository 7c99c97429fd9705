"""`studio bench model`: does a base model draw what it is asked for?

300 fixed prompts, committed with the project (assets/bench/model): concepts in styles in which they
were learnt and in the one that was held back, with a colour, with a background, and in words that
no caption uses. The separate evaluator names style and concept of each picture; colour and
background are measured in its pixels. The evaluator's own accuracy on real icons stands beside,
since no figure can be better than its judge.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.bench.report import Cache, Findings

NAME = "model"
HELP = "whether the base model draws what it is asked for"

QUICK = 12  # prompts of each kind
PICTURE, START = 1.0, 30.0  # seconds a picture of 20 steps with guidance, in batches; for loading


def add_arguments(parser: ArgumentParser) -> None:
    """Which model, and where the page goes."""
    parser.add_argument("--model", default="sticker-128", metavar="ID", help="which base model")
    parser.add_argument(
        "--prompts", type=at_least_one, metavar="N", help="of each kind (60; 12 --quick)"
    )
    parser.add_argument(
        "--seeds", type=at_least_one, default=4, metavar="N", help="for diversity (4)"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR",
        help="training icons, as the recipe builds them: adds the distance to them",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the page with pictures goes")


def at_least_one(text: str) -> int:
    """“4” as 4."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"“{text}” is no number from 1 up")
    return int(text)


def each(args: Namespace) -> int | None:
    """Prompts of each kind; None for all."""
    return args.prompts or (QUICK if args.quick else None)


def estimate(args: Namespace) -> float:
    """Seconds on two processor cores, if nothing is known yet."""
    shown = 5 * (each(args) or 60)
    again = shown // 10 * (args.seeds - 1)
    return START + PICTURE * (shown + again)


def run(args: Namespace, cache: "Cache", say: Callable[[str], None]) -> "Findings":
    """Measure, and write the page."""
    from studio.bench.eye import Eye
    from studio.bench.model_study import Study
    from studio.paths import Paths, data_folder

    folder = args.out or Paths(data_folder()).bench / NAME
    study = Study(args.model, each(args), args.seeds, args.data)
    return study.run(Eye.load(), cache, folder, say)
