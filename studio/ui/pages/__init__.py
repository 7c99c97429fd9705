"""One page a file, each with `build(studio, frame)`; its handlers take and return plain values.

A page lays itself out inside the tab that is open, wires its own events, and returns a `Page` that
says what the app fills when the tab is opened and what it polls while it is open.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gradio.blocks import Block
from gradio.components import HTML, Dropdown

ProfileId = str | None


@dataclass(frozen=True)
class Frame:
    """What the app shares with the pages: who is using it, and the tabs. A page that shows
    something of the model in use listens to `header.remodelled`."""

    profile: Dropdown
    header: HTML
    tabs: Block
    new: Block  # the row where a new profile gets its name


@dataclass(frozen=True)
class Page:
    """A page as the app sees it.

    `refresh(profile, *values of inputs)` gives a value for each of `outputs`, whenever the tab is
    opened or the profile changes; `poll`, called like it, gives the values of `live` while the tab
    is open. `restore(profile)` gives values for `kept`, once, when the page is loaded: what the
    person has in these fields is theirs from then on.
    """

    refresh: Callable[..., list[Any]]
    outputs: list[Block]
    inputs: list[Block] = field(default_factory=list)
    poll: Callable[..., Any] | None = None
    live: list[Block] = field(default_factory=list)
    restore: Callable[[ProfileId], list[Any]] | None = None
    kept: list[Block] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
