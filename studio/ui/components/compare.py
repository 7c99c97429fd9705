"""Compare: what a generation made, with and without taste, alone, or along a sweep of strengths.

Its value is `Results`. It calls `rate`, `cancel` and `use_strength`, and tells `seed` when a seed
should be kept, `strength` when the profile got a new one, `refused` when a call failed.
"""

from typing import Literal

from pydantic import Field

from pipelines.spec import Frozen, Strength
from studio.domain import Verdict
from studio.ui.components.rater import Id


class Made(Frozen):
    """One picture. In a pair, all pictures without come first, then those with, seed by seed."""

    id: str
    url: str
    thumb: str | None = None
    alt: str
    label: str
    seed: int
    strength: float | None = None
    verdict: Verdict | None = None
    pixelated: bool = False
    details: tuple[tuple[str, str], ...] = ()


class Batch(Frozen):
    """One press of Generate: running, done or failed."""

    job: str
    kind: Literal["pair", "pictures", "sweep"]
    state: str
    active: bool
    text: str
    short: str = ""
    fraction: float = Field(default=0.0, ge=0.0, le=1.0)
    prompt: str
    preview: str | None = None
    pictures: tuple[Made, ...] = ()
    same: bool = False  # with and without look almost the same
    details: tuple[tuple[str, str], ...] = ()


class Results(Frozen):
    """The batches of this visit, newest first."""

    profile: str | None = None
    batches: tuple[Batch, ...] = ()


class RatePicture(Frozen):
    """A verdict on a generated picture."""

    profile: Id
    picture: Id
    verdict: Verdict
    comment: str = Field(default="", max_length=4000)
    client_id: Id


class OfJob(Frozen):
    """Which job: never “the current one”."""

    job: Id


class UseStrength(Frozen):
    """The strength that this profile uses from now on."""

    profile: Id
    strength: Strength
