"""`studio rate`: answers to pictures, from a file or one by one."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.domain import Verdict

if TYPE_CHECKING:
    from studio.context import Studio

NAME = "rate"
HELP = "react to pictures: from a file, or one by one"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")

    import_ = verbs.add_parser("import", help="answers from a file")
    import_.add_argument("name", metavar="PROFILE")
    import_.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help='JSONL, {"image": path, "verdict": "liked"|"disliked", "comment": text} a line; '
        "paths are relative to the file",
    )
    import_.add_argument(
        "--keep-good", action="store_true", help="import what can be used, leave out the rest"
    )
    add = verbs.add_parser("add", help="an answer to one picture")
    add.add_argument("name", metavar="PROFILE")
    add.add_argument("image", type=Path, metavar="IMAGE")
    side = add.add_mutually_exclusive_group(required=True)
    for option, verdict in (("--like", Verdict.LIKED), ("--dislike", Verdict.DISLIKED)):
        side.add_argument(option, dest="verdict", action="store_const", const=verdict)
    add.add_argument("--comment", default="", help="what exactly you like about it, or not")
    for verb, help_ in (("undo", "take the last answer back"), ("list", "answers, newest first")):
        verbs.add_parser(verb, help=help_).add_argument("name", metavar="PROFILE")


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return VERBS[args.verb](studio, args)


def import_(studio: "Studio", args: Namespace) -> Outcome:
    """Answers from a file."""
    profile = studio.profiles.find(args.name)
    done = studio.rating.import_file(profile.id, args.file.absolute(), args.keep_good)
    for problem in done.problems:
        print(f"{args.file}: {problem}", file=sys.stderr)
    document = {
        "imported": len(done.added),
        "unchanged": done.unchanged,
        "left_out": [{"line": p.line, "reason": p.reason} for p in done.problems],
        "ratings": done.added,
    }
    parts = [f"{len(done.added)} ratings imported"]
    parts += [f"{done.unchanged} were there already"] if done.unchanged else []
    parts += [f"{len(done.problems)} lines left out"] if done.problems else []
    return Outcome(document, f"{', '.join(parts)}. Next: studio profile learn “{profile.name}”")


def add(studio: "Studio", args: Namespace) -> Outcome:
    """One answer."""
    profile = studio.profiles.find(args.name)
    studio.decks.register()
    picture = studio.rating.bring(args.image.absolute())
    rating = studio.rating.rate(profile.id, picture.id, args.verdict, args.comment)
    vague = studio.rating.vague(args.comment, args.verdict)
    hint = f" “{vague}” says that, not why: is it the colours, the line, the mood?" if vague else ""
    return Outcome(rating, f"{args.verdict.value.capitalize()}: {args.image.name}.{hint}")


def undo(studio: "Studio", args: Namespace) -> Outcome:
    """Back."""
    rating = studio.rating.undo(studio.profiles.find(args.name).id)
    return Outcome({"taken_back": rating}, "Taken back." if rating else "Nothing to take back.")


def list_(studio: "Studio", args: Namespace) -> Outcome:
    """What stands."""
    rated = studio.rating.rated(studio.profiles.find(args.name).id)
    document = {"ratings": [{"picture": r.picture, "rating": r.rating} for r in rated]}
    lines = [
        f"{r.rating.verdict.value:9} {r.picture.caption[:50]}  {r.rating.comment}" for r in rated
    ]
    return Outcome(document, "\n".join(lines) or "No ratings yet.")


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "import": import_,
    "add": add,
    "undo": undo,
    "list": list_,
}
