"""Jobs: what runs, what waits, what became of the rest. Every button carries the id of its row."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import gradio as gr

from studio.context import Studio
from studio.domain import Job, JobState, now
from studio.ui.components.drawn import drawn
from studio.ui.components.header import Running
from studio.ui.components.rows import Act, Row, RowButton, Table
from studio.ui.doors import Answer, door
from studio.ui.events import bind, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.words import duration
from studio.ui.strings import text

ACTIVE = (JobState.WAITING, JobState.RUNNING, JobState.PAUSED)
BAD = (JobState.FAILED, JobState.INTERRUPTED)
ENDED_BADLY = (*BAD, JobState.CANCELLED)
FILTERS = {"all": tuple(JobState), "active": ACTIVE, "failed": BAD}
LISTED = 60
PLACES = {  # where a result is seen, by kind of job
    "generate": "generate",
    "learn": "profile",
    "learn-elsewhere": "profile",
    "blind": "profile",
    "deck": "rate",
    "train": "train",
    "pull": "settings",
    "check": "settings",
}


class Jobs:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self, chosen: str = "all") -> Table:
        """The rows: what is under way first, then the newest."""
        jobs = self._studio.jobs.all(FILTERS.get(chosen, FILTERS["all"]), limit=LISTED)
        jobs.sort(key=lambda job: (job.state.is_final, -job.created))
        rows = tuple(self.row(job) for job in jobs)
        return Table(rows=rows, head=self.counts() if rows else "", empty=text("jobs.none"))

    def counts(self) -> str:
        """“running 1, waiting 2, finished 31”"""
        states = Counter(self._studio.jobs.counts())
        return text(
            "jobs.counts",
            running=states[JobState.RUNNING],
            waiting=states[JobState.WAITING] + states[JobState.PAUSED],
            finished=sum(n for state, n in states.items() if state.is_final),
        )

    def row(self, job: Job) -> Row:
        """One job."""
        return Row(
            id=job.id,
            title=job.title,
            state=job.state.value,
            label=text(f"jobs.state_{job.state.value}"),
            text=sentence_of(self._studio, job),
            bad=job.state in BAD,
            fraction=fraction_of(job),
            buttons=buttons(job),
        )

    def act(self, asked: Act) -> Answer:
        """Do what a button says, to its own row."""
        jobs = self._studio.jobs
        job = jobs.show(asked.id)
        if asked.do == "log":
            return {"log": "\n".join(jobs.log(job.id)) or text("jobs.no_log")}
        if asked.do == "open":
            return {"go": PLACES.get(job.kind, "jobs")}
        acts: dict[str, Callable[[str], Any]] = {
            "cancel": jobs.cancel,
            "pause": jobs.pause,
            "resume": jobs.resume,
            "retry": jobs.retry,
        }
        acts[asked.do](job.id)
        said = {"cancel": text("jobs.cancelling", title=job.title), "retry": text("jobs.started")}
        return {"said": said.get(asked.do, ""), "rows": shown(self.table())["rows"]}

    def strip(self) -> tuple[Running, ...]:
        """Active jobs in a line each, those that run first."""
        active = sorted(
            self._studio.jobs.active(), key=lambda job: job.state is not JobState.RUNNING
        )
        return tuple(Running(id=job.id, text=line(job)) for job in active[:8])


def fraction_of(job: Job) -> float | None:
    """How much of it is done, while it is under way."""
    total = job.progress.total
    running = job.state in (JobState.RUNNING, JobState.PAUSED)
    return min(1.0, job.progress.step / total) if running and total else None


def sentence_of(studio: Studio, job: Job) -> str:
    """How far it is, what it waits for, or why it ended."""
    match job.state:
        case JobState.WAITING:
            ahead = studio.jobs.waits_for(job)
            return text("jobs.after", title=ahead.title) if ahead else text("generate.waiting")
        case JobState.RUNNING | JobState.PAUSED:
            left = job.progress.seconds_left
            said = [job.progress.text, text("jobs.left", time=duration(left)) if left else ""]
            return " ".join(part for part in said if part)
        case JobState.DONE:
            took = (job.finished or now()) - (job.started or job.created)
            return text("jobs.took", time=duration(took))
        case JobState.CANCELLED:
            return text("jobs.stopped_by_you")
        case JobState.INTERRUPTED:
            return job.reason or text("jobs.interrupted")
        case _:
            return job.reason


def line(job: Job) -> str:
    """“Teaching Momo, 42 %”"""
    if job.state is JobState.RUNNING and job.progress.total:
        percent = round(100 * job.progress.step / job.progress.total)
        return text("jobs.strip", title=job.title, percent=percent)
    return text("jobs.strip_state", title=job.title, state=text(f"jobs.state_{job.state.value}"))


def buttons(job: Job) -> tuple[RowButton, ...]:
    """What can be done with a job in its state. Pictures take seconds: pausing one is no use."""
    log = RowButton(do="log", label=text("jobs.log"))
    cancel = RowButton(do="cancel", label=text("jobs.cancel"))
    open_ = RowButton(do="open", label=text("jobs.open"))
    pause = RowButton(do="pause", label=text("jobs.pause"))
    match job.state:
        case JobState.WAITING:
            return (cancel,)
        case JobState.RUNNING:
            return (open_, cancel, log) if job.kind == "generate" else (open_, pause, cancel, log)
        case JobState.PAUSED:
            return (RowButton(do="resume", label=text("jobs.resume"), main=True), cancel, log)
        case JobState.DONE:
            return (open_, log)
        case _:
            return (RowButton(do="retry", label=text("jobs.retry"), main=True), log)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Jobs(studio)
    with gr.Row(elem_classes="studio-line"):
        chosen = gr.Dropdown(
            [(text(f"jobs.{name}"), name) for name in FILTERS],
            value="all",
            label=text("jobs.filter"),
            filterable=False,
            scale=0,
            min_width=240,
        )
    rows = drawn("Rows", [door(Act)(page.act)], events=("opened",))
    bind(chosen.change, lambda name: shown(page.table(name)), [chosen], [rows])

    def table(profile: ProfileId, name: str = "all") -> list[Any]:
        return [shown(page.table(name))]

    return Page(
        refresh=table,
        outputs=[rows],
        inputs=[chosen],
        poll=table,
        live=[rows],
        extras={"rows": rows},
    )
