"""One page a file, each with `build(studio, frame)`; its handlers take and return plain values.

A page lays itself out inside the tab that is open, wires its own events, and returns a `Page` that
says what the app fills when the tab is opened and what it polls while it is open.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gradio.blocks import Block
from gradio.components import Dropdown

ProfileId = str | None


@dataclass(frozen=True)
class Frame:
    """What the app shares with the pages: who is using it, and the tabs."""

    profile: Dropdown
    tabs: Block


@dataclass(frozen=True)
class Page:
    """A page as the app sees it. `refresh` gives a value for each of `outputs`; `poll` the value of
    `live`, and is asked while something runs."""

    refresh: Callable[[ProfileId], list[Any]]
    outputs: list[Block]
    poll: Callable[[ProfileId], Any] | None = None
    live: Block | None = None
    extras: dict[str, Any] = field(default_factory=dict)
