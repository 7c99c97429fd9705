"""What large language models are asked: one prompt and one JSON schema for servers and for vision
models; only the transport differs. `answers` says what becomes of the reply. Small models on this
computer are asked for less, see `lists`.
"""

import json
from collections.abc import Sequence
from typing import Any

from pipelines.preference.attributes import CATEGORIES, Category, Comment, Polarity

PROMPT_VERSION = "prompt-1"
MOST = 12  # attributes of one comment; a model that runs on is cut off here
MAX_TOKENS = 400

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "attributes": {
            "type": "array",
            "maxItems": MOST,
            "items": {
                "type": "object",
                "properties": {
                    "phrase": {"type": "string", "minLength": 2, "maxLength": 60},
                    "category": {"type": "string", "enum": list(CATEGORIES)},
                    "polarity": {"type": "string", "enum": ["liked", "disliked"]},
                },
                "required": ["phrase", "category", "polarity"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["attributes"],
    "additionalProperties": False,
}

RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "attributes", "strict": True, "schema": SCHEMA},
}

SYSTEM = """You read a person's comment on a picture and list the visual attributes it mentions.
For each: "phrase" (2-5 words, close to the comment's own wording, in English), "category" and
"polarity".
Categories: medium (technique, art style), palette (colours), line (outlines, shapes), lighting
(light, shadow), texture (surfaces, material), composition (layout, background, space), subject
(what is shown), mood (feeling), detail (amount of detail, sharpness).
Polarity is what the person feels about that attribute, not about the picture: a liked picture can
have disliked parts. "too X" and "not a fan of X" mean X is disliked. "I wish there were more X",
"needs X", "no X at all" in a complaint mean X is liked. "I usually hate X but here it works" means
X is liked.
Skip words that say nothing visual. Answer with JSON only."""

# ViPer's instruction to its vision model: resolve vague praise by looking at the picture
LOOK = """
You see the picture. Where the comment is vague ("nice colours", "the style"), look and say which
("warm earth tones", "loose watercolour"), so that it is understood without the picture. Name only
what the comment speaks of."""

SHOTS: tuple[tuple[str, str, list[tuple[str, Category, Polarity]]], ...] = (
    (
        "liked",
        "love the chunky ink lines, though the sky is way too purple",
        [("chunky ink lines", "line", "liked"), ("too purple sky", "palette", "disliked")],
    ),
    (
        "disliked",
        "Looks like a cheap 3d render, there's no warmth. I'd rather have a loose pencil sketch.",
        [
            ("cheap 3d render", "medium", "disliked"),
            ("warmth", "mood", "liked"),
            ("loose pencil sketch", "medium", "liked"),
        ],
    ),
    (
        "liked",
        "I normally can't stand busy patterns, but here they work. Soft candlelight, very cosy!",
        [
            ("busy patterns", "texture", "liked"),
            ("soft candlelight", "lighting", "liked"),
            ("cosy", "mood", "liked"),
        ],
    ),
    (
        "disliked",
        "demasiado recargado, pero el gato es bonito",
        [("cluttered", "composition", "disliked"), ("cat", "subject", "liked")],
    ),
    (
        "disliked",
        "blurry, nothing to look at, leaves me cold",
        [
            ("blurry", "detail", "disliked"),
            ("empty", "composition", "disliked"),
            ("boring", "mood", "disliked"),
        ],
    ),
)


def question(verdict: str, text: str) -> str:
    """One comment as a user turn."""
    return f"Picture: {verdict}. Comment: {text}"


def answer(items: Sequence[tuple[str, str, str]]) -> str:
    """Attributes as the model should write them."""
    keys = ("phrase", "category", "polarity")
    return json.dumps({"attributes": [dict(zip(keys, item, strict=True)) for item in items]})


def messages(comment: Comment, *, look: bool = False) -> list[dict[str, Any]]:
    """The chat that asks about one comment; `look` says that its picture goes along. Everything
    before the last turn is always the same, so a server that keeps its state reads it once."""
    chat = [{"role": "system", "content": SYSTEM + LOOK if look else SYSTEM}]
    for verdict, text, items in SHOTS:
        chat.append({"role": "user", "content": question(verdict, text)})
        chat.append({"role": "assistant", "content": answer(items)})
    return [*chat, {"role": "user", "content": question(comment.verdict, comment.text)}]
