"""Comments that a slow reader reads as a job: started, followed and told on Rate and on Profile."""

from contextlib import suppress

from studio.context import Studio
from studio.domain import Job, JobState, now
from studio.errors import Busy, InvalidInput
from studio.services.conversation import ENOUGH
from studio.services.profiles import LEARN, LEARN_ELSEWHERE
from studio.services.readings import BUILT_IN
from studio.ui.components.reading import ReadingAsk, ReadingState
from studio.ui.doors import Answer
from studio.ui.events import shown
from studio.ui.pages import ProfileId
from studio.ui.strings import text

WORTH = 4  # comments for which a reader is loaded without being asked
TOLD_SECONDS = 600  # how long a reading that was stopped is still spoken of


class Reading:
    """The readings of all profiles; at most one of each is under way."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @property
    def backend(self) -> str:
        """The reader chosen in the settings."""
        return self._studio.settings.extractor

    def latest(self, profile: str) -> Job | None:
        """The newest reading of this profile."""
        jobs = [
            job for kind in (LEARN, LEARN_ELSEWHERE) for job in self._studio.jobs.all(kind=kind)
        ]
        own = (job for job in jobs if job.profile_id == profile)
        return max(own, key=lambda job: job.created, default=None)

    def start(self, profile: str) -> Job:
        """Let the chosen reader read, unless it does already."""
        latest = self.latest(profile)
        if latest is not None and not latest.state.is_final:
            return latest
        return self._studio.jobs.submit(self._studio.profiles.learning(profile, self.backend))

    def after_comment(self, profile: str, comments: int) -> None:
        """With eight comments, and then every few, a slow reader reads by itself. After a failure
        it is the person's turn: the next comment would only fail again."""
        if self.backend == BUILT_IN or comments < ENOUGH:
            return
        latest = self.latest(profile)
        if latest is not None and latest.state is not JobState.DONE:
            return
        if self._studio.profiles.unread(profile, self.backend) >= WORTH:
            self.start(profile)

    def read(self, asked: ReadingAsk) -> Answer:
        """Do what a button says."""
        latest = self.latest(asked.profile)
        if asked.do == "again":
            if self.backend == BUILT_IN:
                raise InvalidInput(text("profile.read_basic"))
            self.start(asked.profile)
        elif latest is not None:
            with suppress(Busy):  # it ended in this very moment
                self._studio.jobs.cancel(latest.id)
        return {"reading": shown(self.state(asked.profile))}

    # ------------------------------------------------------------------- in words

    def state(self, profile: ProfileId) -> ReadingState:
        """What the page says about it."""
        job = self.latest(profile) if profile else None
        if job is None:
            return ReadingState(profile=profile)
        total = job.progress.total
        return ReadingState(
            profile=profile,
            job=job.id,
            active=not job.state.is_final,
            text=self.sentence(job),
            bad=job.state in (JobState.FAILED, JobState.INTERRUPTED) and self.matters(job),
            fraction=min(1.0, job.progress.step / total)
            if total and not job.state.is_final
            else None,
        )

    def sentence(self, job: Job) -> str:
        """How far it is, how it went, or why it did not."""
        profile, reader = str(job.profile_id), str(job.params["backend"])
        unread = self._studio.profiles.unread(profile, reader)
        version = self._studio.profiles.version(profile)
        match job.state:
            case JobState.RUNNING | JobState.PAUSED if job.progress.total:
                return job.progress.text
            case JobState.WAITING | JobState.RUNNING | JobState.PAUSED:
                named = text(f"reading.{reader.replace('-', '_')}")
                return text("reading.begins", n=unread, reader=named)
            case JobState.DONE if version.number == job.result.get("version"):
                return text("reading.done", version=version.number, note=job.result["note"])
            case JobState.CANCELLED if now() - (job.finished or 0.0) < TOLD_SECONDS:
                return text("reading.stopped", version=version.number)
            case JobState.FAILED | JobState.INTERRUPTED if self.matters(job):
                return text("reading.failed", reason=job.reason, n=unread)
            case _:
                return ""

    def matters(self, job: Job) -> bool:
        """Whether the reader that failed is still the chosen one."""
        return job.params["backend"] == self.backend
