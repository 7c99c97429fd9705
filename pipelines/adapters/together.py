"""The adapters of a picture, all at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from pipelines.errors import AdapterMissing
from pipelines.models.base import BaseModel
from pipelines.spec import AdapterUse

if TYPE_CHECKING:
    from pipelines.adapters.lora import LoraAdapter  # peft is slow to import

Event = TypeVar("Event")
Held = Mapping[str, "LoraAdapter"]  # by the hash of their weights


@contextmanager
def personalised(base: BaseModel, uses: Sequence[AdapterUse], held: Held) -> Iterator[None]:
    """The base with several adapters inside the block, each at its weight.

    Raises:
        AdapterMissing: one that has a weight is not held.
    """
    with ExitStack() as stack:
        for use in uses:
            if use.weight and use.hash not in held:
                raise AdapterMissing(
                    f"The adapter {use.hash[:12]} of this picture is not here. Import its file, or "
                    "generate without it."
                )
            if use.weight:
                stack.enter_context(held[use.hash].applied(base, use.weight))
        yield


def while_working(
    base: BaseModel, uses: Sequence[AdapterUse], held: Held, events: Iterator[Event]
) -> Iterator[Event]:
    """The same events, each made with the adapters in place. The base is shared: whoever uses it
    while a caller looks at an event, or after one has lost interest, finds it plain."""
    while True:
        with personalised(base, uses, held):
            try:
                event = next(events)
            except StopIteration:
                return
        yield event
