"""Text to words that can be compared: spans kept, spelling and number levelled."""

import re
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")

# American to British, as the vocabulary is written; only where a visual word is concerned
SPELLING = (
    (re.compile(r"colo(?=rs?\b|r(ed|ing|ful|less|ation|y)\b)"), "colou"),
    (re.compile(r"^gr[a](?=y(s|ed|ish|scale|ness)?$)"), "gre"),
    (re.compile(r"^center"), "centre"),
    (re.compile(r"centred?e(?=d$)"), "centre"),
    (re.compile(r"(?<=[a-z]{3})iz(?=(e|ed|es|ing|ation)$)"), "is"),
    (re.compile(r"^coz(?=y|ier|iest|iness)"), "cos"),
    (re.compile(r"(?<=^humo)r(?=s?$)"), "ur"),
    (re.compile(r"(?<=^vigo)r$"), "ur"),
    (re.compile(r"(?<=^harbo)r(?=s?$)"), "ur"),
    (re.compile(r"^artifact"), "artefact"),
    (re.compile(r"^armor"), "armour"),
    (re.compile(r"^jewelry"), "jewellery"),
    (re.compile(r"^mold"), "mould"),
)
SINGULAR_ENDS = ("ss", "us", "is", "ous", "'s")
SAME = frozenset(
    {"glasses", "canvas", "chaos", "lens", "atlas", "bus", "gas", "has", "was", "its", "leaves"}
)
DRAWN_OUT = re.compile(r"(.)\1{2,}")  # "soooo"


FUNCTION = frozenset(  # levelled words that name nothing
    """a an the this that these those it its it's i i'm i've i'd you your he she they them their we
    us our my me his her who which what where when why how there here and or but nor so if then than
    as of in on at by to for from with about into over under up down out off is are was were be been
    being am do doe did done have has had having can could will would should may might must shall
    not no any some all every each both few more most other such only own same too very just also
    even still again once ever never always often much many lot bit little really quite rather
    thing something anything nothing everything one two picture image piece artwork art pic whole
    part way kind sort make made get got give gave go going come see look feel seem say said think
    know take put let keep because while though although yet well now today maybe perhaps anyway
    first last left right back next another each overall bit like people's that's there's isn't
    doesn't don't aren't wasn't didn't can't""".split()  # noqa: SIM905 - quoted, the list would fill a page
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: its half-open character range, and its levelled form."""

    start: int
    end: int
    form: str


def split(text: str) -> list[Word]:
    """The words of a text, hyphens parted: "over-saturated" is two words."""
    return [Word(m.start(), m.end(), level(m.group())) for m in WORD.finditer(text)]


def forms(text: str) -> tuple[str, ...]:
    """The levelled words of a text."""
    return tuple(word.form for word in split(text))


@lru_cache(maxsize=20_000)
def level(word: str) -> str:
    """Lower case, straight apostrophe, British spelling, singular. Meant for comparing only."""
    form = word.lower().replace("’", "'")
    for pattern, replacement in SPELLING:
        form = pattern.sub(replacement, form)
    return singular(form)


def singular(word: str) -> str:
    """Without a plural s; wrong for some words, but alike for a word and its vocabulary entry."""
    if len(word) < 4 or word in SAME or word.endswith(SINGULAR_ENDS) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]
