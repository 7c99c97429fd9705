"""Wiring: every event is private, runs without the queue, and shows what went wrong in its place.

Handlers are quick: they read and write rows, and long work is a job. So none of them waits in
Gradio's queue, which would stop with the page. A handler returns one value for each output; when it
raises one of our errors, its outputs stay and the sentence appears in the notice beside the action.
"""

import html
import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import gradio as gr
from gradio.blocks import Block

from pipelines.errors import PipelineError
from pipelines.spec import Frozen
from studio.errors import StudioError
from studio.ui.components.drawn import drawn
from studio.ui.strings import text

log = logging.getLogger(__name__)
Handler = Callable[..., Any]


class Way(Frozen):
    """A button that leads to the tab where something can be done."""

    place: str
    label: str


class Notice(Frozen):
    """A sentence beside an action; a bad one stays until it is dismissed or the action works."""

    text: str = ""
    bad: bool = False
    ways: tuple[Way, ...] = ()


def notice() -> gr.HTML:
    """The place for such a sentence."""
    return drawn("Notice")


def shown(value: Frozen) -> dict[str, Any]:
    """The value of a component of ours."""
    return value.model_dump(mode="json", by_alias=True)


def say(sentence: str) -> dict[str, Any]:
    """A good notice."""
    return shown(Notice(text=sentence))


def bind(
    listener: Callable[..., Any],
    handler: Handler,
    inputs: Sequence[Block] = (),
    outputs: Sequence[Block] = (),
    *,
    told: Block | None = None,
    **options: Any,
) -> Any:
    """Wire `handler` to an event. With `told`, that notice is one output more: the handler may
    return a sentence for it as one value more, and errors appear there."""
    places = [*outputs, *([told] if told is not None else [])]
    return listener(
        answering(handler, len(outputs), told is not None),
        list(inputs) or None,
        places or None,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
        **options,
    )


def answering(handler: Handler, count: int, told: bool) -> Handler:
    """Turn a handler's result, or its error, into exactly as many values as there are outputs."""

    @wraps(handler)
    def answer(*values: Any) -> Any:
        try:
            result = handler(*values)
        except (StudioError, PipelineError) as error:
            return refused(str(error), count, told)
        except Exception:
            log.exception("%s failed", handler)  # a partial has no name
            return refused(text("studio.unexpected"), count, told)
        found = list(result) if isinstance(result, tuple | list) else [result][: max(count, 1)]
        found = [] if count == 0 and not told else found
        if told and len(found) == count:
            found.append(shown(Notice()))
        return found[0] if len(found) == 1 else (found or None)

    return answer


def refused(sentence: str, count: int, told: bool) -> Any:
    """Nothing changes, and the sentence is shown; as a toast only where there is no place for it.
    Gradio draws toasts as HTML, so the sentence is escaped."""
    if not told:
        raise gr.Error(html.escape(sentence), print_exception=False)
    return [gr.skip()] * count + [shown(Notice(text=sentence, bad=True))]
