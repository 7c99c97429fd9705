"""Watching a training, and picking what it learnt."""

from collections.abc import Sequence
from pathlib import Path

from studio.context import Studio
from studio.domain import Job, JobState, Snapshot, Subject
from studio.errors import NotFound
from studio.services.training import Point, Shown, Training
from studio.ui.components.teaching import ActOn, Deed, Do, Sample, Shot, UseShot, Watch
from studio.ui.doors import Answer
from studio.ui.pages.jobs import sentence_of
from studio.ui.strings import text

DRAWN = 160  # points of a curve; more cannot be told apart
SCORES = ("likeness", "prompt")  # diversity needs more than one sample a prompt
SMOOTHED = 0.9  # share of the mean so far that a point keeps


class TrainWatch:
    """Handlers about the trainings of one subject."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def watch(self, subject_id: str | None) -> Watch:
        """The newest training of a subject, or what is kept of it."""
        if subject_id is None:
            return Watch()
        subject = self._studio.subjects.find(subject_id)
        job = next(iter(self._studio.training.jobs(subject)), None)
        job_id = job.id if job else self._last_kept(subject)
        if job_id is None:
            return Watch(subject=subject.id)
        return self._described(subject, job_id, job)

    def _last_kept(self, subject: Subject) -> str | None:
        """The training of the newest snapshot: jobs are forgotten after a month, it is not."""
        ids = [shot.job_id for shot in self._studio.subjects.snapshots(subject.id) if shot.job_id]
        return ids[-1] if ids else None

    def _described(self, subject: Subject, job_id: str, job: Job | None) -> Watch:
        try:
            kept = self._studio.training.show(subject, job_id)
        except NotFound:  # it has not begun
            kept = Training(job_id, (), (), ())
        prompts = job.params["prompts"] if job else ()
        last = kept.curve[-1] if kept.curve else None
        return Watch(
            subject=subject.id,
            job=job_id,
            title=job.title if job else text("train.taught", name=subject.name),
            state=job.state.value if job else JobState.DONE.value,
            label=text(f"jobs.state_{job.state.value}") if job else text("jobs.state_done"),
            text=self._sentence(subject, job, kept),
            bad=bool(job) and job.state in (JobState.FAILED, JobState.INTERRUPTED),
            fraction=fraction(job),
            buttons=deeds(job),
            facts=facts(kept.curve),
            total=max(job.progress.total if job else 0, last.step if last else 0, 1),
            loss=smooth(kept.curve, "loss"),
            prior=smooth(kept.curve, "prior"),
            base=samples(subject, job_id, kept.base, prompts),
            shots=tuple(shot_of(subject, shown, prompts) for shown in kept.snapshots),
        )

    def _sentence(self, subject: Subject, job: Job | None, kept: Training) -> str:
        """“Momo is ready. Snapshot 400 is used.” and what else there is to say."""
        if job is None or job.state is JobState.DONE:
            picked = self._studio.subjects.picked(subject)
            if picked is None:
                return text("train.ready_unused", name=subject.name)
            return text("train.ready", name=subject.name, step=picked.step)
        if job.state is JobState.CANCELLED and kept.snapshots:
            step = kept.snapshots[-1].snapshot.step
            return text("train.stopped", step=step)
        return sentence_of(self._studio, job)

    # -------------------------------------------------------------------- doors

    def act(self, asked: ActOn) -> Answer:
        """Pause, resume, stop, repeat, or the log."""
        jobs = self._studio.jobs
        match asked.do:
            case "pause":
                jobs.pause(asked.job)
            case "resume":
                jobs.resume(asked.job)
            case "cancel":
                jobs.cancel(asked.job)
                return {"said": text("train.stopping")}
            case "retry":
                jobs.retry(asked.job)
            case "log":
                return {"log": "\n".join(jobs.log(asked.job)) or text("jobs.no_log")}
        return {}

    def use(self, asked: UseShot) -> Answer:
        """Pictures are made with this snapshot from now on."""
        picked = self._studio.subjects.pick(asked.subject, asked.snapshot)
        subject = self._studio.subjects.find(asked.subject)
        return {
            "said": text("train.now_used", step=picked.step, name=subject.name),
            "prompt": text("train.first_prompt", name=subject.name),
        }


def deeds(job: Job | None) -> tuple[Deed, ...]:
    """What can be done with a training in its state."""
    names: dict[JobState, tuple[Do, ...]] = {
        JobState.WAITING: ("cancel",),
        JobState.RUNNING: ("pause", "cancel", "log"),
        JobState.PAUSED: ("resume", "cancel", "log"),
        JobState.DONE: ("log",),
    }
    if job is None:
        return ()
    labels = {"cancel": text("train.stop"), "retry": text("train.go_on")}
    return tuple(
        Deed(
            do=name,
            label=labels.get(name) or text(f"jobs.{name}"),
            main=name in ("resume", "retry"),
        )
        for name in names.get(job.state, ("retry", "log"))
    )


def fraction(job: Job | None) -> float | None:
    """How far it is while it is under way."""
    if job is None or job.state.is_final or not job.progress.total:
        return None
    return min(1.0, job.progress.step / job.progress.total)


def facts(curve: Sequence[Point]) -> str:
    """“loss 0.081, 0.4 s a step, learning rate 0.0001”"""
    if not curve:
        return ""
    recent = curve[-20:]
    pace = sum(point.seconds for point in recent) / len(recent)
    loss = smooth(curve, "loss")[-1][1]
    return text("train.facts", loss=f"{loss:.3f}", pace=f"{pace:.2g}", lr=f"{curve[-1].lr:.2g}")


def smooth(curve: Sequence[Point], part: str) -> tuple[tuple[int, float], ...]:
    """A running mean of the loss or of one of its parts, thinned to what a chart can show."""
    points, mean = [], None
    for point in curve:
        value = point.loss if part == "loss" else point.parts.get(part)
        if value is None:
            continue
        mean = value if mean is None else SMOOTHED * mean + (1 - SMOOTHED) * value
        points.append((point.step, round(mean, 5)))
    step = -(-len(points) // DRAWN) or 1
    return tuple(points[::-1][::step][::-1])


def samples(
    subject: Subject, job_id: str, files: Sequence[Path], prompts: Sequence[str]
) -> tuple[Sample, ...]:
    """Sample pictures with the prompts that the person wrote."""
    place = f"/studio/subject/{subject.id}/sample/{job_id}"
    return tuple(
        Sample(url=f"{place}/{file.stem}", alt=alt_of(file, prompts, subject)) for file in files
    )


def alt_of(file: Path, prompts: Sequence[str], subject: Subject) -> str:
    """The prompt of a sample, which its number leads to."""
    number = int(file.stem.rpartition("-")[2])
    return prompts[number - 1] if number <= len(prompts) else subject.name


def shot_of(subject: Subject, shown: Shown, prompts: Sequence[str]) -> Shot:
    """A snapshot for the strip."""
    snapshot: Snapshot = shown.snapshot
    scores = {
        name: round(100 * snapshot.scores[name]) for name in SCORES if name in snapshot.scores
    }
    marks = [text("train.snapshot", step=snapshot.step)]
    marks += [text(f"train.{name}", n=value) for name, value in scores.items()]
    picked = snapshot.id == subject.snapshot_id
    marks += [text("train.suggested")] if snapshot.suggested else []
    marks += [text("train.in_use")] if picked else []
    return Shot(
        id=snapshot.id,
        step=snapshot.step,
        label=", ".join(marks),
        samples=samples(subject, snapshot.job_id or "", shown.samples, prompts),
        picked=picked,
        suggested=snapshot.suggested,
        likeness=scores.get("likeness"),
        prompt=scores.get("prompt"),
    )
