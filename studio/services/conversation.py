"""What to ask next, what has been understood, and when it is enough. Pure functions.

Sentences belong to the pages and the CLI; here stands only what they say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import CATEGORIES
from studio.domain import Picture, Polarity, ProfileAttribute, ProfileVersion, Rating, Verdict
from studio.services.learning import key

ENOUGH = 8  # comments for a first profile (ViPer, arXiv 2407.17365: at least 8)
LOOK_BACK = 12  # ratings over which guesses are counted
QUIET = 6  # commented ratings without news after which it is a good moment to stop
MOVED = 0.1  # change of a weight that counts as news
ASKED = ("palette", "line", "lighting", "mood", "detail", "composition", "texture", "medium")
OPEN_QUESTIONS = 2  # the first comments are not steered


@dataclass(frozen=True)
class Question:
    """What to ask about a picture. `about` is "open" (what exactly, what puts you off), a category
    ("The colours? Which ones?"), or "reversal": the person saw `label` the other way before."""

    about: str
    label: str = ""


@dataclass(frozen=True)
class Guesses:
    """How well the studio guessed before the person answered, beside the simplest guess."""

    right: int
    always_like: int
    of: int


@dataclass(frozen=True)
class Understood:
    """Where a person and the studio are. Never a percentage."""

    ratings: int  # likes and dislikes
    comments: int  # those among them with words
    enough: bool  # for a first profile
    attributes: int
    twice: int  # attributes that come from two or more comments
    not_asked: tuple[str, ...]  # categories of which nothing is known
    guesses: Guesses | None  # from LOOK_BACK ratings on
    settled: bool  # the last QUIET comments changed nothing
    wordless: bool  # the last five ratings came without words


def question(
    verdict: Verdict, picture: Picture, known: Sequence[ProfileAttribute], comments: int
) -> Question:
    """One question, by what is still unknown; the first ones are open."""
    against = Polarity.DISLIKED if verdict is Verdict.LIKED else Polarity.LIKED
    chips = {str(label).lower() for label in picture.facts.get("chips", ())}
    turned = [a for a in known if a.polarity is against and key(a)[0] in chips and not a.removed]
    if turned:
        return Question("reversal", turned[0].phrase)
    unknown = not_asked(known)
    if comments < OPEN_QUESTIONS or not unknown:
        return Question("open")
    return Question(unknown[comments % len(unknown)])


def not_asked(known: Sequence[ProfileAttribute]) -> list[str]:
    """Categories of which nothing is known, the most telling first. What a picture shows is no
    matter of taste here, so nobody is asked for it."""
    there = {a.category for a in known if not a.removed}
    return [category for category in ASKED if category not in there]


def count_guesses(ratings: Sequence[Rating], guesses: Mapping[str, float]) -> Guesses | None:
    """Guesses about the last LOOK_BACK likes and dislikes, oldest first; None before there are
    that many. A guess is a chance of being liked, by picture, fixed before the card was shown."""
    judged = [r for r in ratings if r.verdict is not Verdict.SKIPPED and r.picture_id in guesses]
    last = judged[-LOOK_BACK:]
    if len(last) < LOOK_BACK:
        return None
    liked = [r.verdict is Verdict.LIKED for r in last]
    guessed = [guesses[r.picture_id] >= 0.5 for r in last]
    right = sum(a == b for a, b in zip(liked, guessed, strict=True))
    return Guesses(right, sum(liked), len(last))


def understood(
    ratings: Sequence[Rating],
    draft: ProfileVersion,
    guesses: Mapping[str, float],
    settled: bool,
) -> Understood:
    """Where we are, from standing answers, oldest first, and the attributes read from them."""
    opinions = [r for r in ratings if r.verdict is not Verdict.SKIPPED]
    spoken = [r for r in opinions if r.comment.strip()]
    there = [a for a in draft.attributes if not a.removed]
    return Understood(
        ratings=len(opinions),
        comments=len(spoken),
        enough=len(spoken) >= ENOUGH,
        attributes=len(there),
        twice=sum(len({e.rating_id for e in a.evidence}) >= 2 for a in there),
        not_asked=tuple(c for c in CATEGORIES if c in not_asked(there)),
        guesses=count_guesses(ratings, guesses),
        settled=settled,
        wordless=len(opinions) >= 5 and not any(r.comment.strip() for r in opinions[-5:]),
    )


def is_news(before: ProfileVersion, after: ProfileVersion) -> bool:
    """Whether attributes came, or moved visibly."""
    old = {key(a): a.weight for a in before.attributes}
    return any(key(a) not in old or abs(a.weight - old[key(a)]) > MOVED for a in after.attributes)
