"""Verbs of `studio profile` that change a profile: each makes a version and can be gone back from.

An attribute is named by its phrase, label or id.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.domain import Polarity

if TYPE_CHECKING:
    from studio.context import Studio
    from studio.domain import ProfileVersion


def add_arguments(verb: Callable[..., ArgumentParser]) -> None:
    """The verbs and what they take."""
    edit = verb("edit", "say how much an attribute counts", "NAME", "ATTRIBUTE")
    edit.add_argument("--weight", type=float, required=True, help="0 to 1")
    verb("turn", "from like to dislike, or back", "NAME", "ATTRIBUTE")
    verb("remove", "take an attribute out", "NAME", "ATTRIBUTE")
    verb("restore", "undo a removal", "NAME", "ATTRIBUTE")
    add = verb("add", "add an attribute in your own words", "NAME", "PHRASE")
    side = add.add_mutually_exclusive_group(required=True)
    side.add_argument("--like", dest="side", action="store_const", const=Polarity.LIKED)
    side.add_argument("--dislike", dest="side", action="store_const", const=Polarity.DISLIKED)
    add.add_argument("--category", help="if the vocabulary does not know the words")
    resolve = verb("resolve", "settle a contradiction", "NAME", "ATTRIBUTE")
    resolve.add_argument("--keep", choices=("like", "dislike", "neither"), required=True)

    verb("versions", "all versions, newest first", "NAME")
    compare = verb("compare", "what changed between two versions", "NAME")
    compare.add_argument("versions", type=int, nargs=2, metavar="N")
    back = verb("go-back", "a new version equal to an earlier one", "NAME")
    back.add_argument("version", type=int, metavar="N")


def corrected(studio: "Studio", version: "ProfileVersion") -> Outcome:
    """The profile after a change."""
    portrait = studio.profiles.show(version.profile_id)
    return Outcome(portrait, f"Version {version.number}: {version.note}.")


def edit(studio: "Studio", args: Namespace) -> Outcome:
    """Another weight."""
    return corrected(studio, studio.profiles.set_weight(args.name, args.attribute, args.weight))


def turn(studio: "Studio", args: Namespace) -> Outcome:
    """The other side."""
    return corrected(studio, studio.profiles.turn(args.name, args.attribute))


def remove(studio: "Studio", args: Namespace) -> Outcome:
    """Out."""
    return corrected(studio, studio.profiles.remove(args.name, args.attribute))


def restore(studio: "Studio", args: Namespace) -> Outcome:
    """In again."""
    return corrected(studio, studio.profiles.restore(args.name, args.attribute))


def add(studio: "Studio", args: Namespace) -> Outcome:
    """The person's own words."""
    return corrected(studio, studio.profiles.add(args.name, args.phrase, args.side, args.category))


def resolve(studio: "Studio", args: Namespace) -> Outcome:
    """A decision."""
    from studio.services.corrections import Keep

    return corrected(studio, studio.profiles.resolve(args.name, args.attribute, Keep(args.keep)))


def versions(studio: "Studio", args: Namespace) -> Outcome:
    """The history."""
    found = studio.profiles.versions(args.name)
    lines = [f"v{v.number}  {v.note}" for v in found]
    return Outcome({"versions": found}, "\n".join(lines) or "No version yet.")


def compare(studio: "Studio", args: Namespace) -> Outcome:
    """What changed."""
    found = studio.profiles.compare(args.name, *args.versions)
    lines = [str(found)]
    lines += [f"+ {a.phrase} ({a.polarity.value})" for a in found.added]
    lines += [f"− {a.phrase} ({a.polarity.value})" for a in found.gone]
    lines += [f"  {a.phrase} {a.weight:g} → {b.weight:g}" for a, b in found.changed]
    document = {"added": found.added, "gone": found.gone, "changed": found.changed}
    return Outcome(document | {"summary": str(found)}, "\n".join(lines))


def go_back(studio: "Studio", args: Namespace) -> Outcome:
    """An earlier version again."""
    return corrected(studio, studio.profiles.go_back(args.name, args.version))


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "edit": edit,
    "turn": turn,
    "remove": remove,
    "restore": restore,
    "add": add,
    "resolve": resolve,
    "versions": versions,
    "compare": compare,
    "go-back": go_back,
}
