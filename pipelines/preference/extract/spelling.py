"""Brings a person's words to words that the reader knows: slang, drawn-out letters, derived forms
and typos become plain English, each keeping its place in the comment."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache

from pipelines.models.cards import minilm_dir
from pipelines.preference.extract.marks import load_opinions
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import DRAWN_OUT, Word, level

SHORTEST_TYPO = 4  # letters; shorter words have too many neighbours
LONG_WORD = 8  # letters from which two slips are forgiven
DOUBLED = re.compile(r"(.)\1")
ENDINGS = (  # derived form -> what the vocabulary lists
    ("iness", "y"), ("ness", ""), ("iest", "y"), ("ier", "y"),
    ("est", ""), ("er", ""), ("est", "e"), ("er", "e"), ("ish", ""), ("ing", ""), ("ing", "e"),
    ("ed", ""), ("ed", "e"), ("y", ""), ("y", "e"), ("ity", "e"), ("ation", "e"), ("en", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """Every single word of the vocabulary and of the cues."""

    words: frozenset[str]

    @cached_property
    def by_initial(self) -> dict[str, list[str]]:
        """Words by their first letter, which typos seldom touch."""
        groups: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.words):
            groups[word[0]].append(word)
        return groups

    @cached_property
    def by_sound(self) -> dict[str, str]:
        """Words by their form without doubled letters."""
        return {squeeze(word): word for word in sorted(self.words) if word.isalpha()}

    @cached_property
    def english(self) -> dict[str, int]:
        """Common English words and their rank, the likeliest first: the bundled MiniLM's tokens.

        A word that is common English is never taken for a typo of something else.
        """
        from tokenizers import Tokenizer

        file = minilm_dir() / "tokenizer" / "tokenizer.json"
        tokens = Tokenizer.from_file(str(file)).get_vocab()
        ranks: dict[str, int] = {}
        for token, rank in tokens.items():
            if token.isalpha():
                form = level(token)
                ranks[form] = min(rank, ranks.get(form, rank))
        return ranks


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of the bundled vocabulary and cues."""
    keys = [*load_vocabulary().index, *load_opinions().cues]
    return Lexicon(frozenset(word for key in keys for word in key))


def correct(words: Sequence[Word]) -> list[Word]:
    """The words with known forms; one word may become several ("lotsa") or none ("lol")."""
    slang = load_opinions().slang
    return [new for word in words for new in respell(word, slang)]


def respell(word: Word, slang: dict[str, str]) -> Iterator[Word]:
    """One word in known forms."""
    form = DRAWN_OUT.sub(r"\1\1", word.form)  # "smoooth"
    for candidate in (word.form, form):
        if candidate in slang:
            for part in slang[candidate].split():
                yield replace(word, form=level(part))
            return
    yield replace(word, form=known_form(form))


@lru_cache(maxsize=4096)
def known_form(form: str) -> str:
    """The word of the lexicon that this is a form or a typo of, else the word itself."""
    lexicon = load_lexicon()
    if form in lexicon.words or not form.isalpha():
        return form
    if form in lexicon.english:
        return derive(form, lexicon) or form
    squeezed = lexicon.by_sound.get(squeeze(form))
    if squeezed or len(form) < SHORTEST_TYPO:
        return squeezed or form
    return nearest(form, lexicon, 1) or derive(form, lexicon) or nearest(form, lexicon, 2) or form


def squeeze(word: str) -> str:
    """Without doubled letters, where most typos happen: "shinny", "borring", "cozzy"."""
    return level(DOUBLED.sub(r"\1", word))


def derive(form: str, lexicon: Lexicon) -> str | None:
    """ "sketchiness" -> "sketchy", "softness" -> "soft", "blurriest" -> "blurry"."""
    for ending, base in ENDINGS:
        stem = form.removesuffix(ending)
        if len(stem) < len(form) and len(stem) >= 3:
            for candidate in (stem + base, stem[:-1] + base if stem[-1] == stem[-2] else ""):
                if len(candidate) >= SHORTEST_TYPO and candidate in lexicon.words:
                    return candidate
    return None


def nearest(form: str, lexicon: Lexicon, allowed: int) -> str | None:
    """The word within so many slips that is most common in English; two only in a long word."""
    if allowed > 1 and len(form) < LONG_WORD:
        return None
    found = [
        (distance, not holds(word, form), lexicon.english.get(word, 10**6), word)
        for word in lexicon.by_initial.get(form[0], [])
        if len(word) >= SHORTEST_TYPO
        and abs(len(word) - len(form)) <= allowed
        and (distance := slips(form, word)) <= allowed
    ]
    return min(found)[-1] if found else None


def holds(word: str, letters: str) -> bool:
    """Whether a word has these letters in this order: leaving one out is the likeliest slip."""
    rest = iter(word)
    return all(letter in rest for letter in letters)


def slips(a: str, b: str) -> int:
    """Letters added, left out, changed or swapped with their neighbour to get from a to b
    (optimal string alignment)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
