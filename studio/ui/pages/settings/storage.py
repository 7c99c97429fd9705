"""What lies on disk, by kind, and the trash."""

from typing import Any

import gradio as gr

from studio.context import Studio
from studio.domain import GalleryQuery
from studio.errors import InvalidInput
from studio.services.storage import disk_use
from studio.settings import load_settings, save_settings
from studio.ui.events import Notice, Way, bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.words import size
from studio.ui.strings import text

LONGEST = 3650  # days


class Storage:
    """The handlers of the section."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> str:
        """Kinds and their sizes as a Markdown table, the largest first; kinds that hold nothing are
        left out."""
        used = sorted(disk_use(self._studio.paths).items(), key=lambda item: -item[1])
        rows = [(text(f"storage.{kind}"), size(count)) for kind, count in used if count]
        lines = [(text("storage.kind"), text("storage.size")), ("---", "---:"), *rows]
        return "\n".join(f"| {kind} | {count} |" for kind, count in lines)

    def trash(self) -> dict[str, Any]:
        """What is in the trash, and the way to it."""
        count = self.trashed()
        if not count:
            return say(text("gallery.none_trash"))
        way = Way(place="gallery", label=text("storage.see_trash"))
        days = load_settings(self._studio.paths).trash_days
        return shown(Notice(text=text("storage.trash_holds", n=count, days=days), ways=(way,)))

    def trashed(self) -> int:
        """How many pictures are in the trash."""
        return self._studio.images.count(GalleryQuery(trashed=True))

    def keep_days(self, days: float | None) -> tuple[Any, Any]:
        """How long pictures stay in the trash."""
        if days is None or not 1 <= days <= LONGEST:
            raise InvalidInput(text("storage.days_wrong", most=LONGEST))
        save_settings(self._studio.paths, {"trash_days": int(days)})
        return self.trash(), say(text("settings.saved"))

    def ask(self) -> tuple[Any, Any]:
        """What cannot be undone is asked first, in place."""
        count = self.trashed()
        if not count:
            raise InvalidInput(text("gallery.none_trash"))
        return gr.Row(visible=True), gr.Button(value=text("storage.empty_sure", n=count))

    def empty(self) -> tuple[Any, ...]:
        """Delete what is in the trash for good."""
        gone = self._studio.images.purge(days=0)
        return (
            gr.Row(visible=False),
            self.trash(),
            self.table(),
            say(text("storage.emptied", n=gone)),
        )


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the section and wire it."""
    section = Storage(studio)
    with gr.Accordion(text("settings.storage"), open=False, elem_id="settings-storage") as fold:
        home = gr.Textbox(label=text("settings.home"), interactive=False, elem_id="settings-home")
        used = gr.Markdown(elem_id="settings-used")
        held = notice()
        with gr.Row(elem_classes="studio-line"):
            days = gr.Number(
                label=text("storage.days"), precision=0, minimum=1, maximum=LONGEST, scale=0
            )
            empty = gr.Button(text("storage.empty"), scale=0, min_width=240)
        with gr.Row(visible=False, elem_classes="studio-line", elem_id="settings-sure") as sure:
            really = gr.Button(variant="stop", scale=0, min_width=220)
            keep = gr.Button(text("storage.keep"), scale=0, min_width=140)
        told = notice()
    bind(fold.expand, section.table, [], [used])
    bind(days.submit, section.keep_days, [days], [held], told=told)
    bind(days.blur, section.keep_days, [days], [held], told=told)
    bind(empty.click, section.ask, [], [sure, really], told=told)
    bind(keep.click, lambda: gr.Row(visible=False), [], [sure])
    bind(really.click, section.empty, [], [sure, held, used], told=told)

    def refresh(profile: ProfileId) -> list[Any]:
        kept = load_settings(studio.paths)
        return [str(studio.paths.home), section.trash(), kept.trash_days, gr.Row(visible=False)]

    return Page(refresh=refresh, outputs=[home, held, days, sure])
