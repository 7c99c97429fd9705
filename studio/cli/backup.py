"""`studio backup FILE`: everything that a person would miss, in one file."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from studio.cli import Outcome

NAME = "backup"
HELP = "save profiles, ratings, pictures and settings to one file"


def add_arguments(parser: ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, help="the file to write, such as studio.zip")


def run(args: Namespace) -> Outcome:
    """Write it; the studio may be open meanwhile."""
    from studio.context import build_studio
    from studio.services.backup import back_up

    target = args.file.absolute()
    with build_studio() as studio:
        manifest = back_up(studio.paths, studio.store, target)
    size = target.stat().st_size
    document = {"file": target, "bytes": size, **manifest.model_dump()}
    left_out = "Models, keys and passwords are not in it."
    text = f"Saved {manifest.files} files, {size / 1e6:.1f} MB, to {target}. {left_out}"
    return Outcome(document, text)
