"""Assembles the nouns into one command and keeps its promises about streams and exit codes.

stdout carries the result and nothing else: one JSON document with `--json`, text without. Whatever
libraries print while a noun runs goes to stderr. Exit status: 0 success, 1 the work failed, 2 the
command line is wrong, 130 stopped by Ctrl+C; a noun may define others.
"""

import argparse
import contextlib
import importlib
import io
import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NoReturn

from studio import __version__
from studio.cli import Outcome, WrongUsage

NOUNS = (  # modules of studio.cli, in the order of the help
    "serve",
    "tour",
    "doctor",
    "profile",
    "rate",
    "pairs",
    "extract",
    "deck",
    "subject",
    "train",
    "generate",
    "models",
    "gallery",
    "jobs",
    "backup",
    "restore",
    "bench",
)


class Parser(argparse.ArgumentParser):
    """An argparse parser that knows `--json` at every level and raises instead of exiting."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})
        # SUPPRESS: a sub-verb's default must not overwrite a `--json` given before the sub-verb
        self.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document"
        )

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise WrongUsage(f"{self.prog}: {message}")


def load_noun(name: str) -> ModuleType:
    """The module of one noun."""
    return importlib.import_module(f"studio.cli.{name}")


def build_parser(names: Sequence[str]) -> Parser:
    """A parser for these nouns; only their modules are imported."""
    parser = Parser(
        prog="studio", description="Learns what you like and generates pictures in your taste."
    )
    parser.add_argument("--version", action="version", version=f"studio {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        noun = load_noun(name)
        command = commands.add_parser(noun.NAME, help=noun.HELP, description=noun.HELP)
        noun.add_arguments(command)
        command.set_defaults(run=noun.run)
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line, importing one noun if it names one and all of them otherwise."""
    first = next((word for word in argv if not word.startswith("-")), None)
    return build_parser([first] if first in NOUNS else NOUNS).parse_args(argv)


@contextlib.contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send to stderr what anything prints: Python code, C libraries and child processes.

    The file descriptor itself is turned, since llama.cpp and others write below Python.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def failure(error: BaseException, text: str, code: int) -> Outcome:
    """The outcome of work that failed."""
    document = {"error": {"type": type(error).__name__, "message": str(error)}}
    return Outcome(document, text, code)


def perform(argv: Sequence[str]) -> Outcome:
    """Parse, run, and turn every way to fail into an outcome."""
    from pipelines.errors import PipelineError
    from studio.errors import StudioError

    try:
        args = parse(argv)
        with stdout_to_stderr():
            return args.run(args)
    except WrongUsage as error:
        return failure(error, str(error), 2)
    except (StudioError, PipelineError) as error:
        return failure(error, str(error), 1)
    except KeyboardInterrupt as error:
        return failure(error, "Stopped.", 130)
    except Exception as error:
        # not ours, so a fault of the program: the trace is what a report of it needs
        traceback.print_exc()
        return failure(error, f"Unexpected {type(error).__name__}: {error}", 1)


def render_json(document: Any) -> str:
    """One JSON document; a number that JSON cannot say (NaN) becomes null."""
    from pydantic_core import to_json

    return to_json(document, indent=2, inf_nan_mode="null").decode()


def show(outcome: Outcome, as_json: bool) -> None:
    """Print an outcome: the result to stdout, a failure in words to stderr."""
    if as_json:
        print(render_json(outcome.document))
    elif outcome.text:
        print(outcome.text, file=sys.stderr if is_failure(outcome) else sys.stdout)
    sys.stdout.flush()


def is_failure(outcome: Outcome) -> bool:
    """Whether the outcome is an error, not a result that merely ends with another code."""
    return isinstance(outcome.document, dict) and "error" in outcome.document and outcome.code != 0


def main(argv: Sequence[str] | None = None) -> int:
    """The console entry."""
    words = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(message)s"
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows pipe would refuse “→” otherwise
            stream.reconfigure(encoding="utf-8", errors="replace")
    outcome = perform(words)
    show(outcome, "--json" in words)
    return outcome.code
