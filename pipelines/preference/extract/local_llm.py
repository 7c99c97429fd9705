"""Reads comments with a small instruct model on this computer, through llama.cpp (`xllamacpp`).

Its two lists of phrases (`lists`) are held against the built-in reading (`fusion`). llama.cpp's
grammar holds answers to the JSON schema, at temperature 0. The prompt's constant part is kept
between comments, so the first one pays for it and `warm` can pay in advance. One thread by default:
beside other work, two spin on each other (145 s a comment were measured instead of 7).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import BackendMissing, ExtractionError
from pipelines.preference.attributes import Attribute, Comment
from pipelines.preference.extract import lists
from pipelines.preference.extract.fusion import fuse

CONTEXT = 2048  # tokens: 600 of prompt, a comment, an answer
LONGEST_COMMENT = 2000  # characters, about 500 tokens; what is beyond is not read


class LocalLLMExtractor:
    """Reads comments with a GGUF file; the model is loaded when the first comment comes.

    Use it as a context manager, or call `close`: the model holds 1.3 GB of memory.
    """

    prompt_version = lists.PROMPT_VERSION

    def __init__(self, file: Path, *, threads: int = 1) -> None:
        if not file.is_file():
            raise BackendMissing(
                f"There is no language model at {file}. Get it with: studio models pull llm"
            )
        self.file = file
        self.threads = threads
        self.server: Any = None

    @property
    def id(self) -> str:
        return f"local-llm:{self.file.stem}"

    def __enter__(self) -> "LocalLLMExtractor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back."""
        self.server = None

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]:
        for comment in comments:
            yield self.read(comment)

    def warm(self) -> None:
        """Load the model and read the constant part of the prompt."""
        self.ask(lists.messages(Comment("", "liked", "")), tokens=1)

    def read(self, comment: Comment) -> list[Attribute]:
        """The attributes of one comment."""
        if not comment.text.strip():
            return []
        short = Comment(comment.id, comment.verdict, comment.text[:LONGEST_COMMENT], comment.image)
        text = self.ask(lists.messages(short), tokens=lists.MAX_TOKENS)
        return fuse(lists.parse(text), comment, self.id)

    def ask(self, messages: list[dict[str, Any]], *, tokens: int) -> str:
        """One chat answer."""
        if self.server is None:
            self.server = load(self.file, self.threads)
        answer = self.server.handle_chat_completions(
            {
                "messages": messages,
                "temperature": 0,
                "max_tokens": tokens,
                "cache_prompt": True,
                "response_format": lists.RESPONSE_FORMAT,
            }
        )
        try:
            return answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError) as error:
            raise ExtractionError(f"The local model gave no answer: {answer!r:.200}") from error


def load(file: Path, threads: int) -> Any:
    """Start llama.cpp in this process.

    Raises:
        BackendMissing: `xllamacpp` is not installed.
        ExtractionError: the file cannot be loaded.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise BackendMissing(
            "Reading with a local model needs the package xllamacpp. "
            "Install it with: pip install 'taste-studio[llm]'"
        ) from error
    llama: Any = xllamacpp  # its compiled names are unknown to type checkers
    params = llama.CommonParams()
    params.model.path = str(file)
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.verbosity = -1  # llama.cpp would write a page a comment
    params.no_extra_bufts = True  # 1.3 GB instead of 1.9 GB
    try:
        return llama.Server(params)
    except RuntimeError as error:
        raise ExtractionError(
            f"{file.name} cannot be loaded as a language model: {error}"
        ) from error
