"""A component of ours: a constant shell, drawn by a script that the page loads once."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

SHELL = '<div class="st-waiting" aria-busy="true"></div>'


def drawn(
    script: str,
    doors: Sequence[Callable[[Any], Any]] = (),
    *,
    events: Sequence[str] = (),
    elem_id: str | None = None,
) -> gr.HTML:
    """A component whose inside belongs to `studio.define(script, …)` in `static/`.

    `doors` are the server functions that the script may call (see `studio.ui.doors`), `events` what
    it triggers and Python may listen to. The value is a JSON object; Gradio compares it as text on
    every update, so keep it under 50 KB.

    A function and no subclass of gr.HTML, because defining one makes Gradio write a `.pyi` file
    beside the source, on import.
    """
    told = ", ".join(f'"{event}"' for event in events)  # Gradio looks for the names in the script
    given = "{element, trigger, props, server, watch}"
    refuse_taken_names(doors)
    return gr.HTML(
        value=None,
        html_template=SHELL,
        js_on_load=f'studio.mount("{script}", {given}); // {told}',
        server_functions=list(doors),
        apply_default_css=False,
        elem_id=elem_id,
    )


def refuse_taken_names(doors: Sequence[Callable[[Any], Any]]) -> None:
    """Gradio makes each door an attribute of the component, and would overwrite its own.

    Raises:
        ValueError: a door has the name of such an attribute.
    """
    taken = {*vars(gr.HTML(render=False)), "page"}
    for call in doors:
        if call.__name__ in taken:
            raise ValueError(f"A component has a property {call.__name__!r}: rename the door.")
