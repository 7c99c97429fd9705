"""What a reader of comments is: a name, a prompt version and one method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from pipelines.preference.attributes import Attribute, Comment


@runtime_checkable
class Extractor(Protocol):
    """Reads comments, one result a comment, in order.

    `extract` is a generator: the caller shows progress between two results and cancels by not
    asking for the next one. `id` names the backend with its model ("built-in",
    "local-llm:qwen2.5-coder-1.5b-instruct-q4_k_m"); `prompt_version` changes whenever the same
    comment may be read differently.
    """

    @property
    def id(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]: ...
