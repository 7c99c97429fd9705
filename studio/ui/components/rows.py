"""Rows: jobs and models, each with its own buttons.

Its value is a `Table`. It calls `act` with the id of a row and what to do; the answer may hold
`rows`, `said`, `log`, `go` (then it tells `opened`) and `changed` (then it tells that: other parts
of the page may have to follow).
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen
from studio.ui.components.rater import Id

WithJob = Literal["open", "pause", "resume", "cancel", "retry", "log"]
WithModel = Literal["use", "remove", "download", "verify"]
Deed = WithJob | WithModel


class RowButton(Frozen):
    """Something that can be done with this row."""

    do: Deed
    label: str
    main: bool = False


class Row(Frozen):
    """One job or model. `label` is its state in a word, `text` a sentence."""

    id: str
    title: str
    state: str
    label: str
    text: str = ""
    bad: bool = False
    fraction: float | None = Field(default=None, ge=0.0, le=1.0)
    buttons: tuple[RowButton, ...] = ()


class Table(Frozen):
    """All rows, a line above them, and the sentence for none."""

    head: str = ""
    rows: tuple[Row, ...] = ()
    empty: str = ""


class Act(Frozen):
    """What to do with which row."""

    id: Id
    do: Deed
