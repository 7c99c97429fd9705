"""`studio models`: base models, and the language model that reads comments."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.cli.progress import show_progress

if TYPE_CHECKING:
    from studio.services.models import ModelLine

NAME = "models"
HELP = "list, add and choose models"


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="verb")
    verbs.add_parser("list", help="all models and whether they can be used here")
    use = verbs.add_parser("use", help="make pictures with this model from now on")
    use.add_argument("model", help="its id")
    add = verbs.add_parser("add", help="add a diffusers folder; nothing is copied")
    add.add_argument("folder", type=Path)
    add.add_argument("--id", help="what to call it; the folder's name by default")
    remove = verbs.add_parser("remove", help="forget a model that you added; files stay")
    remove.add_argument("model", help="its id")
    verify = verbs.add_parser("verify", help="compare its files with the hashes on its card")
    verify.add_argument("model", help="its id")
    pull = verbs.add_parser("pull", help="get the language model that reads comments, 1.1 GB")
    pull.add_argument("what", choices=("llm",))
    pull.add_argument("--id", default="", help="another language model than the default")


def run(args: Namespace) -> Outcome:
    """Do one action."""
    from studio.context import build_studio
    from studio.services.readers import pull_request

    with build_studio() as studio:
        models = studio.models
        if args.verb == "list":
            lines = models.all()
            return Outcome([asdict(line) for line in lines], "\n".join(map(describe, lines)))
        if args.verb == "use":
            card = models.use(args.model)
            return Outcome({"in_use": card.id}, f"Pictures are made with {card.name} now.")
        if args.verb == "add":
            card = models.add_folder(args.folder, args.id)
            return Outcome({"added": card.id, "family": card.family}, f"Added {card.id}.")
        if args.verb == "remove":
            models.remove(args.model)
            return Outcome({"removed": args.model}, f"Removed {args.model}; its files stay.")
        if args.verb == "pull":
            job = studio.jobs.submit(pull_request(args.id))
            result = studio.jobs.wait(job.id, show_progress).result
            return Outcome(result, f"{result['path']} is ready.")
        card = models.verify(args.model)
        return Outcome(
            {"verified": card.id, "files": len(card.sha256)},
            f"{card.name}: {len(card.sha256)} files are as its card says.",
        )


def describe(line: "ModelLine") -> str:
    """A model in one line."""
    state = "in use" if line.in_use else "ready" if line.present else "files missing"
    size = f"{line.width}×{line.height} px, {line.disk / 1e6:.0f} MB, {line.licence}"
    return f"{line.id:<20} {state:<14} {line.family:<8} {size}"
