"""`studio jobs`: what runs, what waits, what became of it."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from studio.cli import Outcome
from studio.cli.progress import show_progress

if TYPE_CHECKING:
    from studio.domain import Job
    from studio.services.jobs import JobService

NAME = "jobs"
HELP = "list, show, stop, pause and repeat long work"
DONE = {
    "cancel": "Cancelling",
    "pause": "Pausing",
    "resume": "Going on with",
    "retry": "Trying again",
    "remove": "Forgot",
}


def add_arguments(parser: ArgumentParser) -> None:
    """One sub-verb an action; a job is named by its id."""
    verbs = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = verbs.add_parser("list", help="all jobs, newest first")
    listing.add_argument("--active", action="store_true", help="only what waits, runs or is paused")
    listing.add_argument("--limit", type=int, default=100, help="how many at most (100)")
    listing.set_defaults(act=list_jobs)
    for name, text, act in (
        ("show", "one job, with its result", show),
        ("log", "the last lines of its log", show_log),
        ("wait", "wait until it has ended", wait),
        ("cancel", "stop it at its next step", change),
        ("pause", "hold it at its next step", change),
        ("resume", "let a paused one go on", change),
        ("retry", "do one again that ended badly", change),
        ("remove", "forget one that has ended", change),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("id", help="id of the job, see `studio jobs list`")
        if name == "log":
            verb.add_argument("--lines", type=int, default=40, help="how many (40)")
        verb.set_defaults(act=act, verb=name)


def run(args: Namespace) -> Outcome:
    """Open the studio and do it."""
    from studio.context import build_studio

    with build_studio() as studio:
        return args.act(studio.jobs, args)


def list_jobs(jobs: "JobService", args: Namespace) -> Outcome:
    """A line a job."""
    found = jobs.active()[::-1][: args.limit] if args.active else jobs.all(limit=args.limit)
    lines = [line(job) for job in found]
    return Outcome({"jobs": found}, "\n".join(lines) or "No jobs yet.")


def show(jobs: "JobService", args: Namespace) -> Outcome:
    """Everything about one job."""
    job = jobs.show(args.id)
    details = [f"  {name}: {value}" for name, value in job.result.items()]
    return Outcome({"job": job, "folder": jobs.folder(job.id)}, "\n".join([line(job), *details]))


def show_log(jobs: "JobService", args: Namespace) -> Outcome:
    """The tail of the log."""
    lines = jobs.log(args.id, args.lines)
    return Outcome({"id": args.id, "log": lines}, "\n".join(lines) or "Nothing was logged.")


def wait(jobs: "JobService", args: Namespace) -> Outcome:
    """Follow it on stderr until it has ended."""
    job = jobs.wait(args.id, show_progress)
    return Outcome({"job": job}, line(job))


def change(jobs: "JobService", args: Namespace) -> Outcome:
    """Cancel, pause, resume, retry or remove."""
    job = jobs.show(args.id)
    getattr(jobs, args.verb)(args.id)
    if args.verb == "remove":
        return Outcome({"removed": args.id}, f"{DONE[args.verb]} “{job.title}”.")
    return Outcome({"job": jobs.show(args.id)}, f"{DONE[args.verb]} “{job.title}”.")


def line(job: "Job") -> str:
    """A job in a line: id, title, state, how far, why."""
    at = job.progress
    parts = [job.id, job.title, job.state.value]
    if at.total and not job.state.is_final:
        parts.append(f"step {at.step} of {at.total}")
    if at.seconds_left and not job.state.is_final:
        parts.append(f"about {at.seconds_left:.0f} s left")
    if job.reason:
        parts.append(job.reason)
    return "  ".join(parts)
