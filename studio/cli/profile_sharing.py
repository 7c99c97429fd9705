"""Verbs of `studio profile` about several profiles and files: blend, export, import, delete."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import Outcome, WrongUsage
from studio.domain import Polarity

if TYPE_CHECKING:
    from studio.context import Studio


def add_arguments(verb: Callable[..., ArgumentParser]) -> None:
    """The verbs and what they take."""
    blend = verb("blend", "a new profile made of several", "NAME")
    blend.add_argument("parts", nargs="+", metavar="PROFILE[:WEIGHT]")
    blend.add_argument("--look", action="store_true", help="only show what would result")
    export = verb("export", "write a profile to one file", "NAME")
    export.add_argument("file", type=Path, metavar="FILE", help="such as my-taste.taste")
    export.add_argument(
        "--with-pictures", action="store_true", help="pictures that you added or made, too"
    )
    import_ = verb("import", "a new profile from a file")
    import_.add_argument("file", type=Path, metavar="FILE")
    import_.add_argument("--name", help="another name than the one inside")
    import_.add_argument("--look", action="store_true", help="only show what is inside")
    delete = verb("delete", "delete for good: ratings, versions, your pictures", "NAME")
    delete.add_argument("--yes", action="store_true", help="really")


def blend(studio: "Studio", args: Namespace) -> Outcome:
    """Several in one."""
    parts = [part_of(text) for text in args.parts]
    preview = studio.profiles.preview_blend(parts)
    warnings = [f"! liked and disliked: {a.label or a.phrase}" for a, _ in preview.contradictions]
    warnings += [f"! opposites: {a.phrase} and {b.phrase}" for a, b in preview.tensions]
    signs = {Polarity.LIKED: "+", Polarity.DISLIKED: "-"}
    lines = [f"{signs[a.polarity]} {a.phrase} {a.weight:g}" for a in preview.attributes]
    if args.look:
        document: Any = {
            "attributes": preview.attributes,
            "contradictions": preview.contradictions,
            "tensions": preview.tensions,
        }
        return Outcome(document, "\n".join(lines + warnings))
    profile = studio.profiles.blend(args.name, parts)
    said = f"“{profile.name}” is made of {len(parts)} profiles."
    return Outcome(studio.profiles.show(profile.id), "\n".join([said, *lines, *warnings]))


def part_of(text: str) -> tuple[str, float]:
    """“My taste:2” is the profile and its weight; without a number it is 1."""
    name, colon, weight = text.rpartition(":")
    if not colon:
        return text, 1.0
    try:
        return name, float(weight)
    except ValueError:
        return text, 1.0  # a name with a colon in it


def export(studio: "Studio", args: Namespace) -> Outcome:
    """Out to a file."""
    file = args.file.absolute()
    contents = studio.sharing.export(args.name, file, args.with_pictures)
    return Outcome({"file": file, "contents": contents}, f"{file}\n{contents}")


def import_(studio: "Studio", args: Namespace) -> Outcome:
    """In from a file."""
    contents = studio.sharing.inspect(args.file)
    if args.look:
        return Outcome({"contents": contents}, str(contents))
    profile = studio.sharing.import_file(args.file, args.name)
    said = f"“{profile.name}” is imported.\n{contents}"
    return Outcome({"profile": profile, "contents": contents}, said)


def delete(studio: "Studio", args: Namespace) -> Outcome:
    """Gone for good, once that is really meant."""
    name = studio.profiles.find(args.name).name
    going = studio.profiles.going(args.name)
    if not args.yes:
        raise WrongUsage(f"This deletes “{name}” for good: {going} Add --yes if you mean it.")
    studio.profiles.delete(args.name)
    return Outcome({"deleted": name, **vars(going)}, f"“{name}” is deleted for good: {going}")


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "blend": blend,
    "export": export,
    "import": import_,
    "delete": delete,
}
