"""Which model draws: use, add, forget."""

from pathlib import Path
from typing import Any

import gradio as gr

from studio.context import Studio
from studio.errors import InvalidInput
from studio.services.models import ModelLine
from studio.ui.components.drawn import drawn
from studio.ui.components.rows import Act, Row, RowButton, Table
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page
from studio.ui.pages.words import size
from studio.ui.strings import text

MIB = 1 << 20


class Models:
    """The handlers of the section."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> Table:
        """All models as rows."""
        rows = tuple(row(line) for line in self._studio.models.all())
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
        return {"said": said, "rows": shown(self.table())["rows"], "changed": True}

    def add(self, folder: str | None) -> tuple[Any, ...]:
        """Take in a folder with a model; nothing is copied."""
        if not (folder or "").strip():
            raise InvalidInput(text("models.add_nothing"))
        card = self._studio.models.add_folder(Path(str(folder).strip()).expanduser())
        return shown(self.table()), "", say(text("models.added", name=card.name))


def row(line: ModelLine) -> Row:
    """One model."""
    state = "in_use" if line.in_use else "ready" if line.present else "absent"
    facts = [text("models.line", size=size(line.disk), pixels=line.width, licence=line.licence)]
    if line.memory:
        facts.append(text("models.memory", size=size(line.memory * MIB)))
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
        text=" ".join([line.description, *facts]).strip(),
        buttons=tuple(buttons),
    )


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the section and wire it."""
    section = Models(studio)
    with gr.Accordion(text("models.title"), open=True):
        rows = drawn("Rows", [door(Act)(section.act)], events=("changed",))
        with gr.Row(elem_classes="studio-line"):
            folder = gr.Textbox(
                label=text("models.folder"),
                info=text("models.needs"),
                max_length=4000,
                scale=1,
                elem_id="settings-folder",
            )
            add = gr.Button(text("models.add_do"), scale=0, min_width=140)
        added = notice()
    for listener in (add.click, folder.submit):
        bind(listener, section.add, [folder], [rows, folder], told=added)
    return Page(refresh=lambda _: [shown(section.table())], outputs=[rows], extras={"models": rows})
