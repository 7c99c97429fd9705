"""Glimpse: attributes to look at before something is done, such as what a blend would hold.

Its value is a `Glimpse`; it calls nothing.
"""

from pipelines.spec import Frozen
from studio.domain import Polarity


class GlimpseChip(Frozen):
    """One attribute; `flag` says what is the matter with it. 0 dots: its weight is not told."""

    phrase: str
    polarity: Polarity
    dots: int = 0
    flag: str = ""


class Glimpse(Frozen):
    """A sentence, attributes, and warnings."""

    text: str = ""
    chips: tuple[GlimpseChip, ...] = ()
    warnings: tuple[str, ...] = ()
