"""The job `learn`: a reader that takes its time reads the comments of a profile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from pipelines.errors import ExtractionError
from pipelines.preference.extract.rules import RuleExtractor
from pipelines.spec import Frozen
from studio.domain import Progress
from studio.jobs.context import JobContext
from studio.services.profiles import ProfileService
from studio.services.readers import language_model, make_reader
from studio.services.readings import Readings

ROOM = 1.2  # memory that a language model takes, as a multiple of its file: 1.3 GB for 1.1 GB


class LearnParams(Frozen):
    """What to read, and with what: "local-llm", "openai" or "vlm"."""

    profile: str
    backend: str


def run(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """Read what is unread, a comment a step, then make a version. What was read until a reader
    stops or is stopped is kept."""
    asked = LearnParams.parse(params)
    if asked.backend == "local-llm":
        check_memory(language_model(context.settings.llm, context.paths))
    reader = make_reader(asked.backend, context.settings, context.paths)
    readings = Readings(context.store, RuleExtractor())
    profiles = ProfileService(context.paths, context.store, readings)
    before = profiles.version(asked.profile).number
    yield Progress(text=f"Loading {reader.id}")
    yield from profiles.read(asked.profile, reader)
    version = profiles.learn(asked.profile, reader.id)
    yield {
        "profile": asked.profile,
        "version": version.number,
        "note": version.note if version.number > before else "nothing new",
        "backend": reader.id,
    }


def check_memory(model: Path) -> None:
    """Say that a language model does not fit before the system ends the process over it.

    Raises:
        ExtractionError
    """
    needed, free = ROOM * model.stat().st_size, psutil.virtual_memory().available
    if free < needed:
        raise ExtractionError(
            f"The local model stopped: it needs {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB is free."
        )
