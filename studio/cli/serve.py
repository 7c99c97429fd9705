"""`studio serve`: the pages, in a browser."""

import argparse
from pathlib import Path
from typing import Any

from studio.cli import Outcome, WrongUsage
from studio.errors import InvalidInput

NAME = "serve"
HELP = "open the studio in a browser"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and who may come in."""
    parser.add_argument("--port", type=int, help="the next free one is taken if it is not free")
    parser.add_argument(
        "--host", help="an address of this machine; other than 127.0.0.1 only with a password"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--password", help="asked for by every page; others can see it in the list of processes"
    )
    parser.add_argument(
        "--password-file", type=Path, help="a file whose first line is the password"
    )
    parser.add_argument("--language", help="of the pages; what it lacks is English")
    parser.add_argument("--mcp", action="store_true", help="let agents use the studio (extra: mcp)")


def run(args: argparse.Namespace) -> Outcome:
    """Serve until Ctrl+C."""
    from studio.paths import Paths, data_folder
    from studio.server import serve
    from studio.settings import Settings, load_settings

    paths = Paths(data_folder())
    stored = load_settings(paths)
    settings = Settings.model_validate({**dict(stored), **changes(args)})
    address = serve(paths, settings, mcp=args.mcp)
    return Outcome({"address": address}, f"The studio at {address} is closed.")


def changes(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that the command line overrides."""
    if args.password and args.password_file:
        raise WrongUsage("studio serve: give --password or --password-file, not both")
    password = read_password(args.password_file) if args.password_file else args.password
    given = {"port": args.port, "host": args.host, "password": password, "language": args.language}
    if args.no_browser:
        given["open_browser"] = False
    return {name: value for name, value in given.items() if value is not None}


def read_password(file: Path) -> str:
    """The first line of a file.

    Raises:
        InvalidInput: it cannot be read, or is empty.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from error
    if not lines or not lines[0].strip():
        raise InvalidInput(f"{file} is empty. Its first line is the password.")
    return lines[0].strip()
