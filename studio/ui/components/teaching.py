"""Teaching: a training while it runs and after it: loss, sample pictures, and which to use.

Its value is a `Watch`. It calls `act` and `use`, and tells `used` when a snapshot was chosen.
"""

from typing import Literal

from pipelines.spec import Frozen
from studio.ui.components.ids import Id

Do = Literal["pause", "resume", "cancel", "retry", "log"]


class Deed(Frozen):
    """A button of the training."""

    do: Do
    label: str
    main: bool = False


class Sample(Frozen):
    """A sample picture and its prompt."""

    url: str
    alt: str


class Shot(Frozen):
    """A snapshot. `likeness` and `prompt` in percent where they were measured."""

    id: str
    step: int
    label: str
    samples: tuple[Sample, ...] = ()
    picked: bool = False
    suggested: bool = False
    likeness: float | None = None
    prompt: float | None = None


class Watch(Frozen):
    """One training. `loss` and `prior` are smoothed points (step, value)."""

    subject: str | None = None
    job: str | None = None
    title: str = ""
    state: str = ""
    label: str = ""
    text: str = ""
    bad: bool = False
    fraction: float | None = None
    buttons: tuple[Deed, ...] = ()
    facts: str = ""  # “loss 0.081, 0.4 s a step, learning rate 0.0001”
    total: int = 0
    loss: tuple[tuple[int, float], ...] = ()
    prior: tuple[tuple[int, float], ...] = ()
    base: tuple[Sample, ...] = ()
    shots: tuple[Shot, ...] = ()


class ActOn(Frozen):
    """What to do with which training."""

    job: Id
    do: Do


class UseShot(Frozen):
    """Which snapshot pictures are made with from now on."""

    subject: Id
    snapshot: Id
