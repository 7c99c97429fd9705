"""Who reads comments: the built-in reader, a language model here, a server, a model that sees."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

import gradio as gr
from pydantic import StringConstraints

from pipelines.spec import Frozen
from studio.context import Studio
from studio.domain import Job, JobState
from studio.errors import InvalidInput
from studio.services.readers import (
    LanguageModel,
    language_model_lines,
    pull_request,
    verify_request,
)
from studio.settings import load_settings, save_settings
from studio.ui.components.drawn import drawn
from studio.ui.components.rows import Act, Row, RowButton, Table
from studio.ui.doors import Answer, door
from studio.ui.events import Notice, Way, bind, notice, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.jobs import ENDED_BADLY, fraction_of, sentence_of
from studio.ui.pages.words import size
from studio.ui.strings import text

LOCAL, SERVER, VISION = "local-llm", "openai", "vlm"
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]


class Chosen(Frozen):
    """What the form holds, in the order in which it is laid out, named as in the settings."""

    extractor: Literal["built-in", "local-llm", "openai", "vlm"]
    vlm: Line = ""
    openai_url: Line = ""
    openai_model: Line = ""
    openai_sees: bool = False
    openai_key: Line = ""

    @property
    def complete(self) -> bool:
        """Whether the reader has what it needs."""
        needs = {SERVER: (self.openai_url, self.openai_model), VISION: (self.vlm,)}
        return all(needs.get(self.extractor, ()))

    def changes(self) -> dict[str, Any]:
        """For the settings: what belongs to another reader stays as it is stored."""
        prefix = {SERVER: "openai_", VISION: "vlm"}.get(self.extractor, "extractor")
        mine = {n: v for n, v in self.model_dump().items() if n.startswith(prefix)}
        kept = {"openai_key"} if not self.openai_key else set()
        return {"extractor": self.extractor} | {n: v for n, v in mine.items() if n not in kept}


class Reading:
    """The handlers of the section."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    # ------------------------------------------------------------ language models

    def table(self) -> Table:
        """The language models that can be had, with their downloads."""
        chosen = load_settings(self._studio.paths)
        return Table(rows=tuple(self.row(line, chosen.extractor) for line in self.lines()))

    def lines(self) -> list[LanguageModel]:
        """The language models that can be had."""
        return language_model_lines(self._studio.paths)

    def row(self, line: LanguageModel, extractor: str) -> Row:
        """One of them: absent, on its way, or here."""
        job = self.download(line.id)
        about = text("models.llm_line", size=size(line.size), licence=line.licence)
        state, said, buttons = rest(line, in_use=extractor == LOCAL)
        if job is not None and not job.state.is_final:
            state, said, buttons = job.state.value, sentence_of(self._studio, job), moves(job)
        elif job is not None and job.state in ENDED_BADLY and not line.present:
            said = job.reason
        return Row(
            id=line.id,
            title=line.name,
            state=state.replace("_", " "),
            label=text(f"models.{state}" if state in RESTING else f"jobs.state_{state}"),
            text=" ".join(part for part in (about, said) if part),
            bad=job is not None and job.state is JobState.FAILED and not line.present,
            fraction=fraction_of(job) if job else None,
            buttons=buttons,
        )

    def download(self, model: str) -> Job | None:
        """The newest job that gets or checks this model."""
        jobs = self._studio.jobs.all(kind="pull")
        return next((job for job in jobs if job.params.get("card") == model), None)

    def act(self, asked: Act) -> Answer:
        """Do what the button of a row says."""
        jobs, job = self._studio.jobs, self.download(asked.id)
        acts: dict[str, Callable[[], Any]] = {
            "download": lambda: jobs.submit(pull_request(asked.id)),
            "verify": lambda: jobs.submit(verify_request(asked.id)),
            "use": lambda: self.use_local(asked.id),
        }
        if job is not None:
            acts |= {
                "pause": lambda: jobs.pause(job.id),
                "resume": lambda: jobs.resume(job.id),
                "cancel": lambda: jobs.cancel(job.id),
            }
        if asked.do not in acts:
            raise InvalidInput(text("models.cannot"))
        acts[asked.do]()
        said = text("settings.saved_reader") if asked.do == "use" else ""
        return {"said": said, "rows": shown(self.table())["rows"], "changed": asked.do == "use"}

    def use_local(self, model: str) -> None:
        """This language model reads comments from now on."""
        save_settings(self._studio.paths, {"extractor": LOCAL, "llm": model})

    # ---------------------------------------------------------------- the choice

    def choices(self) -> list[tuple[str, str]]:
        """Readers that can work here; the local model once it is."""
        here = any(line.present and not line.missing for line in self.lines())
        chosen = load_settings(self._studio.paths).extractor
        names = ["built-in", *([LOCAL] if here or chosen == LOCAL else []), SERVER, VISION]
        return [(text(f"settings.reader_{name.replace('-', '_')}"), name) for name in names]

    def fields(self, reader: str) -> tuple[Any, Any]:
        """Only what the chosen reader needs is shown."""
        return gr.Group(visible=reader == SERVER), gr.Textbox(visible=reader == VISION)

    def save(self, *fields: Any) -> list[Any]:
        """Who reads comments from now on. An empty key keeps the one that is stored."""
        chosen = Chosen.parse(dict(zip(Chosen.model_fields, fields, strict=True)))
        if not chosen.complete:
            raise InvalidInput(text("settings.reader_incomplete"))
        save_settings(self._studio.paths, chosen.changes())
        again = Way(place="profile", label=text("settings.open_profile"))
        said = Notice(text=text("settings.saved_reader"), ways=(again,))
        return ["", shown(self.table()), shown(said)]

    def now(self) -> list[Any]:
        """Values for the form."""
        kept = load_settings(self._studio.paths)
        return [
            gr.Radio(choices=self.choices(), value=kept.extractor),
            *self.fields(kept.extractor)[:1],
            gr.Textbox(value=kept.vlm, visible=kept.extractor == VISION),
            kept.openai_url,
            kept.openai_model,
            kept.openai_sees,
        ]


RESTING = ("in_use", "ready", "absent")


def rest(line: LanguageModel, *, in_use: bool) -> tuple[str, str, tuple[RowButton, ...]]:
    """State, sentence and buttons of a model that nothing happens to."""
    if line.missing:
        return ("ready" if line.present else "absent"), line.missing, ()
    if not line.present:
        label = text("models.download_rest" if line.begun else "models.download")
        return "absent", "", (RowButton(do="download", label=label, main=True),)
    verify = RowButton(do="verify", label=text("models.verify"))
    use = RowButton(do="use", label=text("models.use_reader"), main=True)
    return ("in_use", "", (verify,)) if in_use else ("ready", "", (use, verify))


def moves(job: Job) -> tuple[RowButton, ...]:
    """Buttons of a download that is under way."""
    cancel = RowButton(do="cancel", label=text("jobs.cancel"))
    if job.state is JobState.PAUSED:
        return (RowButton(do="resume", label=text("jobs.resume"), main=True), cancel)
    return (RowButton(do="pause", label=text("jobs.pause")), cancel)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the section and wire it."""
    section = Reading(studio)
    with gr.Accordion(text("settings.reader"), open=False, elem_id="settings-reading"):
        reader = gr.Radio(
            section.choices(),
            label=text("settings.reader_who"),
            info=text("settings.reader_help"),
            elem_id="settings-reader",
        )
        vlm = gr.Textbox(
            label=text("settings.vlm"),
            info=text("settings.vlm_help"),
            visible=False,
            max_length=400,
            elem_id="settings-vlm",
        )
        with gr.Group(visible=False, elem_id="settings-server") as server:
            url = gr.Textbox(label=text("settings.server_address"), max_length=400)
            model = gr.Textbox(label=text("settings.server_model"), max_length=200)
            key = gr.Textbox(
                label=text("settings.server_key"),
                type="password",
                info=text("settings.server_key_help"),
                max_length=400,
            )
            sees = gr.Checkbox(
                label=text("settings.server_sees"), info=text("settings.server_sees_help")
            )
        with gr.Row(elem_classes="studio-line"):
            save = gr.Button(text("settings.save"), variant="primary", scale=0, min_width=140)
        saved = notice()
        rows = drawn("Rows", [door(Act)(section.act)], events=("changed",))
    form = [reader, server, vlm, url, model, sees]
    given = [reader, vlm, url, model, sees, key]
    bind(reader.change, section.fields, [reader], [server, vlm])
    bind(save.click, section.save, given, [key, rows], told=saved)
    bind(rows.changed, section.now, [], form)

    def refresh(profile: ProfileId) -> list[Any]:
        return [shown(section.table()), *section.now()]

    return Page(
        refresh=refresh,
        outputs=[rows, *form],
        poll=lambda _: [shown(section.table())],
        live=[rows],
    )
