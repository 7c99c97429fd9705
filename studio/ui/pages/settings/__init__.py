"""Models & settings: one section a file. Each is a small page of its own; here they are stacked."""

from typing import Any

import gradio as gr

from studio import __version__
from studio.context import Studio
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.settings import behaviour, check, models, reading, storage
from studio.ui.strings import text

SECTIONS = (models, reading, behaviour, storage, check)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the sections and join them."""
    with gr.Column(elem_classes="settings"):
        parts = [section.build(studio, frame) for section in SECTIONS]
        for words in ("privacy", "about"):
            with gr.Accordion(text(f"settings.{words}"), open=False):
                gr.Markdown(text(f"settings.{words}_text", version=__version__))

    def refresh(profile: ProfileId) -> list[Any]:
        return [value for part in parts for value in part.refresh(profile)]

    def poll(profile: ProfileId) -> list[Any]:
        return [value for part in parts if part.poll for value in part.poll(profile)]

    return Page(
        refresh=refresh,
        outputs=[block for part in parts for block in part.outputs],
        poll=poll,
        live=[block for part in parts for block in part.live],
        extras={name: value for part in parts for name, value in part.extras.items()},
    )
