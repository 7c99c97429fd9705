"""Readers of comments, by name.

    built-in    rules and vocabulary; milliseconds, always there
    local-llm   a small language model on this computer (extra `llm`, 1.1 GB)
    openai      any server that speaks OpenAI's chat format
    vlm         a vision-language model that sees the pictures too

`reader(name, options)` makes one. Nothing heavy is loaded before the first comment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import BackendMissing
from pipelines.preference.extract.protocol import Extractor


@dataclass(frozen=True)
class ReaderOptions:
    """What the readers that are not built in need; each takes its own fields."""

    gguf: Path | None = None  # local-llm
    threads: int = 1
    base_url: str = ""  # openai
    model: str = ""
    key: str = ""
    sees: bool = False  # whether pictures are sent along
    vlm: str = ""  # hub id or folder
    device: str = "cpu"


def built_in(options: ReaderOptions) -> Extractor:
    """Rules and vocabulary."""
    from pipelines.preference.extract.rules import RuleExtractor

    return RuleExtractor()


def local_llm(options: ReaderOptions) -> Extractor:
    """A GGUF file through llama.cpp."""
    from pipelines.preference.extract.local_llm import LocalLLMExtractor

    if options.gguf is None:
        raise BackendMissing(
            "Reading with a local model needs its file (1.1 GB). Get it with: "
            "studio models pull llm"
        )
    return LocalLLMExtractor(options.gguf, threads=options.threads)


def openai(options: ReaderOptions) -> Extractor:
    """A server."""
    from pipelines.preference.extract.openai_api import OpenAIExtractor

    return OpenAIExtractor(options.base_url, options.model, options.key, sees=options.sees)


def vlm(options: ReaderOptions) -> Extractor:
    """A vision-language model through transformers."""
    from pipelines.preference.extract.vlm import VLMExtractor

    return VLMExtractor(options.vlm, device=options.device)


BACKENDS: dict[str, Callable[[ReaderOptions], Extractor]] = {
    "built-in": built_in,
    "local-llm": local_llm,
    "openai": openai,
    "vlm": vlm,
}


def reader(name: str, options: ReaderOptions | None = None) -> Extractor:
    """The reader with this name.

    Raises:
        BackendMissing: there is none with this name, or it needs something that is not there.
    """
    if name not in BACKENDS:
        raise BackendMissing(f"No reader is called {name!r}. There are: {', '.join(BACKENDS)}.")
    return BACKENDS[name](options or ReaderOptions())
