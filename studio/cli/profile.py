"""`studio profile`: what the studio has learnt about somebody's taste, and how to correct it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.cli import Outcome, profile_blind, profile_corrections, profile_sharing
from studio.cli.progress import show_progress

if TYPE_CHECKING:
    from studio.context import Studio
    from studio.services.portrait import Portrait, SeenAttribute

NAME = "profile"
HELP = "what is known about somebody's taste: learn, show, correct, blend, share, test"
DOTS = 5  # a weight as a person reads it


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action; profiles are named by name or id."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")

    def verb(name: str, help_: str, *arguments: str) -> ArgumentParser:
        added = verbs.add_parser(name, help=help_, description=help_)
        for argument in arguments:
            added.add_argument(argument.lower(), metavar=argument)
        return added

    verb("create", "a new, empty profile", "NAME")
    verb("list", "all profiles")
    show = verb("show", "attributes with the words and pictures behind them", "NAME")
    show.add_argument("--version", type=int, metavar="N", help="an earlier one")
    verb("rename", "give it another name", "NAME", "TO")
    verb("duplicate", "the same under another name", "NAME", "TO")
    learn = verb("learn", "read all comments and make a version", "NAME")
    backends = ("built-in", "local-llm", "openai", "vlm")
    learn.add_argument("--backend", choices=backends, default="built-in", help="which reader")
    strength = verb("strength", "keep the strength that suits this profile", "NAME")
    strength.add_argument("strength", type=float, metavar="STRENGTH", help="0 to 1")
    profile_corrections.add_arguments(verb)
    profile_sharing.add_arguments(verb)
    profile_blind.add_arguments(verb)


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return VERBS[args.verb](studio, args)


def create(studio: "Studio", args: Namespace) -> Outcome:
    """A new profile."""
    profile = studio.profiles.create(args.name)
    return Outcome(profile, f"“{profile.name}” is ready. Rate pictures: studio rate import …")


def list_(studio: "Studio", args: Namespace) -> Outcome:
    """All profiles."""
    profiles = studio.profiles.all()
    lines = [f"{p.id}  {p.name}, version {p.version}" for p in profiles]
    return Outcome({"profiles": profiles}, "\n".join(lines) or "No profile yet.")


def show(studio: "Studio", args: Namespace) -> Outcome:
    """One profile with its evidence."""
    portrait = studio.profiles.show(args.name, args.version)
    return Outcome(portrait, painted(portrait))


def painted(portrait: "Portrait") -> str:
    """A profile for a terminal."""
    counts = portrait.counts
    lines = [f"{portrait.name}, version {portrait.version}, from {counts.ratings} ratings"]
    for title, side, sign in (("Likes", portrait.liked, "+"), ("Dislikes", portrait.disliked, "-")):
        lines += ["", title] + [f"  {chip(a, sign)}" for a in side]
    lines += [f"\n! {found.sentence}" for found in portrait.contradictions]
    return "\n".join(lines)


def chip(attribute: "SeenAttribute", sign: str) -> str:
    """“+ muted colours •••, 2 comments: “so muted””"""
    dots = "•" * max(1, round(attribute.weight * DOTS))
    said = [f"“{e.comment}”" for e in attribute.evidence if e.comment]
    source = f"{attribute.comments} comments" if attribute.comments != 1 else "1 comment"
    words = f"{source}: {said[0]}" if said else ("yours" if attribute.edited else source)
    unused = "" if attribute.used else " (left out of pictures)"
    return f"{sign} {attribute.phrase} {dots}{unused}, {words}"


def rename(studio: "Studio", args: Namespace) -> Outcome:
    """Another name."""
    profile = studio.profiles.rename(args.name, args.to)
    return Outcome(profile, f"It is called “{profile.name}” now.")


def duplicate(studio: "Studio", args: Namespace) -> Outcome:
    """A copy."""
    profile = studio.profiles.duplicate(args.name, args.to)
    return Outcome(profile, f"“{profile.name}” is a copy of {args.name}.")


def strength(studio: "Studio", args: Namespace) -> Outcome:
    """The profile's own strength."""
    profile = studio.profiles.set_strength(args.name, args.strength)
    return Outcome(profile, f"“{profile.name}” is used at strength {profile.strength:g}.")


def learn(studio: "Studio", args: Namespace) -> Outcome:
    """At once by the built-in reader, else by a job that shows its progress."""
    before = studio.profiles.version(args.name).number
    if args.backend == "built-in":
        studio.profiles.learn(args.name)
    else:
        job = studio.profiles.learning(args.name, args.backend)
        studio.jobs.wait(studio.jobs.submit(job).id, show_progress)
    portrait = studio.profiles.show(args.name)
    said = portrait.note if portrait.version > before else "nothing new"
    return Outcome(portrait, f"Version {portrait.version}: {said}.\n\n{painted(portrait)}")


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "create": create,
    "list": list_,
    "show": show,
    "rename": rename,
    "duplicate": duplicate,
    "strength": strength,
    "learn": learn,
    **profile_corrections.VERBS,
    **profile_sharing.VERBS,
    **profile_blind.VERBS,
}
