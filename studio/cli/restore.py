"""`studio restore FILE`: bring back what `studio backup` saved."""

import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from studio.cli import Outcome

NAME = "restore"
HELP = "bring back what a backup holds"


def add_arguments(parser: ArgumentParser) -> None:
    """Where from."""
    parser.add_argument("file", type=Path, help="a file that `studio backup` wrote")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="delete the profiles, ratings and pictures that are here now",
    )


def run(args: Namespace) -> Outcome:
    """Restore all of it, or nothing."""
    from studio.paths import Paths, data_folder
    from studio.services.restore import restore

    paths = Paths(data_folder())
    manifest = restore(paths, args.file.absolute(), args.replace)
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.created))
    document = {"home": paths.home, **manifest.model_dump()}
    return Outcome(document, f"Restored {manifest.files} files of {made} to {paths.home}.")
