"""Check this computer: a job looks, its report is shown check by check."""

from typing import Any

import gradio as gr

from studio.context import Studio
from studio.domain import Job, JobState
from studio.ui.components.drawn import drawn
from studio.ui.components.rows import Act, Row, Table
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, shown
from studio.ui.pages import Frame, Page
from studio.ui.pages.jobs import fraction_of, sentence_of
from studio.ui.pages.words import day, size
from studio.ui.strings import text

MARKS = {"ok": "done", "warning": "warning", "error": "failed"}  # states of rows, for their colour
OURS = "data folder"  # says that a studio is open: the one that shows it


class Checked:
    """The handlers of the section."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> Table:
        """The newest check: how far it is, or what it found."""
        job = self._studio.machine.last_check()
        if job is None:
            return Table(empty=text("check.never"))
        if job.state is not JobState.DONE:
            return Table(rows=(self.progress(job),))
        return Table(rows=found(job))

    def progress(self, job: Job) -> Row:
        """A check that is under way, or why there is no result."""
        return Row(
            id=job.id,
            title=text("check.title"),
            state=job.state.value,
            label=text(f"jobs.state_{job.state.value}"),
            text=sentence_of(self._studio, job),
            bad=job.state is JobState.FAILED,
            fraction=fraction_of(job),
        )

    def act(self, asked: Act) -> Answer:
        """Rows of a check have no buttons."""
        return {}

    def start(self) -> dict[str, Any]:
        """Look now; one check at a time is enough."""
        job = self._studio.machine.last_check()
        if job is None or job.state.is_final:
            self._studio.jobs.submit(self._studio.machine.check())
        return shown(self.table())


def found(job: Job) -> tuple[Row, ...]:
    """What a check found, in rows: the machine, then check by check, what is wrong first."""
    report = job.result["report"]
    order = ("error", "warning", "ok")
    others = [check for check in report["checks"] if check["name"] != OURS]
    checks = sorted(others, key=lambda check: order.index(check["status"]))
    return (machine(job, report), *(row(check) for check in checks))


def machine(job: Job, report: dict[str, Any]) -> Row:
    """Versions, device and memory in one line."""
    memory = report["memory"]
    about = text(
        "check.machine",
        studio=report["studio"],
        python=report["python"],
        system=report["system"],
        device=report["device"],
        available=size(memory["available"]),
        total=size(memory["total"]),
    )
    return Row(
        id="machine",
        title=text("check.title"),
        state="done" if report["ok"] else "failed",
        label=day(job.finished or job.created),
        text=about,
    )


def row(check: dict[str, str]) -> Row:
    """One check. What is said of it comes from the doctor."""
    return Row(
        id=check["name"].replace(" ", "-"),
        title=check["name"],
        state=MARKS[check["status"]],
        label=text(f"check.{check['status']}"),
        text=check["message"],
    )


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the section and wire it."""
    section = Checked(studio)
    with gr.Accordion(text("settings.check"), open=False, elem_id="settings-check"):
        with gr.Row(elem_classes="studio-line"):
            start = gr.Button(text("check.start"), scale=0, min_width=180)
        told = notice()
        rows = drawn("Rows", [door(Act)(section.act)])
    bind(start.click, section.start, [], [rows], told=told)
    return Page(
        refresh=lambda _: [shown(section.table())],
        outputs=[rows],
        poll=lambda _: [shown(section.table())],
        live=[rows],
    )
