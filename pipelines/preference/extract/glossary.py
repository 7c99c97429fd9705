"""Translates a comment word by word where it is in a language that the glossary knows.

No grammar: the reader needs the visual words, the "not" and the "too". Endings are folded away on
both sides, so one entry stands for "warm", "warme", "warmen"; German and Dutch compounds are
taken apart at a known word ("Herbst-farben").
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.models.cards import assets_dir
from pipelines.preference.extract.spelling import load_lexicon
from pipelines.preference.words import Word, forms

ENDINGS = {
    "de": re.compile(r"(?<=...)(en|em|er|es|e|n|s)$"),
    "fr": re.compile(r"(?<=...)(es|e|s|x)$"),
    "es": re.compile(r"(?<=..)(os|as|o|a|es|e|s)$"),
    "it": re.compile(r"(?<=..)(o|a|i|e|he|hi)$"),
    "pt": re.compile(r"(?<=..)(os|as|o|a|es|e|s)$"),
    "nl": re.compile(r"(?<=...)(en|e|s)$"),
}
COMPOUNDING = ("de", "nl")
PAUSE = re.compile(r"[,.;:!?]")
SHORTEST_PART = 4  # letters of a compound's known part
ENGLISH = frozenset(
    [
        "the", "is", "it", "and", "but", "this", "that", "with", "too", "not", "like", "love",
        "of", "to", "i", "so", "very", "really", "for", "my", "its", "are", "was", "you", "just",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Glossary:
    """Folded words of one language -> English."""

    language: str
    entries: dict[str, str]

    def translate(self, word: str) -> str | None:
        """The English of a word, or of the known end and beginning of a compound."""
        exact, form = flat(word), fold(word, self.language)
        if exact in self.entries:
            return self.entries[exact]
        if form in self.entries:
            return self.entries[form]
        return self.compound(form) if self.language in COMPOUNDING else None

    def compound(self, form: str) -> str | None:
        """ "herbstfarb" -> "autumn colours"; a half that is unknown is left out."""
        for cut in range(SHORTEST_PART, len(form) - SHORTEST_PART + 1):
            tail = self.entries.get(fold(form[cut:], self.language))
            head = self.entries.get(fold(form[:cut], self.language))
            if tail:
                return f"{head or ''} {tail}"
        return None


def flat(word: str) -> str:
    """Lower case, without accents."""
    plain = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def fold(word: str, language: str) -> str:
    """Flat, without its ending."""
    return ENDINGS[language].sub("", flat(word))


@cache
def load_glossaries(file: Path | None = None) -> tuple[Glossary, ...]:
    """All languages; once a process."""
    path = file or assets_dir() / "reading" / "glossary.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Glossary(
            language,
            {fold(word, language): english for word, english in entries.items()}
            | {flat(word): english for word, english in entries.items()},
        )
        for language, entries in tables.items()
    )


def foreign(text: str, words: Sequence[Word]) -> Glossary | None:
    """The glossary of the comment's language; None for English, and where too little is known.

    "Simple", "texture" and "style" are words of both and decide nothing.
    """
    raw = [text[word.start : word.end].lower() for word in words]
    known = load_lexicon().words
    plain = {said for said, word in zip(raw, words, strict=True) if word.form in known | ENGLISH}
    hits = [[said for said in raw if g.translate(said) is not None] for g in load_glossaries()]
    own = [sum(said not in plain for said in found) for found in hits]
    best = max(range(len(own)), key=own.__getitem__)
    english = sum(said in plain and said not in hits[best] for said in raw)
    enough = own[best] > english and len(hits[best]) >= max(2, 0.5 * len(raw))
    return load_glossaries()[best] if enough else None


def translate(text: str, words: Sequence[Word], glossary: Glossary) -> list[Word]:
    """The words in English where the glossary knows them, each keeping its place; but a German
    "nicht" comes after its verb ("gefällt mir nicht"), so it moves to the head of its stretch."""
    english = [new for word in words for new in in_english(text, word, glossary)]
    return deny_first(text, english) if glossary.language in COMPOUNDING else english


def deny_first(text: str, words: Sequence[Word]) -> list[Word]:
    """Every stretch between punctuation marks with its "not" in front."""
    ordered: list[Word] = []
    head = 0
    for number, word in enumerate(words):
        if number and PAUSE.search(text[words[number - 1].end : word.start]):
            head = len(ordered)
        ordered.insert(head if word.form == "not" else len(ordered), word)
    return ordered


def in_english(text: str, word: Word, glossary: Glossary) -> Iterator[Word]:
    """One word in English; an elided article ("l'encre") is two."""
    for part in re.split(r"['’]", text[word.start : word.end]):
        english = glossary.translate(part)
        for form in forms(part if english is None else english):
            yield replace(word, form=form)
