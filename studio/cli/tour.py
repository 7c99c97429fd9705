"""`studio tour`: the whole main job on bundled examples, without a screen."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from studio.cli import Outcome

NAME = "tour"
HELP = "rate, learn and generate on bundled examples; ends in a report with pictures"


def add_arguments(parser: ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("--out", type=Path, default=Path("tour"), metavar="DIR")


def run(args: Namespace) -> Outcome:
    """Take the tour."""
    from studio.tour import require_kept, take_tour

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    out = args.out.absolute()
    tour, report = take_tour(out, say)
    require_kept(tour)
    document = {
        "report": str(report),
        "profile": tour.portrait.model_dump(mode="json"),
        "checks": tour.checks,
        "figures": tour.figures,
    }
    return Outcome(document, str(report))
