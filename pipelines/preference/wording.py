"""Which words of a person a picture model is told.

People say "a fax from 1993" and "no outlines". A text encoder takes the first for a fax and hears
outlines in the second. So a phrase goes into a prompt only where the vocabulary knows all of it as
something to be seen; else its label speaks for it ("black and white"), and what is denied speaks
from the other side ("thick outlines", disliked). The profile keeps the person's own words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipelines.preference.attributes import Polarity, opposite
from pipelines.preference.extract.marks import Mark, load_opinions, scan
from pipelines.preference.extract.rules import in_plain_english
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import FUNCTION, Word, split

DENIALS = frozenset(
    """no not without lack lacks lacking none nothing nowhere hardly barely isn't aren't doesn't
    don't isnt arent doesnt dont""".split()  # noqa: SIM905 - quoted, a word a line
)
FILLERS = frozenset({"a", "an", "the", "any", "at", "all", "of"})
DENIAL = re.compile(r"^(?:un|non-?)(?P<after>\w{4,})$|^(?P<before>\w{3,})-?(?:less|free)$")


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said to the model, and on which side."""

    words: str
    polarity: Polarity


@lru_cache(maxsize=4096)  # a page asks for every chip whenever it is drawn
def wording(
    phrase: str, label: str | None, polarity: Polarity, *, own: bool = False
) -> Wording | None:
    """How a phrase with this label reaches a prompt; None where nothing in it can be shown.

    `own` says that the person wrote the phrase for pictures, so only a plain denial of one thing
    is put otherwise.
    """
    if denies(phrase):
        return affirmed(phrase, label, polarity, own=own)
    if own or is_visual(phrase):
        return Wording(phrase, polarity)
    if (label or "") in load_vocabulary():
        return by_label(label, polarity)
    return Wording(phrase, polarity) if is_anchored(phrase) else None


def denies(phrase: str) -> bool:
    """Whether a phrase names what is not there: "no outlines", "uncoloured", "borderless"."""
    return any(word.form in DENIALS or denied_stem(word.form) for word in split(phrase))


def denied_stem(word: str) -> str:
    """The "coloured" of "uncoloured", the "border" of "borderless"; nothing in "unusual",
    "timeless" and "carefree", which deny no entry of the vocabulary that could be drawn."""
    match = DENIAL.match(word)
    stem = (match["after"] or match["before"]) if match else ""
    known = stem and (is_entry((stem,)) or is_entry((stem.removesuffix("ed"),)))
    return stem if known else ""


def is_entry(words: tuple[str, ...]) -> bool:
    """Whether these forms are an entry of the vocabulary, and no figure of speech."""
    vocabulary = load_vocabulary()
    return words in vocabulary.index and words not in vocabulary.idioms


def affirmed(phrase: str, label: str | None, polarity: Polarity, *, own: bool) -> Wording | None:
    """A denial without its denial: the label, or what is denied on the other side.

    Only where nothing but what is denied is left: "cloudless sky" is about the sky as well, and
    "not without colour" denies twice. Such words stand if the person wrote them for pictures.
    """
    if (label or "") in load_vocabulary():
        return by_label(label, polarity)
    denied = sole_denied(phrase)
    if denied and (own or is_entry(tuple(denied.split()))):
        return wording(denied, None, opposite(polarity), own=own)
    return Wording(phrase, polarity) if own else None


def sole_denied(phrase: str) -> str:
    """The one word or entry that a phrase denies and says nothing beside; "" where there is more,
    or less."""
    words = [word.form for word in split(phrase) if word.form not in FILLERS]
    denials = sum(word in DENIALS or bool(denied_stem(word)) for word in words)
    left = tuple(denied_stem(word) or word for word in words if word not in DENIALS)
    return " ".join(left) if denials == 1 and (len(left) == 1 or is_entry(left)) else ""


def by_label(label: str | None, polarity: Polarity) -> Wording | None:
    """The label, or the opposite of one that denies; None for what is no label or no property."""
    known = load_vocabulary().labels.get(label or "")
    if known is None or known.generic:
        return None
    if not denies(known.name):
        return Wording(known.name, polarity)
    return Wording(known.opposite, opposite(polarity)) if known.opposite else None


def is_visual(phrase: str) -> bool:
    """Whether the vocabulary knows every word as something to be seen, with one sense: "bold
    contour" is, "bold" (outlines? colours?) and "reads instantly" are not."""
    words, marks = read(phrase)
    things = [mark for mark in marks if mark.kind == "thing"]
    known = {n for mark in things for n in range(mark.start, mark.end)}
    if not things or any(key(mark, words) in load_vocabulary().idioms for mark in things):
        return False
    if any(n not in known and word.form not in FUNCTION for n, word in enumerate(words)):
        return False
    return len(things) > 1 or not (things[0].vague or len(things[0].labels) > 1)


def is_anchored(phrase: str) -> bool:
    """Whether some word of a phrase that has no label is something to be seen: "stiff strokes"."""
    words, marks = read(phrase)
    return any(m.kind == "thing" and key(m, words) not in load_vocabulary().idioms for m in marks)


def read(phrase: str) -> tuple[Sequence[Word], list[Mark]]:
    """The words of a phrase, and what they mean."""
    words = in_plain_english(phrase)
    return words, scan(phrase, words, load_vocabulary(), load_opinions())


def key(mark: Mark, words: Sequence[Word]) -> tuple[str, ...]:
    """The words of a mark, as the vocabulary's index has them."""
    return tuple(word.form for word in words[mark.start : mark.end])
