"""Why a job ended badly, in sentences for the person: what happened, and what to do."""

import errno
import shutil
import signal
from pathlib import Path

from pipelines.errors import PipelineError
from studio.domain import Job, JobState, Progress
from studio.errors import StudioError
from studio.jobs.folder import Outcome

NO_ROOM = 28  # a worker's exit status when not even the outcome could be written; as errno says it
SMALLER = "Close other programs or choose smaller settings, then try again."


def reason_of(error: BaseException, job: Job, home: Path) -> str:
    """Why an error ended a job: our own sentences as they are, for others one of ours."""
    if isinstance(error, PipelineError | StudioError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(job, home)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return f"Not enough memory for “{job.title}”. {SMALLER}"
    return (
        f"“{job.title}” stopped because of an error in the studio ({type(error).__name__}). "
        "The log says more."
    )


def disk_full(job: Job, home: Path) -> str:
    """The disk is full."""
    free = shutil.disk_usage(home).free / 1e9
    return (
        f"“{job.title}” stopped: the disk is full ({free:.1f} GB free). Free some, then try again."
    )


def died(job: Job, folder: Path, code: int) -> Outcome:
    """The process ended with this exit status and left no outcome."""
    reason = f"The process of “{job.title}” ended without a result"
    if code == NO_ROOM:
        reason = disk_full(job, folder)
    elif code == -9:
        reason += f" (killed, signal 9): most often the memory ran out. {SMALLER}"
    elif code < 0:
        reason += f" (signal {-code}, {signal.strsignal(-code)}). Try again; the log says more."
    else:
        reason += f" (exit status {code}). Try again; the log says more."
    return Outcome(state=JobState.FAILED, reason=reason)


def interrupted(at: Progress) -> Outcome:
    """The process is gone, and nobody saw it end."""
    place = f" at step {at.step} of {at.total}" if at.total else ""
    reason = f"Stopped{place}: the studio or the computer was switched off. Try again."
    return Outcome(state=JobState.INTERRUPTED, reason=reason)
