"""The window around the pages."""

import asyncio
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from studio.context import Studio
from studio.errors import InvalidInput
from studio.ui.app import Window


@pytest.mark.parametrize("error", [InvalidInput("The deck is damaged."), ZeroDivisionError()])
def test_a_page_that_cannot_be_filled_leaves_the_rest_working(studio: Studio, error: Exception):
    profile = studio.profiles.create("Ada").id

    def failing(*_given: Any) -> list[Any]:
        raise error

    async def build() -> Window:  # Gradio leaves an event loop open if none is running
        with gr.Blocks(analytics_enabled=False):
            return Window(studio)

    window = asyncio.run(build())
    window.pages["rate"] = replace(window.pages["rate"], refresh=failing)
    with pytest.warns(UserWarning, match=r"\.$"):  # what a browser shows as a toast
        values = window.loaded()
    assert values[0].value == profile
    outputs = [*window.around, *window.inside, window.tabs, window.open, *window.kept]
    assert len(values) == len(outputs)
