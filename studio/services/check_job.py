"""The work of a "check" job: what this computer draws with, and whether everything works."""

from collections.abc import Iterator
from typing import Any

from studio.doctor import examine
from studio.domain import Progress
from studio.jobs.context import JobContext
from studio.services.engine import Engine


def run(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """Device and precision first: the header of the pages waits for them."""
    yield Progress(step=0, total=2, text="Looking at the processor and the graphics card.")
    Engine(context.paths, context.settings, context.store, context.kept).place()
    yield Progress(step=1, total=2, text="Looking at models, disk and packages.")
    report = examine(context.settings, context.paths)
    yield {"report": report.model_dump(mode="json")}
