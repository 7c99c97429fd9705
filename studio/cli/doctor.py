"""`studio doctor`: what works on this machine and what does not."""

import argparse
from typing import TYPE_CHECKING

from studio.cli import Outcome

if TYPE_CHECKING:
    from studio.doctor import Report

NAME = "doctor"
HELP = "check device, memory, versions, disk use and models"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none beyond `--json`."""


def run(args: argparse.Namespace) -> Outcome:
    """Exit status 0 when the embedded model can generate."""
    from studio.doctor import examine
    from studio.paths import Paths, data_folder
    from studio.settings import load_settings

    paths = Paths(data_folder())
    report = examine(load_settings(paths), paths)
    return Outcome(report, render(report), code=0 if report.ok else 1)


def render(report: "Report") -> str:
    """The report for a person."""
    from studio.doctor import in_words

    signs = {"ok": "ok", "warning": "!", "error": "ERROR"}
    rows = [
        ("studio", report.studio),
        ("python", f"{report.python} on {report.system}"),
        ("device", report.device),
        ("memory", ", ".join(f"{k} {in_words(v)}" for k, v in report.memory.items())),
        ("data", str(report.home)),
        ("disk", ", ".join(f"{k} {in_words(v)}" for k, v in report.disk.items())),
        ("versions", ", ".join(f"{k} {v or 'missing'}" for k, v in report.versions.items())),
        *((f"{signs[c.status]} {c.name}", c.message) for c in report.checks),
    ]
    width = max(len(name) for name, _ in rows)
    verdict = "The embedded model can generate." if report.ok else "No picture can be made yet."
    return "\n".join([*(f"{name:<{width}}  {text}" for name, text in rows), "", verdict])
