"""Train: photos, what they are worth, three choices, then watch and pick."""

import html
from collections.abc import Callable
from typing import Any

import gradio as gr

from pipelines.data.class_word import WORDS
from studio.context import Studio
from studio.errors import Busy, InvalidInput, NotFound
from studio.services.training import PresetLine, TrainingRequest, preset_lines, sample_prompts
from studio.ui.components.album import EditPhoto, PhotoBoard
from studio.ui.components.drawn import drawn
from studio.ui.components.teaching import ActOn, UseShot, Watch
from studio.ui.doors import door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.train_photos import TrainPhotos
from studio.ui.pages.train_watch import TrainWatch
from studio.ui.strings import current, text

LAST = "train.subject"  # preference: the subject that was open
NEW = "new"
OWN = 3  # last values of `Train.open`: what a person changes before a training
FORMATS = [".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp"]


class Train:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.photos = TrainPhotos(studio)
        self.watching = TrainWatch(studio)

    def known(self, subject: str | None) -> str | None:
        """This subject if it is there, else the one that was open last, else any."""
        ids = [each.id for each in self._studio.subjects.all()]
        last = self._studio.store.preferences.get(LAST)
        wanted = [one for one in (subject, last) if one in ids] or ids[-1:]
        return wanted[0] if wanted else None

    def open(self, subject: str | None) -> list[Any]:
        """Everything about one subject, or the fields of a new one. In the order of
        `Layout.outputs`."""
        making = subject == NEW or self.known(subject) is None
        chosen = None if making else self.known(subject)
        listed = [(each.name, each.id) for each in self._studio.subjects.all()]
        if chosen:
            self._studio.store.preferences.set(LAST, chosen)
        return [
            gr.Dropdown(
                choices=[*listed, (text("train.new"), NEW)],
                value=chosen or NEW,
                visible=bool(listed),
            ),
            gr.Row(visible=making),
            gr.Column(visible=not making),
            shown(self.photos.board(chosen)),
            shown(self.watching.watch(chosen)),
            self.prompts(chosen),
            *self.choices(),
        ]

    def reopen(self, subject: str) -> list[Any]:
        """The same when the tab is opened again: what was set for the subject on screen stays."""
        wanted = None if subject == NEW else subject
        values = self.open(wanted)
        if subject != (self.known(wanted) or NEW):
            return values
        return [*values[:-OWN], *[gr.skip()] * OWN]

    def prompts(self, subject: str | None) -> str:
        """The sample prompts, a line each."""
        if subject is None:
            return ""
        card = self._studio.models.in_use()
        return "\n".join(sample_prompts(self._studio.subjects.find(subject), card))

    def choices(self) -> list[Any]:
        """How long, for the model in use, and why it cannot be if it cannot."""
        lines = preset_lines(self._studio.models.in_use())
        listed = [
            (text("train.preset_choice", name=preset_name(line), steps=line.steps), line.name)
            for line in lines
        ]
        return [
            gr.Radio(choices=listed, value=listed[0][1] if listed else None),
            "".join(about(line) for line in lines),
        ]

    def create(self, name: str, word: str | None, mirror: str) -> list[Any]:
        """A new subject, open at once."""
        if not (name or "").strip() or not (word or "").strip():
            raise InvalidInput(text("train.name_needed"))
        made = self._studio.subjects.create(name, word or "", mirror=mirror == "yes")
        return [*self.open(made.id), say(text("train.made", name=made.name))]

    def add(self, subject: str, uploads: list[str] | None) -> list[Any]:
        """Photos were dropped."""
        if not uploads:
            return [gr.skip(), None]
        board, told = self.photos.add(subject, uploads)
        return [shown(board), None, told]

    def start(
        self, subject: str, preset: str | None, steps: float | None, prompts: str
    ) -> dict[str, Any]:
        """Submit the training."""
        lines = tuple(line.strip() for line in (prompts or "").splitlines() if line.strip())
        request = TrainingRequest.parse(
            {
                "subject": subject,
                "preset": preset or "",
                "steps": int(steps) if steps else None,
                "prompts": lines or None,
            }
        )
        found = self._studio.subjects.find(subject)
        if any(not job.state.is_final for job in self._studio.training.jobs(found)):
            raise Busy(text("train.already", name=found.name))
        self._studio.jobs.submit(self._studio.training.job(request))
        return shown(self.watching.watch(subject))

    def delete(self, subject: str, typed: str) -> list[Any]:
        """For good, once its name was typed."""
        found = self._studio.subjects.find(subject)
        if (typed or "").strip().casefold() != found.name.casefold():
            raise InvalidInput(text("train.delete_name", name=found.name))
        try:
            gone = self._studio.subjects.delete(found.id)
        except Busy as error:
            if found.id in {each.id for each in self._studio.subjects.all()}:
                raise
            gone = str(error)  # the rows are gone; traces of them are not yet
        return [*self.open(None), "", say(text("train.deleted", name=found.name, gone=gone))]

    def poll(self, subject: str | None) -> dict[str, Any]:
        """How the training stands."""
        try:
            return shown(self.watching.watch(None if subject == NEW else subject))
        except NotFound:  # deleted by somebody else
            return shown(Watch())


def preset_name(line: PresetLine) -> str:
    """What a preset is called on the page; one of somebody's own by its own name."""
    key = f"train.preset_{line.name.replace('-', '_')}"
    return text(key) if key in current().entries else line.name.capitalize()


def about(line: PresetLine) -> str:
    """What a preset says of itself, in its own language."""
    name, said = html.escape(preset_name(line)), html.escape(line.about)
    return f'<p>{name}: <span dir="auto">{said}</span></p>'


class Layout:
    """The components of the page, from top to bottom."""

    def __init__(self, studio: Studio, page: Train) -> None:
        self.page = page
        with gr.Row(elem_classes="studio-line"):
            self.subject = gr.Dropdown(
                [(text("train.new"), NEW)],
                value=NEW,
                label=text("train.subject"),
                filterable=False,
                scale=0,
                min_width=240,
                elem_id="train-subject",
            )
        with gr.Row(elem_classes="studio-line", elem_id="train-new") as self.new:
            self.name = gr.Textbox(
                label=text("train.name"),
                info=text("train.name_help"),
                max_length=80,
                elem_id="train-name",
            )
            self.word = gr.Dropdown(
                [word.replace("-", " ") for word in sorted(WORDS)],
                value=None,
                label=text("train.word"),
                info=text("train.word_help"),
                allow_custom_value=True,
                elem_id="train-word",
            )
            self.mirror = gr.Radio(
                [(text("train.mirror_yes"), "yes"), (text("train.mirror_no"), "no")],
                value="yes",
                label=text("train.mirror"),
                info=text("train.mirror_help"),
                elem_id="train-mirror",
            )
            self.create = gr.Button(
                text("studio.create"), variant="primary", scale=0, min_width=140
            )
        self.told = notice()
        with gr.Column(visible=False) as self.inside:
            self.files = gr.File(
                label=text("train.drop"),
                file_count="multiple",
                file_types=FORMATS,
                type="filepath",
                height=120,
                elem_id="train-files",
            )
            self.album = drawn("Album", [door(EditPhoto)(page.photos.edit)], elem_id="train-album")
            self._settings()
            doors = [door(ActOn)(page.watching.act), door(UseShot)(page.watching.use)]
            self.teaching = drawn("Teaching", doors, events=("used",), elem_id="train-teaching")
            with (
                gr.Accordion(text("train.delete"), open=False, elem_id="train-delete"),
                gr.Row(elem_classes="studio-line"),
            ):
                self.typed = gr.Textbox(label=text("train.delete_type"), max_length=80)
                self.delete = gr.Button(
                    text("train.delete"), variant="stop", scale=0, min_width=160
                )

    def _settings(self) -> None:
        self.preset = gr.Radio([], label=text("train.preset"), elem_id="train-preset")
        self.abouts = gr.HTML(elem_id="train-abouts")
        with gr.Accordion(text("train.more"), open=False, elem_id="train-more"):
            self.steps = gr.Number(
                None,
                label=text("train.steps"),
                info=text("train.steps_help"),
                precision=0,
                minimum=1,
                elem_id="train-steps",
            )
            self.prompts = gr.Textbox(
                label=text("train.prompts"),
                info=text("train.prompts_help"),
                lines=3,
                max_length=2000,
                elem_id="train-prompts",
            )
        self.start = gr.Button(text("train.start"), variant="primary", elem_id="train-start")
        self.begun = notice()

    @property
    def outputs(self) -> list[Any]:
        """What `Train.open` gives values for."""
        around = [self.subject, self.new, self.inside, self.album, self.teaching]
        return [*around, self.prompts, self.preset, self.abouts]

    def wire(self, frame: Frame) -> None:
        """Everything that can be done here."""
        page = self.page
        bind(self.subject.input, page.open, [self.subject], self.outputs, told=self.told)
        naming = [self.name, self.word, self.mirror]
        for listener in (self.create.click, self.name.submit):
            bind(listener, page.create, naming, self.outputs, told=self.told)
        bind(
            self.files.upload,
            page.add,
            [self.subject, self.files],
            [self.album, self.files],
            told=self.told,
        )
        asking = [self.subject, self.preset, self.steps, self.prompts]
        bind(self.start.click, page.start, asking, [self.teaching], told=self.begun)
        going = [*self.outputs, self.typed]
        bind(self.delete.click, page.delete, [self.subject, self.typed], going, told=self.told)

        def follow(subject: str) -> list[Any]:
            board = PhotoBoard() if subject == NEW else page.photos.board(subject)
            return [shown(board), *page.choices()]

        following = [self.album, self.preset, self.abouts]
        bind(frame.header.remodelled, follow, [self.subject], following)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Train(studio)
    layout = Layout(studio, page)
    layout.wire(frame)

    def refresh(_profile: ProfileId, subject: str | None) -> list[Any]:
        return page.reopen(subject or NEW)

    poll: Callable[..., list[Any]] = lambda _profile, subject: [page.poll(subject)]  # noqa: E731
    return Page(
        refresh=refresh,
        outputs=layout.outputs,
        inputs=[layout.subject],
        poll=poll,
        live=[layout.teaching],
        extras={"teaching": layout.teaching},
    )
