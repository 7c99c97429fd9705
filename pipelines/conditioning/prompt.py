r"""Prompts as people write them: `(word:1.2)` weights, `{red|blue}` wildcards, any length.

Weights follow ComfyUI's rule: a token's state moves on the line from the empty prompt's state
through its own, `z_empty + w (z - z_empty)`, so 0 removes a word and 1 leaves it. Bare brackets are
plain text. `\(`, `\)`, `\{`, `\}` write the characters themselves.
"""

import itertools
import re
from dataclasses import dataclass

from pipelines.errors import InvalidSpec

MAX_VARIANTS = 64
WEIGHT = re.compile(r"(?<!\\)\(((?:\\.|[^()\\])+?):\s*([0-9]*\.?[0-9]+)\s*\)")
WILDCARD = re.compile(r"(?<!\\)\{((?:\\.|[^{}\\])*?)(?<!\\)\}")
SEPARATOR = re.compile(r"(?<!\\)\|")
ESCAPED = re.compile(r"\\([(){}|:\\])")


@dataclass(frozen=True)
class Fragment:
    """A stretch of text with one weight."""

    text: str
    weight: float = 1.0


def parse(prompt: str) -> tuple[Fragment, ...]:
    """Split a prompt into weighted fragments.

    Raises:
        InvalidSpec: a weight lies outside [0, 2].
    """
    fragments, end = [], 0
    for match in WEIGHT.finditer(prompt):
        weight = float(match[2])
        if not 0.0 <= weight <= 2.0:
            raise InvalidSpec(f"({match[1]}:{match[2]}) has weight {weight:g}; use 0 to 2.")
        fragments += [Fragment(prompt[end : match.start()]), Fragment(match[1], weight)]
        end = match.end()
    fragments.append(Fragment(prompt[end:]))
    kept = [Fragment(unescape(f.text), f.weight) for f in fragments if f.text.strip()]
    return tuple(kept) or (Fragment(""),)


def expand(prompt: str) -> tuple[str, ...]:
    """Every combination of the wildcards, the first one changing slowest.

    Raises:
        InvalidSpec: more than 64 combinations.
    """
    pieces = WILDCARD.split(prompt)  # text, choices, text, choices, …, text
    choices = [SEPARATOR.split(piece) for piece in pieces[1::2]]
    count = 1
    for options in choices:
        count *= len(options)
    if count > MAX_VARIANTS:
        raise InvalidSpec(f"The wildcards make {count} prompts; at most {MAX_VARIANTS} are made.")
    texts = pieces[::2]
    return tuple(
        "".join(text + option for text, option in zip(texts, (*picked, ""), strict=True))
        for picked in itertools.product(*choices)
    )


def unescape(text: str) -> str:
    """Plain characters for escaped ones."""
    return ESCAPED.sub(r"\1", text)
