"""`studio bench NAME`: measure, say how long it will take first, and hold against the targets."""

import importlib
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import ModuleType

from studio.bench import BENCHES
from studio.cli import Outcome

NAME = "bench"
HELP = "measure how well the studio works on this machine"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb a benchmark, each with its own options and the shared ones."""
    benches = parser.add_subparsers(title="benchmarks", metavar="NAME", required=True)
    for name in BENCHES:
        bench = load_bench(name)
        command = benches.add_parser(bench.NAME, help=bench.HELP, description=bench.HELP)
        command.add_argument(
            "--quick", action="store_true", help="at most ten minutes on two processor cores"
        )
        command.add_argument(
            "--check", action="store_true", help="end with status 3 if a target is missed"
        )
        command.add_argument(
            "--fresh", action="store_true", help="use nothing that an earlier run measured"
        )
        bench.add_arguments(command)
        command.set_defaults(bench=bench.NAME)


def load_bench(name: str) -> ModuleType:
    """The module of one benchmark."""
    return importlib.import_module(f"studio.bench.{name}")


def say(text: str) -> None:
    """Tell progress where it does not mix with the result."""
    print(text, file=sys.stderr, flush=True)


def run(args: Namespace) -> Outcome:
    """Run one benchmark."""
    from studio.paths import Paths, data_folder

    if not args.fresh:
        return measure(args, Paths(data_folder()).bench)
    with tempfile.TemporaryDirectory() as folder:
        return measure(args, Path(folder))


def measure(args: Namespace, folder: Path) -> Outcome:
    """Run one benchmark with its cache in `folder`."""
    from studio.bench.report import MISSED, Cache, Report, describe_machine, duration

    bench = load_bench(args.bench)
    say(f"{bench.NAME}: about {duration(bench.estimate(args))} at most, less if parts are known.")
    started = time.monotonic()
    findings = bench.run(args, Cache(folder), say)
    report = Report(bench.NAME, time.monotonic() - started, describe_machine(), findings)
    code = MISSED if args.check and not report.met else 0
    return Outcome(report.document(), report.text(), code)
