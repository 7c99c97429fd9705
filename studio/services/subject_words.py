"""A subject's name in what people write, and the words that the model has learnt in its place.

"Momo on a beach"                "a sks dog on a beach"
"<subject:Momo:0.8> asleep"      "sks dog asleep", and Momo at weight 0.8
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from studio.domain import Subject
from studio.errors import InvalidInput

INLINE = re.compile(r"<subject:([^<>:,]+?)(?::([^<>:]*))?>")
DETERMINED = re.compile(
    r"(?:^|\W)(?:an?|the|my|our|your|his|her|their|this|that|one|two)\s+$", re.I
)
WEIGHTS = (0.0, 2.0)  # 1 is as trained
TOKENS = (  # rare in what text encoders have read, and short for them
    "sks", "ohwx", "zwx", "qxj", "vkz", "xjw", "kqz", "wzq", "jxv", "zqk", "vxq", "qwz",
)  # fmt: skip


def free_token(taken: Iterable[str]) -> str:
    """A token that no other subject has, so that several can be in one picture."""
    used = set(taken)
    numbered = (f"{token}{n}" for n in range(2, 1000) for token in TOKENS)
    return next(token for token in (*TOKENS, *numbered) if token not in used)


def spoken(text: str, subjects: Iterable[Subject]) -> str:
    """The text with each subject's name, plain or inline, as the words that it was learnt by. All
    names in one pass: the words of one subject may hold the name of another."""
    cast = sorted(subjects, key=lambda subject: -len(subject.name))  # "Old Rex" before "Rex"
    if not cast:
        return text
    names = [re.escape(subject.name) for subject in cast]
    inlines = [rf"(<subject:\s*{name}\s*(?::[^<>:]*)?>)" for name in names]
    plain = [rf"(?<!\w)({name})(?!\w)" for name in names]
    forms = re.compile("|".join([*inlines, *plain]), re.IGNORECASE)

    def said(found: re.Match[str]) -> str:
        form = (found.lastindex or 1) - 1
        subject = cast[form % len(cast)]
        before = found.string[: found.start()]
        named = form < len(cast) or DETERMINED.search(before)  # inline: as in "a <subject:Momo>"
        return subject.words if named else f"a {subject.words}"

    return forms.sub(said, text)


def has_token(text: str, subject: Subject) -> bool:
    """Whether the subject's token is one of the words: "desks" does not hold "sks"."""
    return re.search(rf"(?<!\w){re.escape(subject.token)}(?!\w)", text) is not None


def caption_of(caption: str, subject: Subject) -> str:
    """What is said of a photo in training; it names the subject whatever the person wrote."""
    text = spoken(caption, [subject]).strip()
    if not text:
        return f"a {subject.words}"
    # a word between spaces, as the recipe wants to find it
    return text if subject.token in text.split() else f"a {subject.words}, {text}"


def inline_weights(prompt: str, known: Mapping[str, Subject]) -> dict[str, float]:
    """The weights in the `<subject:NAME:WEIGHT>` of a prompt, by the id of the subject.
    `known` are subjects by their name in small letters.

    Raises:
        InvalidInput: a name or a weight that cannot be used.
    """
    weights: dict[str, float] = {}
    for found in INLINE.finditer(prompt):
        name, weight = found.group(1).strip(), found.group(2)
        subject = known.get(name.casefold())
        if subject is None:
            names = ", ".join(s.name for s in known.values()) or "none yet"
            raise InvalidInput(f"{found.group()} names no subject. Subjects: {names}.")
        weights[subject.id] = weight_of(weight, found.group())
    return weights


def weight_of(text: str | None, where: str) -> float:
    """A weight as typed; as trained where there is none.

    Raises:
        InvalidInput
    """
    low, high = WEIGHTS
    try:
        weight = 1.0 if text is None else float(text)
    except ValueError:
        weight = float("nan")
    if not low <= weight <= high:
        raise InvalidInput(f"{where}: a weight is a number from {low:g} to {high:g}.")
    return weight


def named_weights(entries: Sequence[str]) -> dict[str, float]:
    """ "Momo" and "Momo:0.8" as weights by name.

    Raises:
        InvalidInput
    """
    weights = {}
    for entry in entries:
        name, colon, weight = entry.rpartition(":")
        weights[name if colon else entry] = weight_of(weight if colon else None, entry)
    return weights
