"""Starts jobs when they may, and stops them with the studio. Runs in whoever holds the lock.

Its loop must outlive any surprise: a full disk or a database that is busy for a while is logged and
met again at the next tick, with the truth still in the job folders.
"""

import logging
import threading
import time
from collections.abc import Container, Mapping

from studio.domain import Job, JobState, Progress, now
from studio.jobs.executors import Executor, LocalProcess, WarmProcess
from studio.jobs.folder import Flag, JobFolder, Outcome, Spec
from studio.jobs.follow import Follower
from studio.jobs.kinds import KINDS, Kind
from studio.jobs.reconcile import BEGUN, finish, reconcile
from studio.jobs.rules import Do, Seen, decide
from studio.paths import Paths
from studio.store.jobs import Jobs

TICK_SECONDS = 0.1
IDLE_TICK_SECONDS = 0.5  # jobs of other processes are rows: this is how late we may see them
CLOSE_SECONDS = 5.0

log = logging.getLogger(__name__)


class Scheduler:
    """Use it as a context manager: it works inside the block, and on leaving it stops its jobs.

    With `own`, it starts and stops these jobs only: a CLI call minds its own business. It follows
    all that run, whoever began them, since nobody else does.
    """

    def __init__(
        self,
        jobs: Jobs,
        paths: Paths,
        kinds: Mapping[str, Kind] = KINDS,
        *,
        process: Executor | None = None,
        warm: Executor | None = None,
        own: Container[str] | None = None,
    ) -> None:
        self._jobs = jobs
        self._paths = paths
        self._kinds = kinds
        self._process = process or LocalProcess()
        self._warm = warm or WarmProcess(paths.logs / "generation-worker.log")
        self._own = own
        self._follower = Follower(jobs, paths, self._executor)
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._unload = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def __enter__(self) -> "Scheduler":
        reconcile(self._jobs, self._paths)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.set()
        self._wake.set()
        self._thread.join()
        try:
            self._stop_all()
        finally:
            self._process.close()
            self._warm.close()

    def wake(self) -> None:
        """Look at the queue now: something was added or changed."""
        self._wake.set()

    def unload(self) -> None:
        """Give back the memory of the warm worker as soon as it has nothing to do."""
        self._unload.set()
        self._wake.set()

    def _loop(self) -> None:
        while not self._closing.is_set():
            active = True
            try:
                active = self._tick()
            except Exception:
                log.exception("The scheduler met an error and goes on")
            self._wake.wait(TICK_SECONDS if active else IDLE_TICK_SECONDS)
            self._wake.clear()

    def _tick(self) -> bool:
        """Follow what has begun, then start what may. True while there is something to follow."""
        begun = self._begun()
        self._follower.drop_others(begun)
        for job in begun:
            self._follower.look(job)
        active = [self._seen(job) for job in self._jobs.active() if self._concerns_us(job)]
        for step, seen in decide(active):
            self._do(step, seen)
        self._let_rest(active)
        return bool(active)

    def _begun(self) -> list[Job]:
        """Jobs that have a process, as far as we know."""
        begun = [job for job in self._jobs.active() if job.kind in self._kinds]
        return [j for j in begun if j.pid is not None or j.state is JobState.RUNNING]

    def _concerns_us(self, job: Job) -> bool:
        return job.kind in self._kinds and (self._is_ours(job) or job.state in BEGUN)

    def _is_ours(self, job: Job) -> bool:
        return self._own is None or job.id in self._own

    def _seen(self, job: Job) -> Seen:
        folder = self._folder(job)
        return Seen(
            job,
            self._kinds[job.kind],
            paused=folder.is_up(Flag.PAUSE) or (job.state is JobState.PAUSED and job.pid is None),
            yielding=folder.is_up(Flag.YIELD),
        )

    def _folder(self, job: Job) -> JobFolder:
        return JobFolder(self._paths.jobs / job.id)

    def _executor(self, job: Job) -> Executor:
        return self._warm if self._kinds[job.kind].warm else self._process

    def _do(self, step: Do, seen: Seen) -> None:
        folder = self._folder(seen.job)
        match step:
            case Do.START:
                self._start(seen.job, folder)
            case Do.HOLD:
                folder.raise_(Flag.YIELD)
            case Do.GO_ON:
                folder.lower(Flag.YIELD)

    def _start(self, job: Job, folder: JobFolder) -> None:
        """The folder is made before the row says RUNNING: from then on a flag may be raised."""
        function = self._kinds[job.kind].function
        folder.prepare(Spec(job=job, function=function, home=str(self._paths.home)))
        taken = self._jobs.move(
            job.id, (JobState.WAITING,), JobState.RUNNING, started=now(), progress=Progress()
        )
        if taken is None:  # cancelled meanwhile
            return
        try:
            process = self._executor(job).start(taken, folder)
        except Exception as error:
            log.exception("Job %s could not be started", job.id)
            reason = f"“{job.title}” could not be started ({type(error).__name__}: {error})."
            finish(self._jobs, taken, Outcome(state=JobState.FAILED, reason=reason))
            return
        self._follower.begin(taken, process)

    def _let_rest(self, active: list[Seen]) -> None:
        if any(seen.kind.warm for seen in active):
            return
        if self._unload.is_set():
            self._unload.clear()
            self._warm.unload()
        self._warm.rest()

    def _stop_all(self) -> None:
        """Ask our jobs to stop, give them a moment, then end them. Others may go on."""
        ours, others = [], []
        for job in self._begun():
            (ours if self._is_ours(job) else others).append(job)
        for job in others:
            self._folder(job).lower(Flag.YIELD)
        for job in ours:
            self._folder(job).raise_(Flag.STOP)
        deadline = time.monotonic() + CLOSE_SECONDS
        while ours and time.monotonic() < deadline:
            for job in ours:
                self._follower.look(job)
            ids = {job.id for job in ours}
            ours = [job for job in self._begun() if job.id in ids]
            time.sleep(TICK_SECONDS / 2)
        for job in ours:
            self._executor(job).kill(job)
            reason = "The studio was closed in the middle of a step. Try again."
            told = Outcome(state=JobState.INTERRUPTED, reason=reason)
            finish(self._jobs, job, self._folder(job).outcome() or told)
