"""`studio generate`: pictures of a prompt, of a batch of prompts, or one made again."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.cli import Outcome, WrongUsage
from studio.cli.progress import show_progress

if TYPE_CHECKING:
    from studio.context import Studio
    from studio.domain import Job
    from studio.services.generation import GenerationRequest

NAME = "generate"
HELP = "make pictures, in somebody's taste or plain"
GIVEN = (  # options that have the name of the field they set
    "profile",
    "subject",
    "strength",
    "form",
    "negative_prompt",
    "seed",
    "steps",
    "guidance",
    "guidance_rescale",
    "sampler",
    "width",
    "height",
    "model",
)


def add_arguments(parser: ArgumentParser) -> None:
    """A prompt, `--batch` or `--recall`; the options are the fields of a batch line."""
    parser.add_argument(
        "prompt", nargs="?", help="{red|blue} makes one of each, (word:1.2) counts more"
    )
    parser.add_argument("--batch", type=Path, metavar="FILE", help="JSONL, one generation a line")
    parser.add_argument("--recall", metavar="ID|PNG", help="make a picture again, exactly")
    parser.add_argument("--profile", help="name or id of a profile")
    parser.add_argument(
        "--subject", action="append", metavar="NAME[:WEIGHT]", help="what you taught; repeatable"
    )
    parser.add_argument("--strength", type=float, help="of the taste, 0 to 1; the profile's own")
    parser.add_argument("--form", choices=("two-pass", "embedding"), help="how taste enters")
    parser.add_argument("--compare", action="store_true", help="also without taste, same seeds")
    parser.add_argument("--sweep", action="store_true", help="strengths 0, 0.25, 0.5, 0.75, 1")
    parser.add_argument("--negative-prompt", help="what to avoid")
    parser.add_argument("-n", type=int, default=1, help="how many pictures")
    parser.add_argument("--seed", type=int, help="picture i has seed + i")
    parser.add_argument("--steps", type=int, help="denoising steps")
    parser.add_argument("--guidance", type=float, help="how hard the prompt pulls")
    parser.add_argument("--guidance-rescale", type=float, help="0 to 1; less burnt colours")
    parser.add_argument("--sampler", choices=("ddim", "euler", "dpm++ 2m"))
    parser.add_argument("--width", type=int, help="pixels")
    parser.add_argument("--height", type=int, help="pixels")
    parser.add_argument("--model", help="id of a model; see `studio models list`")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write the pictures")
    parser.add_argument("--no-metadata", action="store_true", help="no settings in the files")


def run(args: Namespace) -> Outcome:
    """Make the pictures and wait for them."""
    if sum(bool(given) for given in (args.prompt, args.batch, args.recall)) != 1:
        raise WrongUsage("studio generate needs a PROMPT, --batch FILE or --recall PICTURE.")
    from studio.context import build_studio

    with build_studio() as studio:
        if args.batch:
            return batch(studio, args)
        job = finished(studio, asked(studio, args))
    return Outcome(job.result, "\n".join(image["path"] for image in job.result["images"]))


def batch(studio: "Studio", args: Namespace) -> Outcome:
    """Every line of a file, in order, by one worker with the model loaded once."""
    from studio.services.generation import request_from

    folder = out_folder(args)
    requests = [request_from(line, folder, not args.no_metadata) for line in read_lines(args.batch)]
    jobs = [studio.generation.job(request) for request in requests]  # all are checked before any
    results = [finished_job(studio, job).result for job in [studio.jobs.submit(j) for j in jobs]]
    paths = [image["path"] for result in results for image in result["images"]]
    return Outcome({"results": results}, "\n".join(paths))


def asked(studio: "Studio", args: Namespace) -> "GenerationRequest":
    """The request that the options mean."""
    from studio.services.generation import SWEEP, request_from

    folder, metadata = out_folder(args), not args.no_metadata
    if args.recall:
        request = recalled(studio, args.recall)
        if studio.generation.is_outdated(request):
            said = f"{args.recall} was made with other weights of this model, so this one differs."
            print(said, file=sys.stderr)
        return request.model_copy(update={"folder": folder, "metadata": metadata})
    given = {name: getattr(args, name) for name in GIVEN if getattr(args, name) is not None}
    request = request_from({"prompt": args.prompt, "n": args.n, **given}, folder, metadata)
    if args.sweep:
        return request.model_copy(update={"strengths": SWEEP})
    if args.compare:
        profile = studio.store.profiles.find(request.profile) if request.profile else None
        strength = args.strength if args.strength is not None else profile and profile.strength
        return request.model_copy(update={"strengths": (0.0, strength or 0.0)})
    return request


def recalled(studio: "Studio", picture: str) -> "GenerationRequest":
    """From a file if there is one of this name, else from the gallery."""
    path = Path(picture)
    return studio.images.recall_file(path) if path.exists() else studio.images.recall(picture)


def finished(studio: "Studio", request: "GenerationRequest") -> "Job":
    """Submit a request and wait for it."""
    return finished_job(studio, studio.jobs.submit(studio.generation.job(request)))


def finished_job(studio: "Studio", job: "Job") -> "Job":
    """Wait for a job, with its progress on stderr."""
    return studio.jobs.wait(job.id, show_progress)


def out_folder(args: Namespace) -> str | None:
    """`--out` as the service takes it."""
    return str(args.out.absolute()) if args.out else None


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The lines of a batch file.

    Raises:
        InvalidInput: a line is no JSON object; the message names it.
    """
    from studio.errors import InvalidInput

    try:
        texts = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.") from error
    lines = []
    for number, text in enumerate(texts, start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"Line {number} of {file.name} is no JSON: {error}.") from error
        if not isinstance(line, dict):
            raise InvalidInput(f"Line {number} of {file.name} is no object with a prompt.")
        lines.append(line)
    return lines
