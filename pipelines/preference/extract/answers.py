"""What a language model answers becomes attributes, after repairs.

The repairs undo what small models were seen to get wrong: categories ("neon" is no medium), empty
phrases ("works"), idioms taken by the word ("knocks it out of the park"), leaks from the prompt's
examples, things left out, and sentences whose shape decides: a habit ("I normally can't stand …"),
a wish, an excess, an absence ("there's no warmth"). The built-in reader reads the comment too and
knows these.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    opposite,
)
from pipelines.preference.extract.marks import load_opinions, scan
from pipelines.preference.extract.polarity import PLAIN
from pipelines.preference.extract.prompt import MOST, PROMPT_VERSION
from pipelines.preference.extract.rules import Reading, in_plain_english, read_mentions
from pipelines.preference.extract.spelling import load_lexicon
from pipelines.preference.extract.tagger import load_tagger
from pipelines.preference.vocabulary import Label, load_vocabulary
from pipelines.preference.words import FUNCTION, Word, split

Span = tuple[int, int]


def parse(text: str) -> list[Mapping[str, Any]]:
    """The attributes in an answer, be it bare JSON, fenced, wrapped in talk, or cut off.

    Raises:
        ExtractionError: there is no JSON with attributes in it.
    """
    whole = closed(text)
    for candidate in (whole, *re.findall(r"\{.*\}|\[.*\]", text, flags=re.DOTALL)):
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
    if text.count("{") <= text.count("}") or '"attributes"' not in text:
        return text
    head, brace, _ = text.rpartition("}")
    return f"{head}{brace}]}}" if brace else '{"attributes": []}'


@dataclass(frozen=True)
class Heard:
    """A comment as the built-in reader hears it, which a model's answer is held against."""

    comment: Comment
    words: Sequence[Word]
    readings: Sequence[Reading]

    def at(self, span: Span | None) -> Reading | None:
        """What the built-in reader makes of a place."""
        return next((r for r in self.readings if span and overlaps(r.span, span)), None)

    def is_idiom(self, span: Span | None) -> bool:
        """Whether a place lies within an idiom of opinion: the "run" of "makes me run a mile"."""
        return span is not None and any(
            mark.kind in ("like", "hate")
            and self.words[mark.start].start <= span[0]
            and span[1] <= self.words[mark.end - 1].end
            for mark in scan(self.comment.text, self.words, load_vocabulary(), load_opinions())
        )

    @property
    def is_english(self) -> bool:
        """Whether most words are common English, so that a phrase must be found among them."""
        english = load_lexicon().english
        raw = split(self.comment.text)
        return 2 * sum(word.form in english for word in raw) > len(raw)


def attributes(
    items: Sequence[Mapping[str, Any]], comment: Comment, backend: str, *, seen: bool = False
) -> list[Attribute]:
    """Checked, repaired and completed attributes, each label once a side.

    `seen` says that the model looked at the picture, so its phrases need not come from the comment.
    """
    heard = Heard(comment, in_plain_english(comment.text), read_mentions(comment))
    repaired = [repair(item, heard, backend, seen=seen) for item in items[:MOST]]
    found: dict[tuple[str, Polarity], Attribute] = {}
    for attribute in repaired:
        if attribute is not None:
            found.setdefault((attribute.label, attribute.polarity), attribute)
    for reading in left_out(heard.readings, list(found.values())):
        attribute = complete(reading, comment, backend)
        if (attribute.label, opposite(attribute.polarity)) not in found:
            found.setdefault((attribute.label, attribute.polarity), attribute)
    return list(found.values())


def repair(item: Mapping[str, Any], heard: Heard, backend: str, *, seen: bool) -> Attribute | None:
    """One attribute, or None where it is dropped."""
    phrase = " ".join(str(item.get("phrase", "")).lower().split()).strip(" .,;\"'")
    category: Any = item.get("category")
    polarity: Any = item.get("polarity")
    if category not in CATEGORIES or polarity not in POLARITIES or says_nothing(phrase):
        return None
    span = locate(phrase, heard.words)
    if (span is None and not seen and heard.is_english) or heard.is_idiom(span):
        return None
    same = heard.at(span)
    if same and same.opinion.shaped:
        polarity = same.opinion.polarity
    label = name(phrase, category)
    return Attribute(
        phrase=label.name if label and same and same.opinion.absent else phrase,
        category=label.category if label else category,
        label=label.name if label else phrase,
        polarity=polarity,
        weight=same.opinion.weight if same else PLAIN,
        evidence=Evidence(heard.comment.id, span),
        backend=backend,
        prompt_version=PROMPT_VERSION,
    )


def says_nothing(phrase: str) -> bool:
    """Whether a phrase holds only words of grammar and opinion: "it works", "yum"."""
    words = in_plain_english(phrase)
    marks = scan(phrase, words, load_vocabulary(), load_opinions())
    spoken = {n for m in marks if m.kind != "thing" for n in range(m.start, m.end)}
    return all(n in spoken or word.form in FUNCTION for n, word in enumerate(words))


def locate(phrase: str, words: Sequence[Word]) -> Span | None:
    """Where the comment holds the content words of a phrase, as one span; None for nowhere."""
    wanted = {word.form for word in in_plain_english(phrase)} - FUNCTION
    places = [word for word in words if word.form in wanted]
    return (places[0].start, places[-1].end) if places else None


def overlaps(a: Span, b: Span) -> bool:
    """Whether two half-open ranges share a character."""
    return a[0] < b[1] and b[0] < a[1]


def name(phrase: str, category: Category) -> Label | None:
    """The vocabulary's label for a phrase: word for word, by its words (those of the category that
    the model gave come first), or by meaning."""
    exact = load_vocabulary().lookup(phrase, category) or load_vocabulary().lookup(phrase)
    if exact:
        return exact
    said = [r.mention for r in read_mentions(Comment("", "liked", phrase)) if not r.mention.guessed]
    labels = [mention.label for mention in said if mention.label]
    fitting = [label for label in labels if label.category == category]
    if labels:
        return (fitting or labels)[-1]
    guess = None if said else load_tagger().guess(phrase)
    return guess[1] if guess else None


def left_out(readings: Sequence[Reading], found: Sequence[Attribute]) -> list[Reading]:
    """What the built-in reader is sure of and the model did not mention: "a dark forest" as a
    subject leaves out the dark."""
    placed = [(a.evidence.span, a.category) for a in found if a.evidence.span]
    return [
        reading
        for reading in readings
        if is_sure(reading)
        and not any(
            overlaps(reading.span, span) and category == reading.mention.category
            for span, category in placed
        )
    ]


def is_sure(reading: Reading) -> bool:
    """Whether a reading names a listed property: no guess, no bare category, no thing shown."""
    mention = reading.mention
    listed = mention.label is not None and not mention.label.generic
    return listed and not mention.guessed and mention.category != "subject"


def complete(reading: Reading, comment: Comment, backend: str) -> Attribute:
    """A reading of the built-in reader as an attribute of this one."""
    label = reading.mention.label
    assert label is not None
    return Attribute(
        phrase=label.name if reading.opinion.absent else reading.phrase,
        category=reading.mention.category,
        label=label.name,
        polarity=reading.opinion.polarity,
        weight=reading.opinion.weight,
        evidence=Evidence(comment.id, reading.span),
        backend=backend,
        prompt_version=PROMPT_VERSION,
    )
