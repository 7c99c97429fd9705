"""Progress of a job on a terminal: one line on stderr that is written over."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.domain import Job


def show_progress(job: "Job") -> None:
    """Say how far a job is; nothing where nobody looks."""
    if not job.progress.text or not sys.stderr.isatty():
        return
    share = f"{100 * job.progress.step // job.progress.total} % " if job.progress.total else ""
    print(f"\r\033[K{share}{job.progress.text}", end="", file=sys.stderr, flush=True)
    if job.state.is_final:
        print(file=sys.stderr)
