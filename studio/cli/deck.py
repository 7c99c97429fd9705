"""`studio deck`: sets of pictures to react to."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.cli.progress import show_progress

if TYPE_CHECKING:
    from studio.context import Studio

NAME = "deck"
HELP = "sets of pictures to react to: list, show, make one with a model"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")
    verbs.add_parser("list", help="all decks").add_argument(
        "--profile", help="how much of each it has not rated"
    )
    verbs.add_parser("show", help="the pictures of a deck").add_argument("name", metavar="NAME")
    build = verbs.add_parser("build", help="make a deck by generating: prompts in many styles")
    build.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    build.add_argument("--model", help="id of a model; see `studio models list`")
    build.add_argument("--prompts", type=Path, metavar="FILE", help="one a line; without: bundled")
    build.add_argument("-n", type=int, default=48, help="how many pictures (default: 48)")
    build.add_argument("--seed", type=int, default=1)


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return VERBS[args.verb](studio, args)


def list_(studio: "Studio", args: Namespace) -> Outcome:
    """All decks."""
    profile = studio.profiles.find(args.profile).id if args.profile else None
    found = studio.decks.all(profile)
    lines = []
    for deck in found:
        unrated = "" if deck.unrated is None else f" ({deck.unrated} unrated)"
        lines.append(f"{deck.name:16} {deck.title}, {deck.count} pictures{unrated}. {deck.about}")
    return Outcome({"decks": [vars(deck) for deck in found]}, "\n".join(lines))


def show(studio: "Studio", args: Namespace) -> Outcome:
    """One deck."""
    pictures = studio.decks.pictures(args.name)
    entries = [
        {
            "id": picture.id,
            "path": str(studio.decks.file(picture)),
            "caption": picture.caption,
            "facts": picture.facts,
        }
        for picture in pictures
    ]
    lines = [f"{entry['path']}  {entry['caption']}" for entry in entries]
    return Outcome({"name": args.name, "pictures": entries}, "\n".join(lines))


def build(studio: "Studio", args: Namespace) -> Outcome:
    """A new deck, made by a job that shows its progress."""
    from studio.services.deck_job import building, read_prompts

    card = studio.engine.card(args.model)
    prompts = read_prompts(args.prompts)
    job = building(studio.decks, card, args.name, prompts, n=args.n, seed=args.seed)
    done = studio.jobs.wait(studio.jobs.submit(job).id, show_progress)
    return Outcome(done.result, f"{done.result['pictures']} pictures in {done.result['folder']}")


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "list": list_,
    "show": show,
    "build": build,
}
