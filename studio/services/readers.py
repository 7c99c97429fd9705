"""Which reader of comments the settings mean, and getting the language model that one needs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.preference.extract import ReaderOptions, reader
from pipelines.preference.extract.gguf import CARDS, QWEN_CODER, GgufCard, find, pull
from pipelines.preference.extract.protocol import Extractor
from studio.domain import Job, Progress
from studio.errors import InvalidInput
from studio.jobs.context import JobContext
from studio.paths import Paths
from studio.settings import Settings


def reader_for(backend: str, settings: Settings, paths: Paths) -> Extractor:
    """The reader of this name, set up as the person wants it.

    Raises:
        BackendMissing: it needs something that is not there; the message says how to get it.
        InvalidInput: the settings name a language model that we do not know.
    """
    return reader(
        backend,
        ReaderOptions(
            gguf=language_model(settings, paths) if backend == "local-llm" else None,
            threads=settings.threads or 1,  # beside a busy program two are slower than one
            base_url=settings.openai_url,
            model=settings.openai_model,
            key=settings.openai_key.get_secret_value(),
            sees=settings.openai_sees,
            vlm=settings.vlm,
            device="cpu" if settings.device == "auto" else settings.device,
        ),
    )


def language_model(settings: Settings, paths: Paths) -> Path | None:
    """The GGUF file that the settings name: a path, or a card's; None if it was not pulled yet."""
    path = Path(settings.llm).expanduser()
    if settings.llm and path.suffix == ".gguf":
        return path
    return find(language_card(settings.llm), paths.models)


def language_card(name: str) -> GgufCard:
    """The card of a language model; the default one for an empty name.

    Raises:
        InvalidInput: there is none of this name.
    """
    card = CARDS.get(name or QWEN_CODER.id)
    if card is None:
        raise InvalidInput(
            f"No language model is called {name!r}. There are: {', '.join(CARDS)}; "
            "or give the path of a .gguf file."
        )
    return card


def pull_request(name: str = "") -> Job:
    """The job that gets a language model."""
    card = language_card(name)
    title = f"Getting {card.name} ({card.size / 1e9:.1f} GB)"
    return Job(kind="pull", title=title, params={"card": card.id})


def run_pull(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """The work of a "pull" job; when it is cancelled or killed, the next one goes on from there."""
    card = language_card(params["card"])
    megabyte = 1 << 20
    for pulled in pull(card, context.paths.models):
        yield Progress(
            step=pulled.done // megabyte, total=pulled.total // megabyte, text=pulled.text
        )
    yield {"model": card.id, "path": str(context.paths.models / card.file)}
