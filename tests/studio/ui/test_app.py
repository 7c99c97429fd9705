"""The window around the pages."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
import pytest

from studio.context import Studio
from studio.errors import InvalidInput
from studio.ui.app import Window
from studio.ui.events import answering
from studio.ui.strings import text


@pytest.mark.parametrize("error", [InvalidInput("The deck is damaged."), ZeroDivisionError()])
def test_a_page_that_cannot_be_filled_leaves_the_rest_working(
    studio: Studio, apart: Callable, error: Exception
):
    profile = studio.profiles.create("Ada").id

    def failing(*_given: Any) -> list[Any]:
        raise error

    async def build() -> Window:  # Gradio leaves an event loop open if none is running
        with gr.Blocks(analytics_enabled=False):
            return Window(studio)

    window = apart(build())
    window.pages["rate"] = replace(window.pages["rate"], refresh=failing)
    with pytest.warns(UserWarning, match=r"\.$"):  # what a browser shows as a toast
        values = window.loaded()
    assert values[0].value == profile
    outputs = [*window.around, *window.inside, window.tabs, window.open, *window.kept]
    assert len(values) == len(outputs)


@pytest.mark.parametrize("bound", [lambda handler: handler, partial])
def test_an_unexpected_error_is_one_sentence_whatever_the_handler_is(bound: Any):
    def failing() -> None:
        raise ZeroDivisionError

    kept, told = answering(bound(failing), count=1, told=True)()
    assert kept == gr.skip()
    assert told["bad"]
    assert told["text"] == text("studio.unexpected")
