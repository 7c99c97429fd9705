"""Which reader of comments is meant by its name, as the settings describe it; and getting the
language model that one of them needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipelines.errors import BackendMissing, ModelNotFound
from pipelines.preference.extract import ReaderOptions, reader
from pipelines.preference.extract.gguf import (
    CARDS,
    QWEN_CODER,
    GgufCard,
    Pulled,
    find,
    finish,
    pull,
)
from pipelines.preference.extract.protocol import Extractor
from studio.domain import Job, Progress
from studio.jobs.context import JobContext
from studio.paths import Paths
from studio.settings import Settings


def make_reader(name: str, settings: Settings, paths: Paths) -> Extractor:
    """The reader with this name, ready to read; nothing is loaded before its first comment.

    Raises:
        BackendMissing: it needs something that is not there; the message says what and how to
            get it.
    """
    return reader(
        name,
        ReaderOptions(
            gguf=language_model(settings.llm, paths) if name == "local-llm" else None,
            threads=settings.threads or 1,
            base_url=settings.openai_url,
            model=settings.openai_model,
            key=settings.openai_key.get_secret_value(),
            sees=settings.openai_sees,
            vlm=settings.vlm,
            device=vision_device(settings) if name == "vlm" else "cpu",
        ),
    )


def vision_device(settings: Settings) -> str:
    """Where a vision model runs. Only it needs to know, so only then torch is imported."""
    from pipelines.runtime import pick_device

    return str(pick_device(settings.device))


def language_model(name: str, paths: Paths) -> Path:
    """The file of the local model: a card's id (empty for the default), or a path.

    Raises:
        BackendMissing: it is not there.
    """
    card = CARDS.get(name) if name else QWEN_CODER
    file = find(card, language_models(paths)) if card else Path(name).expanduser()
    if file is None or not file.is_file():
        what = f"{card.name} ({card.size / 1e9:.1f} GB)" if card else f"The language model {name}"
        raise BackendMissing(f"{what} is not here. Get it with: studio models pull llm")
    return file


def language_models(paths: Paths) -> Path:
    """The folder of language models."""
    return paths.models / "llm"


@dataclass(frozen=True)
class LanguageModel:
    """A language model that can be had, and how far it is here."""

    id: str
    name: str
    size: int  # bytes
    licence: str
    present: bool
    begun: bool  # a part of it has been downloaded
    missing: str  # what else is needed before it can read; "" if nothing is


def language_model_lines(paths: Paths) -> list[LanguageModel]:
    """Every language model with a card."""
    return [line_of(card, language_models(paths)) for card in CARDS.values()]


def line_of(card: GgufCard, folder: Path) -> LanguageModel:
    """What a list shows of a card."""
    needs = "It needs the package xllamacpp: pip install xllamacpp"
    return LanguageModel(
        id=card.id,
        name=card.name,
        size=card.size,
        licence=card.licence,
        present=find(card, folder) is not None,
        begun=any(folder.glob(f"{card.file}.*")),
        missing="" if find_spec("xllamacpp") else needs,
    )


def pull_request(name: str = "") -> Job:
    """The job that gets a language model, the default one for an empty name.

    Raises:
        ModelNotFound: there is none of this name.
    """
    card = card_of(name)
    title = f"Getting {card.name} ({card.size / 1e9:.1f} GB)"
    return Job(kind="pull", title=title, params={"card": card.id})


def verify_request(name: str = "") -> Job:
    """The job that reads a language model's file again and compares its digest.

    Raises:
        ModelNotFound: there is none of this name.
    """
    card = card_of(name)
    return Job(kind="pull", title=f"Checking {card.name}", params={"card": card.id, "verify": True})


def card_of(name: str) -> GgufCard:
    """The card of this name, the default one for an empty name.

    Raises:
        ModelNotFound
    """
    card = CARDS.get(name) if name else QWEN_CODER
    if card is None:
        raise ModelNotFound(f"No language model is called {name!r}. There are: {', '.join(CARDS)}.")
    return card


def run_pull(params: dict[str, Any], context: JobContext) -> Iterator[Progress | dict[str, Any]]:
    """The work of a "pull" job; when it is cancelled or killed, the next one goes on from there."""
    card, folder = CARDS[params["card"]], language_models(context.paths)
    megabyte = 1 << 20
    for pulled in verified(card, folder) if params.get("verify") else pull(card, folder):
        yield Progress(
            step=pulled.done // megabyte, total=pulled.total // megabyte, text=pulled.text
        )
    yield {"model": card.id, "path": str(folder / card.file)}


def verified(card: GgufCard, folder: Path) -> Iterator[Pulled]:
    """Compare a file that is here with its card. A damaged one is deleted, so that it can be had
    again.

    Raises:
        BackendMissing: it is not here.
        DamagedFile: its bytes are not the card's.
    """
    file = find(card, folder)
    if file is None:
        raise BackendMissing(f"{card.name} is not here. Get it first.")
    yield from finish(card, file, file)
