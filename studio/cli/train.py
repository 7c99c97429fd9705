"""`studio train subject NAME`: teach a subject; the job goes on unless `--wait` is stopped."""

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

from studio.cli import Outcome
from studio.cli.progress import show_progress

NAME = "train"
HELP = "teach a subject from its photos"


def add_arguments(parser: ArgumentParser) -> None:
    """What to train, and how."""
    what = parser.add_subparsers(title="what", metavar="WHAT", required=True, dest="what")
    subject = what.add_parser("subject", help="a DreamBooth LoRA from the photos of a subject")
    subject.add_argument("name", metavar="NAME")
    subject.add_argument(
        "--preset", default="fast", help="fast, balanced, quality … (default: fast)"
    )
    subject.add_argument("--model", help="id of a model; see `studio models list`")
    subject.add_argument("--steps", type=int, help="instead of the preset's")
    subject.add_argument("--every", type=int, metavar="N", help="a snapshot every N steps")
    subject.add_argument("--seed", type=int, default=0)
    subject.add_argument(
        "--prompt", action="append", dest="prompts", metavar="TEXT", help="a sample; repeatable"
    )
    subject.add_argument(
        "--set",
        action="append",
        type=setting,
        default=[],
        metavar="FIELD=VALUE",
        help="change a setting of the preset: rank=8, loop.lr=2e-4; repeatable",
    )
    subject.add_argument("--wait", action="store_true", help="until it is done; Ctrl+C stops it")


def setting(text: str) -> dict[str, Any]:
    """“loop.lr=2e-4” as {"loop": {"lr": 0.0002}}."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"“{text}” is no setting: FIELD=VALUE")
    try:
        read: Any = json.loads(value)
    except ValueError:
        read = value  # a word
    first, *inner = name.split(".")
    for part in reversed(inner):
        read = {part: read}
    return {first: read}


def run(args: Namespace) -> Outcome:
    """Submit the training, and wait for it if asked to."""
    from studio.context import build_studio
    from studio.lock import running
    from studio.services.training import TrainingRequest

    values = {"subject": args.name, "preset": args.preset, "model": args.model}
    values |= {"steps": args.steps, "every": args.every, "seed": args.seed}
    values |= {"prompts": args.prompts, "settings": together(args.set)}
    request = TrainingRequest.parse(values)
    with build_studio() as studio:
        job = studio.jobs.submit(studio.training.job(request))
        if not args.wait:
            where = "is in the queue" if running(studio.paths) else "waits for a studio"
            told = f"{job.title}: job {job.id} {where}. `studio jobs show {job.id}`"
            return Outcome({"job": job.id, "state": job.state}, told)
        done = studio.jobs.wait(job.id, show_progress)
        picked = studio.subjects.picked(studio.subjects.find(job.params["subject"]))
    result = {"job": done.id, "state": done.state, **done.result}
    result["picked"] = picked.step if picked else None
    return Outcome(result, f"{job.title} is done. Snapshot {result['picked']} is used.")


def together(settings: list[dict[str, Any]]) -> dict[str, Any]:
    """Several settings as one; those of the loop side by side."""
    merged: dict[str, Any] = {}
    for one in settings:
        for name, value in one.items():
            known = merged.get(name)
            if isinstance(known, dict) and isinstance(value, dict):
                merged[name] = {**known, **value}
            else:
                merged[name] = value
    return merged
