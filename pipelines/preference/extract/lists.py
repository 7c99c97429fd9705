"""What a small local model is asked: two lists of phrases, and nothing that others do better.

Models of a billion parameters find what a comment speaks of, but their categories are often
wrong, and every word of JSON costs them time. So they answer {"liked": […], "disliked":
[…]}; `fusion` holds that against the built-in reading, which knows categories and grammar.
"""

import json
import re
from typing import Any

from pipelines.errors import ExtractionError
from pipelines.preference.attributes import POLARITIES, Comment, Polarity
from pipelines.preference.extract.prompt import question

PROMPT_VERSION = "lists-1"
MOST = 8  # phrases of one list
MAX_TOKENS = 240
SIDES = re.compile(r'"(liked|disliked)"\s*:\s*\[((?:[^"\]]|"(?:[^"\\]|\\.)*")*)')
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

Phrases = list[tuple[str, Polarity]]

LIST = {
    "type": "array",
    "maxItems": MOST,
    "items": {"type": "string", "minLength": 2, "maxLength": 50},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(POLARITIES, LIST),
    "required": list(POLARITIES),
    "additionalProperties": False,
}
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "lists", "strict": True, "schema": SCHEMA},
}

SYSTEM = """You read a person's comment on a picture and note what they like to see in pictures \
and what they do not. Answer with two lists of short phrases in English, in the comment's own \
words: style or technique, colours, lines, light, texture, layout and background, things shown, \
feeling, amount of detail.
One phrase for each thing, adjective and noun together. Every visual thing that is mentioned goes \
into one of the lists; a list may be empty.
A liked picture can have disliked parts, and the other way round. Too much X: X is disliked. X is \
missing or wished for: X is liked. Glad that there is no X: X is disliked. Usually hates X but \
here it works: X is liked.
Leave out what names nothing to see ("works", "yuck", "my style")."""

SHOTS: tuple[tuple[Polarity, str, list[str], list[str]], ...] = (
    (
        "liked",
        "love the chunky ink lines, though the sky is way too purple",
        ["chunky ink lines"],
        ["too purple", "sky"],
    ),
    (
        "disliked",
        "Looks like a cheap 3d render, there's no warmth. I'd rather have a loose pencil sketch.",
        ["warmth", "loose pencil sketch"],
        ["cheap 3d render"],
    ),
    (
        "liked",
        "I normally can't stand busy patterns, but here they work. Soft candlelight, very cosy!",
        ["busy patterns", "soft candlelight", "cosy"],
        [],
    ),
    ("disliked", "demasiado recargado, pero el gato es bonito", ["cat"], ["cluttered"]),
    (
        "disliked",
        "blurry, nothing to look at, leaves me cold",
        [],
        ["blurry", "empty", "boring"],
    ),
    (
        "liked",
        "Not another glossy logo, thank goodness. The snow glows!",
        ["glowing snow"],
        ["glossy logo"],
    ),
    (
        "disliked",
        "I wouldn't say the poster style is bad, it's the jagged edges that bug me",
        ["poster style"],
        ["jagged edges"],
    ),
)


def messages(comment: Comment) -> list[dict[str, str]]:
    """The chat that asks about one comment. Everything before the last turn is always the same, so
    that it is read once."""
    chat = [{"role": "system", "content": SYSTEM}]
    for verdict, text, liked, disliked in SHOTS:
        answer = json.dumps({"liked": liked, "disliked": disliked})
        chat.append({"role": "user", "content": question(verdict, text)})
        chat.append({"role": "assistant", "content": answer})
    return [*chat, {"role": "user", "content": question(comment.verdict, comment.text)}]


def parse(text: str) -> Phrases:
    """The phrases of an answer with their sides; of one that was cut off, those that are whole.

    Raises:
        ExtractionError: there is no list in it.
    """
    found = SIDES.findall(text)
    if not found:
        raise ExtractionError(f"The reader's answer holds no lists: {text[:120]!r}. Try again.")
    return [(clean(json.loads(s)), side) for side, items in found for s in STRING.findall(items)]


def clean(phrase: str) -> str:
    """Lower case, single spaces, no punctuation around it."""
    return " ".join(phrase.lower().split()).strip(" .,;\"'")
