"""A small model's phrases and the built-in reading of a comment become one.

The two err differently. The built-in reader knows categories and the grammar of opinion, and takes
many a noun for something that is liked ("wrapped around its finger"); the model knows what a
comment is about, and turned polarity round more often in the comments that this was tuned on. So
what both name is placed and judged by the built-in reader; what it alone names stays if the
vocabulary lists it as a property, and falls if it is a guess or a thing shown; what the model alone
names is added where the vocabulary knows what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import Attribute, Comment, Evidence, Polarity
from pipelines.preference.extract.answers import (
    Heard,
    Span,
    locate,
    name,
    overlaps,
    says_nothing,
)
from pipelines.preference.extract.glossary import foreign
from pipelines.preference.extract.lists import PROMPT_VERSION, Phrases
from pipelines.preference.extract.polarity import PLAIN
from pipelines.preference.extract.rules import Reading, in_plain_english, read_mentions
from pipelines.preference.words import split


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase of the model's, and where the comment holds it; None in an unknown language."""

    phrase: str
    polarity: Polarity
    span: Span | None


def fuse(phrases: Phrases, comment: Comment, backend: str) -> list[Attribute]:
    """The attributes of a comment, in the order of its words, then the model's own; each label
    once a side."""
    heard = Heard(comment, in_plain_english(comment.text), read_mentions(comment))
    said = [s for phrase, polarity in phrases if (s := listen(phrase, polarity, heard))]
    kept = [r for r in heard.readings if is_listed(r) or any(meets(s, r) for s in said)]
    found = [placed(reading, comment, backend) for reading in kept]
    for each in said:
        if is_new(each, said, heard.readings):
            found += added(each, comment, backend)
    unique: dict[tuple[str, Polarity], Attribute] = {}
    for attribute in found:
        unique.setdefault((attribute.label, attribute.polarity), attribute)
    return list(unique.values())


def listen(phrase: str, polarity: Polarity, heard: Heard) -> Said | None:
    """A phrase in its place; None for one without content, within an idiom of opinion, or that a
    comment in a known language does not hold."""
    if not phrase or says_nothing(phrase):
        return None
    span = locate(phrase, heard.words)
    text = heard.comment.text
    known = heard.is_english or foreign(text, split(text)) is not None
    if (span is None and known) or heard.is_idiom(span):
        return None
    return Said(phrase, polarity, span)


def meets(said: Said, reading: Reading) -> bool:
    """Whether both speak of the same place."""
    return said.span is not None and overlaps(said.span, reading.span)


def is_new(said: Said, everything: Sequence[Said], readings: Sequence[Reading]) -> bool:
    """Whether the built-in reader has not heard it: it made nothing of the place, or one thing of
    what the model calls two ("tiny figures in a canyon" is scale; the canyon is a landscape)."""
    met = [reading for reading in readings if meets(said, reading)]
    label = name(said.phrase, "subject")
    return all(
        label is not None
        and label.category != reading.mention.category
        and any(meets(other, reading) for other in everything if other is not said)
        for reading in met
    )


def is_listed(reading: Reading) -> bool:
    """Whether a reading rests on a property that the vocabulary lists: no guess, no thing shown."""
    return not reading.mention.guessed and reading.mention.category != "subject"


def placed(reading: Reading, comment: Comment, backend: str) -> Attribute:
    """A reading of the built-in reader as an attribute of the pair."""
    mention, opinion = reading.mention, reading.opinion
    label = mention.label.name if mention.label else reading.phrase
    return Attribute(
        phrase=label if opinion.absent else reading.phrase,
        category=mention.category,
        label=label,
        polarity=opinion.polarity,
        weight=opinion.weight,
        evidence=Evidence(comment.id, reading.span),
        backend=backend,
        prompt_version=PROMPT_VERSION,
    )


def added(said: Said, comment: Comment, backend: str) -> Sequence[Attribute]:
    """What only the model names, if the vocabulary knows it: one attribute or none."""
    label = name(said.phrase, "subject")
    if label is None or label.generic:
        return ()
    evidence = Evidence(comment.id, said.span)
    return (
        Attribute(
            phrase=said.phrase,
            category=label.category,
            label=label.name,
            polarity=said.polarity,
            weight=PLAIN,
            evidence=evidence,
            backend=backend,
            prompt_version=PROMPT_VERSION,
        ),
    )
