"""`studio pairs`: two pictures of the same thing, which do you prefer; and what that says."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.domain import Pick, Picture

if TYPE_CHECKING:
    from studio.context import Studio

NAME = "pairs"
HELP = "choose between two pictures, and see what your choices say"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")
    next_ = verbs.add_parser("next", help="the pairs to learn most from")
    next_.add_argument("name", metavar="PROFILE")
    next_.add_argument("-n", type=int, default=1, help="how many")
    choose = verbs.add_parser("choose", help="which of two pictures you prefer")
    choose.add_argument("name", metavar="PROFILE")
    choose.add_argument("left", metavar="LEFT", help="id of a picture")
    choose.add_argument("right", metavar="RIGHT", help="id of a picture")
    choose.add_argument("pick", choices=[pick.value for pick in Pick])
    choose.add_argument("--token", default="", help="the same one again stores nothing")
    verbs.add_parser("undo", help="take the last choice back").add_argument(
        "name", metavar="PROFILE"
    )
    import_ = verbs.add_parser("import", help="choices from a file")
    import_.add_argument("name", metavar="PROFILE")
    import_.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help='JSONL, {"prompt": text, "winner": path, "loser": path} a line; paths are relative '
        "to the file",
    )
    verbs.add_parser("show", help="what your choices say").add_argument("name", metavar="PROFILE")


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return VERBS[args.verb](studio, args)


def next_(studio: "Studio", args: Namespace) -> Outcome:
    """What to ask."""
    profile = studio.profiles.find(args.name)
    pairs = studio.choices.next_pairs(profile.id, args.n)
    shown = [(pair.prompt, said(studio, pair.left), said(studio, pair.right)) for pair in pairs]
    document = [{"prompt": prompt, "left": left, "right": right} for prompt, left, right in shown]
    lines = [
        f"{prompt}\n  left   {left['id']}  {left['path']}\n  right  {right['id']}  {right['path']}"
        for prompt, left, right in shown
    ]
    return Outcome({"pairs": document}, "\n".join(lines) or "Every pair has its answer.")


def said(studio: "Studio", picture: Picture) -> dict[str, str]:
    """A picture of a pair."""
    return {"id": picture.id, "path": str(studio.decks.file(picture)), "caption": picture.caption}


def choose(studio: "Studio", args: Namespace) -> Outcome:
    """One choice."""
    profile = studio.profiles.find(args.name)
    choice = studio.choices.choose(
        profile.id, args.left, args.right, Pick(args.pick), token=args.token
    )
    return Outcome(choice, f"Stored: {choice.pick.value}.")


def undo(studio: "Studio", args: Namespace) -> Outcome:
    """Back."""
    choice = studio.choices.undo(studio.profiles.find(args.name).id)
    return Outcome({"taken_back": choice}, "Taken back." if choice else "Nothing to take back.")


def import_(studio: "Studio", args: Namespace) -> Outcome:
    """Choices from a file."""
    profile = studio.profiles.find(args.name)
    done = studio.choices.import_file(profile.id, args.file.absolute())
    for problem in done.problems:
        print(f"{args.file}: {problem}", file=sys.stderr)
    document = {
        "imported": len(done.added),
        "unchanged": done.unchanged,
        "left_out": [{"line": p.line, "reason": p.reason} for p in done.problems],
    }
    parts = [f"{len(done.added)} choices imported"]
    parts += [f"{done.unchanged} were there already"] if done.unchanged else []
    parts += [f"{len(done.problems)} lines left out"] if done.problems else []
    return Outcome(document, f"{', '.join(parts)}. Next: studio pairs show “{profile.name}”")


def show(studio: "Studio", args: Namespace) -> Outcome:
    """What the choices say."""
    profile = studio.profiles.find(args.name)
    standing, pushes = studio.choices.standing(profile.id), studio.choices.explain(profile.id)
    lines = [f"{standing.counted} choices kept, {standing.neither} times “can't tell”."]
    if standing.interval:
        low, high = standing.interval
        lines.append(
            f"{standing.right} of {standing.of} choices were guessed without having seen them "
            f"(likely between {low:.0%} and {high:.0%}; luck: 50%)."
        )
    else:
        lines.append("How well I guess you is said from 6 choices on.")
    lines += [f"{'+' if push > 0 else '-'} {label} ({push:+.2f})" for label, push in pushes]
    explained = [{"label": label, "push": push} for label, push in pushes]
    return Outcome(standing.model_dump() | {"explanation": explained}, "\n".join(lines))


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "next": next_,
    "choose": choose,
    "undo": undo,
    "import": import_,
    "show": show,
}
