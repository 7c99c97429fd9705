"""Where the work of a job happens: a child process, the warm worker, or a thread for tests.

    start(job, folder)   begin; says which process does it
    poll(job, folder)    how it ended, or None while it has not
    kill(job)            end it now, for when asking by a flag was not enough
    rest()               nothing to do now: what is kept warm may go after a while
    unload()             nothing to do now: what is kept warm goes
    close()              let go of everything; what still runs is ended

Asking politely needs no executor: flags in the folder do that (`JobFolder.raise_`).
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

import studio
from studio.domain import Job
from studio.jobs.folder import JobFolder, Outcome
from studio.jobs.reasons import died, interrupted
from studio.jobs.worker import run_folder

ROOT = Path(studio.__file__).parents[1]  # where a worker finds this package and its tests
SAME_START = 2.0  # seconds; the clock may have been set since, a reused pid is much younger
KILL_SECONDS = 5.0
# OpenMP threads that wait must not spin: beside a busy browser that makes torch five times slower.
PATIENT = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "PASSIVE"}


class Executor(Protocol):
    """A place where jobs are done."""

    def start(self, job: Job, folder: JobFolder) -> psutil.Process: ...
    def poll(self, job: Job, folder: JobFolder) -> Outcome | None: ...
    def kill(self, job: Job) -> None: ...
    def rest(self) -> None: ...
    def unload(self) -> None: ...
    def close(self) -> None: ...


def spawn(module: str, arguments: list[str], log: Path, **options) -> subprocess.Popen:
    """A child process running a module of ours, apart from the terminal's Ctrl+C."""
    apart = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # pyright: ignore
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=PATIENT | os.environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            **apart,
            **options,
        )


def find_process(job: Job) -> psutil.Process | None:
    """The process that does this job, if it is still that one and alive."""
    if job.pid is None or job.pid_started is None:
        return None
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(job.pid)
        same = abs(process.create_time() - job.pid_started) < SAME_START
        if same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def end(process: psutil.Process, patience: float = KILL_SECONDS) -> None:
    """End a process and what it started: politely, then not."""
    with suppress(psutil.NoSuchProcess):
        family = [*process.children(recursive=True), process]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.terminate()
        for member in psutil.wait_procs(family, timeout=patience)[1]:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        psutil.wait_procs(family, timeout=patience)


class LocalProcess:
    """A child process a job. It outlives a studio that crashes; the next one takes it up again."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen] = {}

    def start(self, job: Job, folder: JobFolder) -> psutil.Process:
        """Begin."""
        child = spawn("studio.jobs.worker", [str(folder.path)], folder.log)
        self._children[job.id] = child
        return psutil.Process(child.pid)

    def poll(self, job: Job, folder: JobFolder) -> Outcome | None:
        """The outcome that the worker wrote, or one that says how it died."""
        if find_process(job):
            return None
        child = self._children.pop(job.id, None)
        code = child.wait() if child else None
        outcome = folder.outcome()
        if outcome is None and code is None:
            return interrupted(job.progress)
        return outcome or died(job, folder.path, code or 0)

    def kill(self, job: Job) -> None:
        """End the process of this job."""
        if process := find_process(job):
            end(process)

    def rest(self) -> None:
        """Nothing is kept here."""

    def unload(self) -> None:
        """Nothing is kept here."""

    def close(self) -> None:
        """End what still runs."""
        for child in self._children.values():
            if child.poll() is None:
                end(psutil.Process(child.pid))
            child.wait()


class WarmProcess:
    """One long-lived child that does jobs one after another and keeps what they loaded.

    It is told a folder a line on its standard input; everything else goes through the folder, as
    with any worker. When that pipe closes, because we close it or because we died, it ends. To give
    memory back, it is ended: that returns all of it, which no unloading inside a process does.
    """

    def __init__(self, log: Path, idle_seconds: float = 600.0, patience: float = 10.0) -> None:
        self._log = log
        self._idle_seconds = idle_seconds
        self._patience = patience
        self._child: subprocess.Popen | None = None
        self._used = time.monotonic()

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self, job: Job, folder: JobFolder) -> psutil.Process:
        """Hand the folder over, to a new process if the last one is gone."""
        line = f"{folder.path}\n".encode()
        try:
            self._tell(line)
        except OSError:  # it died since we last looked
            self.unload()
            self._tell(line)
        assert self._child is not None
        return psutil.Process(self._child.pid)

    def poll(self, job: Job, folder: JobFolder) -> Outcome | None:
        """The outcome that the worker wrote, or one that says how it died."""
        self._used = time.monotonic()
        if self._child is None or self._child.pid != job.pid:  # of a studio before this one
            gone = not find_process(job)
            return folder.outcome() or (interrupted(job.progress) if gone else None)
        code = self._child.poll()
        outcome = folder.outcome()
        if code is None:
            return outcome
        self.unload()
        return outcome or died(job, folder.path, code)

    def kill(self, job: Job) -> None:
        """End the process; the next job gets a new one."""
        if process := find_process(job):
            end(process)

    def rest(self) -> None:
        """Give the memory back after a while without work."""
        if self._child and time.monotonic() - self._used > self._idle_seconds:
            self.unload()

    def unload(self) -> None:
        """End the process and with it everything that it keeps loaded."""
        if self._child is None:
            return
        child, self._child = self._child, None
        with suppress(OSError):
            child.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]
        try:
            child.wait(KILL_SECONDS)
        except subprocess.TimeoutExpired:
            end(psutil.Process(child.pid))
            child.wait()

    def close(self) -> None:
        """End the process."""
        self.unload()

    def _tell(self, line: bytes) -> None:
        if self.pid is None:
            self.unload()
            patience = str(self._patience)
            self._child = spawn("studio.jobs.warm", [patience], self._log, stdin=subprocess.PIPE)
        pipe = self._child.stdin  # pyright: ignore[reportOptionalMemberAccess]
        pipe.write(line)  # pyright: ignore[reportOptionalMemberAccess]
        pipe.flush()  # pyright: ignore[reportOptionalMemberAccess]


class InProcess:
    """A thread of this process, for tests that have no need of another one."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}

    def start(self, job: Job, folder: JobFolder) -> psutil.Process:
        """Begin."""
        thread = threading.Thread(target=run_folder, args=(folder, {}), name=job.id, daemon=True)
        self._threads[job.id] = thread
        thread.start()
        return psutil.Process(os.getpid())

    def poll(self, job: Job, folder: JobFolder) -> Outcome | None:
        """The outcome, once the thread has ended."""
        if self._threads[job.id].is_alive():
            return None
        return folder.outcome() or died(job, folder.path, 1)

    def kill(self, job: Job) -> None:
        """A thread cannot be ended from outside; flags have to do."""

    def rest(self) -> None:
        """Nothing is kept here."""

    def unload(self) -> None:
        """Nothing is kept here."""

    def close(self) -> None:
        """Wait for what still runs; it was asked to stop."""
        for thread in self._threads.values():
            thread.join()
