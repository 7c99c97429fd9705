"""`studio gallery`: find, recall, trash and give away pictures."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import Outcome

if TYPE_CHECKING:
    from studio.context import Studio
    from studio.domain import ImageRecord

NAME = "gallery"
HELP = "find, recall, trash and give away pictures"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")
    listing = verbs.add_parser("list", help="pictures, newest first")
    listing.add_argument("words", nargs="*", help="words in prompts and comments")
    listing.add_argument("--profile", help="made with this profile")
    listing.add_argument("--model", help="made with this model")
    listing.add_argument("--rating", choices=("liked", "disliked", "skipped", "unrated"))
    listing.add_argument("--trash", action="store_true", help="what is in the trash")
    listing.add_argument("--before", type=int, help="`next` of the page before")
    listing.add_argument("--limit", type=int, default=60)
    show = verbs.add_parser("show", help="everything about one picture")
    show.add_argument("picture", help="its id")
    recall = verbs.add_parser("recall", help="the settings that make a picture again")
    recall.add_argument("picture", help="its id, or a PNG file")
    copy = verbs.add_parser("copy", help="save a copy without settings")
    copy.add_argument("picture", help="its id")
    copy.add_argument("target", type=Path)
    for verb, help_ in (("trash", "move to the trash"), ("restore", "back from the trash")):
        verbs.add_parser(verb, help=help_).add_argument("pictures", nargs="+", help="ids")
    purge = verbs.add_parser("purge", help="delete for good what lies in the trash")
    purge.add_argument("--days", type=float, default=30, help="trashed so long ago, at least")


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return ACTIONS[args.verb](studio, args)


def list_(studio: "Studio", args: Namespace) -> Outcome:
    """One page."""
    from studio.domain import GalleryQuery

    profile = studio.store.profiles.find(args.profile) if args.profile else None
    query = GalleryQuery.parse(
        {
            "words": " ".join(args.words),
            "profile_id": profile.id if profile else None,
            "model_id": args.model,
            "rating": args.rating,
            "trashed": args.trash,
        }
    )
    page = studio.images.page(query, args.before, args.limit)
    document = {
        "images": [summary(studio, image) for image in page.images],
        "next": page.next,
        "count": studio.images.count(query),
    }
    lines = [f"{i.id}  seed {i.seed:<10} {i.prompt[:60]}" for i in page.images]
    return Outcome(document, "\n".join(lines) or "No picture matches.")


def summary(studio: "Studio", image: "ImageRecord") -> dict[str, Any]:
    """A picture without its record."""
    values = image.model_dump(exclude={"record"})
    return {**values, "path": str(studio.images.file(image))}


def show(studio: "Studio", args: Namespace) -> Outcome:
    """One picture with its record."""
    image = studio.images.get(args.picture)
    document = {**summary(studio, image), "record": image.record}
    return Outcome(document, f"{document['path']}\n{image.prompt}\nseed {image.seed}")


def recall(studio: "Studio", args: Namespace) -> Outcome:
    """The request behind a picture."""
    from studio.cli.generate import recalled

    request = recalled(studio, args.picture)
    return Outcome(request.model_dump(mode="json"), request.model_dump_json(indent=2))


def copy(studio: "Studio", args: Namespace) -> Outcome:
    """Pixels alone."""
    path = studio.images.copy_without_settings(args.picture, args.target)
    return Outcome({"path": str(path)}, f"Saved {path} without settings.")


def trash(studio: "Studio", args: Namespace) -> Outcome:
    """Out of the gallery."""
    studio.images.trash(args.pictures)
    return Outcome({"trashed": args.pictures}, f"{len(args.pictures)} moved to the trash.")


def restore(studio: "Studio", args: Namespace) -> Outcome:
    """Back into the gallery."""
    studio.images.restore(args.pictures)
    return Outcome({"restored": args.pictures}, f"{len(args.pictures)} back in the gallery.")


def purge(studio: "Studio", args: Namespace) -> Outcome:
    """For good."""
    count = studio.images.purge(args.days)
    return Outcome({"deleted": count}, f"{count} deleted for good.")


ACTIONS = {
    "list": list_,
    "show": show,
    "recall": recall,
    "copy": copy,
    "trash": trash,
    "restore": restore,
    "purge": purge,
}
