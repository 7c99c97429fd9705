"""Models & settings: which model draws, who reads comments, and how the pages behave."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from studio import __version__
from studio.context import Studio
from studio.errors import InvalidInput
from studio.services.models import ModelLine
from studio.settings import Settings, load_settings, save_settings
from studio.ui.components.drawn import drawn
from studio.ui.components.rows import Act, Row, RowButton, Table
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.words import size
from studio.ui.strings import text

READERS = ("built-in", "local-llm", "openai", "vlm")
MARKS = {"ok": "✓", "warning": "!", "error": "✗"}


class SettingsPage:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def settings(self) -> Settings:
        """As they are now: the command line may have changed them since the start."""
        return load_settings(self._studio.paths)

    def models(self) -> Table:
        """All models as rows."""
        rows = tuple(model_row(line) for line in self._studio.models.all())
        return Table(rows=rows, empty=text("models.none"))

    def act(self, asked: Act) -> Answer:
        """Use or forget a model."""
        if asked.do == "use":
            said = text("models.used", name=self._studio.models.use(asked.id).name)
        elif asked.do == "remove":
            self._studio.models.remove(asked.id)
            said = text("models.removed")
        else:
            raise InvalidInput(text("models.cannot"))
        return {"said": said, "rows": shown(self.models())["rows"], "changed": True}

    def add_folder(self, folder: str | None) -> tuple[Any, ...]:
        """Take in a folder with a model; nothing is copied."""
        if not (folder or "").strip():
            raise InvalidInput(text("models.add_nothing"))
        card = self._studio.models.add_folder(Path(str(folder).strip()).expanduser())
        return shown(self.models()), "", say(text("models.added", name=card.name))

    def save_reader(self, reader: str, url: str, model: str, key: str) -> tuple[Any, ...]:
        """Who reads comments from now on. An empty key keeps the one that is stored."""
        changes: dict[str, Any] = {"extractor": reader, "openai_url": url, "openai_model": model}
        if key:
            changes["openai_key"] = key
        save_settings(self._studio.paths, changes)
        return "", say(text("settings.saved"))

    def save_switch(self, name: str, value: bool) -> dict[str, Any]:
        """One of the switches."""
        save_settings(self._studio.paths, {name: bool(value)})
        return say(text("settings.saved"))

    def check(self) -> str:
        """What the doctor finds, as a list; it loads torch, which takes some seconds."""
        from studio.doctor import examine

        report = examine(self.settings(), self._studio.paths)
        lines = [f"{MARKS[check.status]} {check.name}: {check.message}" for check in report.checks]
        machine = f"Python {report.python}, {report.system}, {report.device}"
        return "\n".join([f"Taste Studio {report.studio}, {machine}", *lines])

    def empty_trash(self) -> dict[str, Any]:
        """Delete what has been in the trash for 30 days."""
        return say(text("settings.emptied", n=self._studio.images.purge()))


def model_row(line: ModelLine) -> Row:
    """One model."""
    state = "in_use" if line.in_use else "ready" if line.present else "absent"
    about = text("models.line", size=size(line.disk), pixels=line.width, licence=line.licence)
    buttons: list[RowButton] = []
    if line.present and not line.in_use:
        buttons.append(RowButton(do="use", label=text("models.use"), main=True))
    if not line.embedded:
        buttons.append(RowButton(do="remove", label=text("models.remove")))
    return Row(
        id=line.id,
        title=line.name,
        state="in use" if line.in_use else state,
        label=text(f"models.{state}"),
        text=f"{line.description} {about}".strip(),
        fraction=None,
        buttons=tuple(buttons),
    )


def readers(names: Sequence[str] = READERS) -> list[tuple[str, str]]:
    """Who can read comments."""
    return [(text(f"settings.reader_{name.replace('-', '_')}"), name) for name in names]


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = SettingsPage(studio)
    gr.Markdown(f"## {text('models.title')}")
    rows = drawn("Rows", [door(Act)(page.act)], events=("changed",))
    with gr.Accordion(text("models.add"), open=False):
        folder = gr.Textbox(label=text("models.folder"), info=text("models.needs"))
        add = gr.Button(text("models.add_do"))
        added = notice()
    with gr.Accordion(text("settings.reader"), open=False):
        reader = gr.Radio(
            readers(), label=text("settings.reader"), info=text("settings.reader_help")
        )
        url = gr.Textbox(label=text("settings.server_address"))
        model = gr.Textbox(label=text("settings.server_model"))
        key = gr.Textbox(
            label=text("settings.server_key"),
            type="password",
            info=text("settings.server_key_help"),
        )
        save = gr.Button(text("settings.save"))
        saved = notice()
    with gr.Accordion(text("settings.keyboard"), open=False):
        shortcuts = gr.Checkbox(
            label=text("settings.shortcuts"), info=text("settings.shortcuts_help")
        )
        first_steps = gr.Checkbox(label=text("settings.first_steps"))
        switched = notice()
    with gr.Accordion(text("settings.storage"), open=False):
        home = gr.Textbox(label=text("settings.home"), interactive=False)
        purge = gr.Button(text("settings.empty_trash"))
        purged = notice()
    with gr.Accordion(text("settings.check"), open=False):
        check = gr.Button(text("settings.check"))
        found = gr.Textbox(
            label=text("settings.found"), lines=8, interactive=False, elem_id="doctor"
        )
    with gr.Accordion(text("settings.privacy"), open=False):
        gr.Markdown(text("settings.privacy_text"))
    with gr.Accordion(text("settings.about"), open=False):
        gr.Markdown(text("settings.about_text", version=__version__))
    bind(add.click, page.add_folder, [folder], [rows, folder], told=added)
    bind(save.click, page.save_reader, [reader, url, model, key], [key], told=saved)
    bind(
        shortcuts.input,
        lambda on: page.save_switch("shortcuts", on),
        [shortcuts],
        [],
        told=switched,
    )
    bind(
        first_steps.input,
        lambda on: page.save_switch("first_steps", on),
        [first_steps],
        [],
        told=switched,
    )
    bind(purge.click, page.empty_trash, [], [], told=purged)
    bind(check.click, page.check, [], [found])

    def refresh(profile: ProfileId) -> list[Any]:
        now = page.settings()
        return [
            shown(page.models()),
            now.extractor,
            now.openai_url,
            now.openai_model,
            now.shortcuts,
            now.first_steps,
            str(studio.paths.home),
        ]

    return Page(
        refresh=refresh,
        outputs=[rows, reader, url, model, shortcuts, first_steps, home],
        extras={"models": rows},
    )
