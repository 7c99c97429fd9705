"""What language models are asked, and how their answers become attributes.

One prompt, one JSON schema and one set of filters for the local model, for servers and for vision
models; only the transport differs. The filters undo what small models were seen to get wrong:
categories ("neon" is no medium), empty phrases ("works"), leaks from the examples, a complaint
about something missing ("there's no warmth") read as a complaint about the thing, and a habit
("I normally can't stand …") read as an opinion on this picture.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.errors import ExtractionError
from pipelines.preference.attributes import (
    CATEGORIES,
    POLARITIES,
    Attribute,
    Category,
    Comment,
    Evidence,
    Polarity,
)
from pipelines.preference.extract.glossary import foreign
from pipelines.preference.extract.polarity import PLAIN
from pipelines.preference.extract.rules import Reading, read_mentions
from pipelines.preference.extract.spelling import correct
from pipelines.preference.extract.tagger import load_tagger
from pipelines.preference.vocabulary import Label, load_vocabulary
from pipelines.preference.words import FUNCTION, forms, split

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


def parse(text: str) -> list[Mapping[str, Any]]:
    """The attributes in an answer, be it bare JSON, fenced, or wrapped in talk.

    Raises:
        ExtractionError: there is no JSON with attributes in it.
    """
    for candidate in (text, *re.findall(r"\{.*\}|\[.*\]", text, flags=re.DOTALL)):
        try:
            document = json.loads(candidate)
        except ValueError:
            continue
        items = document.get("attributes") if isinstance(document, dict) else document
        if isinstance(items, list):
            return [item for item in items if isinstance(item, dict)]
    raise ExtractionError(f"The reader's answer holds no attributes: {text[:120]!r}. Try again.")


def closed(text: str) -> str:
    """An answer that hit the token limit, with its last whole attribute as the end."""
    if text.count("{") <= text.count("}"):
        return text
    head, brace, _ = text.rpartition("}")
    return f"{head}{brace}]}}" if brace else '{"attributes": []}'


def attributes(
    items: Sequence[Mapping[str, Any]], comment: Comment, backend: str, *, seen: bool = False
) -> list[Attribute]:
    """Checked and repaired attributes, each label once a side. `seen` says that the model looked
    at the picture, so its phrases need not come from the comment."""
    read = read_mentions(comment)
    found: dict[tuple[str, Polarity], Attribute] = {}
    for item in items[:MOST]:
        attribute = repair(item, comment, backend, read, seen)
        if attribute is not None:
            found.setdefault((attribute.label, attribute.polarity), attribute)
    return list(found.values())


def repair(
    item: Mapping[str, Any], comment: Comment, backend: str, read: Sequence[Reading], seen: bool
) -> Attribute | None:
    """One attribute, or None where the filters drop it."""
    phrase = " ".join(str(item.get("phrase", "")).lower().split()).strip(" .,;\"'")
    category: Any = item.get("category")
    polarity: Any = item.get("polarity")
    if not phrase or category not in CATEGORIES or polarity not in POLARITIES:
        return None
    span = locate(phrase, comment)
    if is_empty(phrase) or (span is None and not seen and not foreign_comment(comment)):
        return None
    same = next((r for r in read if span and overlaps(r.span, span)), None)
    if same and (same.opinion.absent or same.opinion.habit):
        polarity = same.opinion.polarity
    label = name(phrase)
    return Attribute(
        phrase=phrase,
        category=label.category if label else category,
        label=label.name if label else phrase,
        polarity=polarity,
        weight=same.opinion.weight if same else PLAIN,
        evidence=Evidence(comment.id, span),
        backend=backend,
        prompt_version=PROMPT_VERSION,
    )


def is_empty(phrase: str) -> bool:
    """Whether a phrase names nothing."""
    return all(word in FUNCTION for word in forms(phrase))


def foreign_comment(comment: Comment) -> bool:
    """Whether the comment is not English, so that translated phrases cannot be found in it."""
    words = split(comment.text)
    ascii_share = sum(c.isascii() for c in comment.text) / max(1, len(comment.text))
    return bool(words) and (ascii_share < 0.8 or foreign(comment.text, words) is not None)


def locate(phrase: str, comment: Comment) -> tuple[int, int] | None:
    """Where the comment holds the content words of a phrase, as one span; None for nowhere."""
    wanted = {word.form for word in correct(split(phrase))} - FUNCTION
    places = [w for w in correct(split(comment.text)) if w.form in wanted]
    return (places[0].start, places[-1].end) if places else None


def overlaps(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two half-open ranges share a character."""
    return a[0] < b[1] and b[0] < a[1]


def name(phrase: str) -> Label | None:
    """The vocabulary's label for a phrase: word for word, by its words, or by meaning."""
    exact = load_vocabulary().lookup(phrase)
    if exact:
        return exact
    parts = [r for r in read_mentions(Comment("", "liked", phrase)) if r.mention.label]
    if parts:
        return parts[-1].mention.label
    guess = load_tagger().guess(phrase)
    return guess[1] if guess else None
