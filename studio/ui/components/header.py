"""Header and Steps: what runs and where, the keys, and a person's first steps.

The value of Header is a `Strip`, that of Steps `FirstSteps`; Steps calls `hide`.
Header tells `remodelled` when another model is in use.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen


class Running(Frozen):
    """A job in one line: “Teaching Momo, 42 %, about 3 min”."""

    id: str
    text: str


class Strip(Frozen):
    """Model and device, active jobs, whether single keys work, and the theme."""

    machine: str = ""
    model: str = ""  # its id
    jobs: tuple[Running, ...] = ()
    shortcuts: bool = True
    theme: Literal["system", "light", "dark"] = "system"


class Step(Frozen):
    """One tick of the first run. `go` names the tab where it is done."""

    text: str
    done: bool = False
    now: bool = False
    go: str | None = None


class FirstSteps(Frozen):
    """The strip above the tabs; empty when hidden. When all is done, `said` stands in place
    of the steps until it is hidden."""

    steps: tuple[Step, ...] = Field(default=(), max_length=6)
    said: str = ""


class Nothing(Frozen):
    """An argument without content."""
