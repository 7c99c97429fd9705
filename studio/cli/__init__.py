"""The `studio` command: one file a noun, thin over the services.

A noun is a module of this package with four names:

    NAME = "gallery"                     what the person types; equals the module's name
    HELP = "find and recall pictures"    one line of `studio --help`
    def add_arguments(parser): ...       its options; sub-verbs by `parser.add_subparsers()`
    def run(args) -> Outcome: ...        does the work through the services

`--json` is on every parser already. A noun imports what is heavy (torch, gradio, the store) inside
`run`, so that `--help` stays quick, and writes progress to stderr. Errors of ours are raised, never
printed: `studio.cli.main` shows them.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a noun did, for a program and for a person."""

    document: Any  # with --json: plain data, pydantic models, paths and times are all fine
    text: str  # without: what a person reads
    code: int = 0  # exit status; 0 only on success


class WrongUsage(Exception):
    """The command line itself is wrong; exit status 2."""
