"""`studio subject`: what you teach from photos."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import Outcome, WrongUsage

if TYPE_CHECKING:
    from pipelines.data.advice import Check
    from studio.context import Studio
    from studio.domain import Subject

NAME = "subject"
HELP = "what you teach from photos: create, check, pick, export …"
SIDE = 512  # pixels at which photos are checked where no model says otherwise


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")
    create = named(verbs, "create", "a new subject from photos")
    create.add_argument("--class", dest="class_word", metavar="WORD", help="what it is: dog, mug")
    create.add_argument("--photos", type=Path, required=True, metavar="DIR", help="or one file")
    create.add_argument("--no-mirror", action="store_true", help="it has text or two sides")
    named(verbs, "add", "more photos").add_argument("photos", type=Path, nargs="+", metavar="FILE")
    photo = named(verbs, "photo", "change one photo")
    photo.add_argument("number", type=int, metavar="NUMBER")
    photo.add_argument("--caption", help="what is to be seen; the subject by its name")
    photo.add_argument("--crop", type=box, metavar="L,T,R,B", help="pixels; “none” takes it back")
    photo.add_argument("--leave-out", choices=("yes", "no"), help="keep it, but do not train on it")
    photo.add_argument("--remove", action="store_true", help="delete it")
    check = named(verbs, "check", "how good the photos are, and what would make them better")
    check.add_argument("--model", help="id of the model that is to learn; see `studio models list`")
    check.add_argument("--apply-crops", action="store_true", help="take over the suggested crops")
    verbs.add_parser("list", help="all subjects")
    named(verbs, "show", "one subject: photos, snapshots")
    named(verbs, "pick", "use another snapshot").add_argument("step", metavar="STEP|ID")
    named(verbs, "clean", "delete all snapshots but the picked one")
    named(verbs, "rename", "give it another name").add_argument("to", metavar="TO")
    export = named(verbs, "export", "all of it as FILE.zip, or its LoRA as FILE.safetensors")
    export.add_argument("file", type=Path, metavar="FILE")
    imported = verbs.add_parser("import", help="a subject from such a zip file")
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--name", help="under another name")
    named(verbs, "delete", "delete for good, with photos and snapshots").add_argument(
        "--yes", action="store_true", help="without this, nothing is deleted"
    )


def named(verbs: Any, verb: str, about: str) -> ArgumentParser:
    """A sub-verb about one subject."""
    parser = verbs.add_parser(verb, help=about)
    parser.add_argument("name", metavar="NAME")
    return parser


def box(text: str) -> tuple[int, ...] | str:
    """“10,20,300,310” as four numbers."""
    if text == "none":
        return text
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdigit() for part in parts):
        raise ArgumentTypeError(f"“{text}” is no crop: left,top,right,bottom in pixels, or none")
    return tuple(int(part) for part in parts)


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio

    with build_studio() as studio:
        return VERBS[args.verb](studio, args)


def create(studio: "Studio", args: Namespace) -> Outcome:
    """A subject with all its photos; none is made if no photo can be used."""
    from studio.errors import InvalidInput

    files = files_of([args.photos])
    if args.class_word is None:
        words = ", ".join(f"{w} ({p:.0%})" for w, p in studio.subjects.guess_files(files))
        raise WrongUsage(f"What is it? Add --class WORD. My guesses: {words or 'none'}.")
    subject = studio.subjects.create(args.name, args.class_word, mirror=not args.no_mirror)
    try:
        added = studio.subjects.add_photos(subject.id, files)
        if not added.subject.photos:
            reasons = " ".join(refused.reason for refused in added.refused)
            raise InvalidInput(f"No photo in {args.photos} can be used. {reasons}".strip())
    except BaseException:
        studio.subjects.delete(subject.id)
        raise
    return shown(studio, added.subject, [refused.reason for refused in added.refused])


def add(studio: "Studio", args: Namespace) -> Outcome:
    """More photos."""
    added = studio.subjects.add_photos(args.name, files_of(args.photos))
    return shown(studio, added.subject, [refused.reason for refused in added.refused])


def photo(studio: "Studio", args: Namespace) -> Outcome:
    """One photo."""
    if args.remove:
        return shown(studio, studio.subjects.remove_photo(args.name, args.number))
    changes: dict[str, Any] = {}
    if args.caption is not None:
        changes["caption"] = args.caption
    if args.crop is not None:
        changes["crop"] = None if args.crop == "none" else args.crop
    if args.leave_out:
        changes["left_out"] = args.leave_out == "yes"
    return shown(studio, studio.subjects.edit_photo(args.name, args.number, **changes))


def check(studio: "Studio", args: Namespace) -> Outcome:
    """Score and advice."""
    card = studio.models.card(args.model)
    side = min(card.width, card.height)
    crops = studio.subjects.crops(args.name, side)
    if args.apply_crops:
        for number, crop in crops.items():
            studio.subjects.edit_photo(args.name, number, crop=crop)
    found = studio.subjects.check(args.name, side)
    crops = {} if args.apply_crops else crops
    document = {"model": card.id, "side": side, **check_document(found), "crops": crops}
    lines = [f"{found.score} of 100: {found.verdict}. A guide; it stops nothing."]
    lines += [f"+{one.points:2} {one.sentence}" for one in found.advice]
    if crops:
        numbers = ", ".join(map(str, crops))
        lines.append(f"Crops are suggested for photos {numbers}: --apply-crops takes them over.")
    return Outcome(document, "\n".join(lines))


def check_document(found: "Check") -> dict[str, Any]:
    """A check as plain data."""
    return {
        "score": found.score,
        "verdict": found.verdict,
        "photos": found.count,
        "parts": {name: round(points, 1) for name, points in found.parts.items()},
        "advice": [vars(one) for one in found.advice],
    }


def list_(studio: "Studio", args: Namespace) -> Outcome:
    """All subjects."""
    found = studio.subjects.all()
    lines = [f"{one.name:16} {one.class_word}, {len(one.photos)} photos" for one in found]
    return Outcome({"subjects": found}, "\n".join(lines))


def show(studio: "Studio", args: Namespace) -> Outcome:
    """One subject."""
    return shown(studio, studio.subjects.find(args.name))


def pick(studio: "Studio", args: Namespace) -> Outcome:
    """Another snapshot."""
    picked = studio.subjects.pick(args.name, args.step)
    return Outcome({"snapshot": picked}, f"Snapshot {picked.step} is used from now on.")


def clean(studio: "Studio", args: Namespace) -> Outcome:
    """Room."""
    freed = studio.subjects.clean(args.name)
    return Outcome({"freed": freed}, f"{freed / 1e6:.1f} MB freed.")


def rename(studio: "Studio", args: Namespace) -> Outcome:
    """Another name."""
    return shown(studio, studio.subjects.rename(args.name, args.to))


def export(studio: "Studio", args: Namespace) -> Outcome:
    """To a file."""
    path = studio.subject_files.export(args.name, args.file)
    return Outcome({"file": path}, str(path))


def import_(studio: "Studio", args: Namespace) -> Outcome:
    """From a file."""
    return shown(studio, studio.subject_files.import_file(args.file, args.name))


def delete(studio: "Studio", args: Namespace) -> Outcome:
    """For good."""
    subject = studio.subjects.find(args.name)
    if not args.yes:
        raise WrongUsage(f"“{subject.name}” would be deleted for good. Add --yes to do it.")
    gone = studio.subjects.delete(subject.id)
    return Outcome({"deleted": subject.name, "gone": gone}, f"Deleted: {gone}")


def shown(studio: "Studio", subject: "Subject", refused: Sequence[str] = ()) -> Outcome:
    """A subject with what belongs to it, and files that were left out."""
    snapshots = studio.subjects.snapshots(subject.id)
    document = {"subject": subject, "snapshots": snapshots, "refused": list(refused)}
    lines = [f"{subject.name}, a {subject.class_word}: {len(subject.photos)} photos"]
    for number, photo in enumerate(subject.photos, 1):
        about = f" “{photo.caption}”" if photo.caption else ""
        about += f" cropped to {photo.crop}" if photo.crop else ""
        about += " left out" if photo.left_out else ""
        lines.append(f"{number:3} {photo.width}×{photo.height}{about}")
    for shot in snapshots:
        mark = "*" if shot.id == subject.snapshot_id else " "
        scores = ", ".join(f"{name} {value:.2f}" for name, value in shot.scores.items())
        lines.append(f"{mark} snapshot {shot.step} for {shot.model_id} {scores}".rstrip())
    return Outcome(document, "\n".join([*lines, *refused]))


def files_of(places: Sequence[Path]) -> list[Path]:
    """Files as they are, and those in folders by their names; hidden ones are left alone.

    Raises:
        InvalidInput: a place is not there.
    """
    from studio.errors import InvalidInput

    files: list[Path] = []
    for place in places:
        if not place.exists():
            raise InvalidInput(f"{place} is not there. Give a folder with photos, or photos.")
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        files += [file for file in inside if file.is_file() and not file.name.startswith(".")]
    return files


VERBS: dict[str, Callable[["Studio", Namespace], Outcome]] = {
    "create": create,
    "add": add,
    "photo": photo,
    "check": check,
    "list": list_,
    "show": show,
    "pick": pick,
    "clean": clean,
    "rename": rename,
    "export": export,
    "import": import_,
    "delete": delete,
}
