"""The built-in reader: vocabulary, grammar of opinion, milliseconds, no download.

Polarity = attitude × presence. In "I like that it isn't photorealistic" the attitude is good and
the thing is absent, so photorealism is disliked; in a disliked picture "no contrast" makes
contrast liked. Attitude comes from the nearest word of opinion, else from the judgement in the
thing's own name ("cluttered"), else from the clause before, turned round at "but", else from the
verdict. What it understands is listed in `marks`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import Attribute, Comment, Evidence, Polarity, opposite
from pipelines.preference.extract.clauses import Clause, part
from pipelines.preference.extract.glossary import foreign, translate
from pipelines.preference.extract.marks import Mark, load_opinions, scan
from pipelines.preference.extract.mentions import Mention, mentions
from pipelines.preference.extract.spelling import correct
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import Word, split

PLAIN, LOUD, MILD = 0.6, 0.9, 0.35  # how strongly it was put
NEAR = 3  # words between a "not" and what it denies


@dataclass(frozen=True)
class Opinion:
    """How one mention is seen; `said` is False where nothing in its clause said so."""

    polarity: Polarity
    said: bool
    weight: float = PLAIN


class RuleExtractor:
    """Reads comments by rules; see the module."""

    id = "built-in"
    prompt_version = "rules-1"

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]:
        for comment in comments:
            yield self.read(comment)

    def read(self, comment: Comment) -> list[Attribute]:
        """The attributes of one comment, in the order of its words, each label once a side."""
        words = in_plain_english(comment.text)
        marks = scan(comment.text, words, load_vocabulary(), load_opinions())
        clauses = part(comment.text, words, marks)
        found: dict[tuple[str, Polarity], Attribute] = {}
        for mention, opinion in judge(clauses, comment.verdict):
            attribute = self.attribute(comment, words, mention, opinion)
            found.setdefault((attribute.label, attribute.polarity), attribute)
        return list(found.values())

    def attribute(
        self, comment: Comment, words: Sequence[Word], mention: Mention, opinion: Opinion
    ) -> Attribute:
        """A mention with its opinion as an attribute that quotes the comment."""
        span = words[mention.start].start, words[mention.end - 1].end
        phrase = comment.text[slice(*span)].lower()
        return Attribute(
            phrase=phrase,
            category=mention.category,
            label=mention.label.name if mention.label else phrase,
            polarity=opinion.polarity,
            weight=opinion.weight,
            evidence=Evidence(comment.id, span),
            backend=self.id,
            prompt_version=self.prompt_version,
        )


def in_plain_english(text: str) -> list[Word]:
    """The words of a comment, translated and spelt as the reader knows them."""
    words = split(text)
    glossary = foreign(text, words) if words else None
    return translate(text, words, glossary) if glossary else correct(words)


def judge(clauses: Sequence[Clause], verdict: Polarity) -> Iterator[tuple[Mention, Opinion]]:
    """Every mention of a comment with the opinion on it."""
    habit = any(clause.has("usually") for clause in clauses)
    before: Polarity | None = None  # the attitude that the sentence has had so far
    for clause in clauses:
        if clause.opens:
            before = None
        expected = expect(clause, clauses, verdict, before)
        found = mentions(clause)
        for number, mention in enumerate(found):
            opinion = weigh(mention, number, found, clause, expected)
            if habit and clause.has("usually"):
                opinion = Opinion(verdict, True, opinion.weight)
            yield mention, opinion
        before = attitude_of(clause, found) or (expected if clause.turn else before)


def expect(
    clause: Clause, clauses: Sequence[Clause], verdict: Polarity, before: Polarity | None
) -> Polarity:
    """The attitude of a clause that says none itself."""
    if clause.turn == "but":
        return opposite(before) if before else verdict
    if clause.turn == "although":
        return opposite(before or verdict)
    if before is None:
        follower = next((c for c in clauses if c.start >= clause.end), None)
        if follower and follower.turn == "but" and not follower.opens:
            said = attitude_of(follower, mentions(follower))
            return opposite(said or verdict)
        return verdict
    return before


def attitude_of(clause: Clause, found: Sequence[Mention]) -> Polarity | None:
    """What a clause says as a whole: its last word of opinion."""
    cues = [m for m in clause.marks if m.kind in ("like", "hate")]
    if cues:
        return cue_polarity(cues[-1], clause)
    if clause.has("too") or clause.has("less"):
        return "disliked"
    leans = [m for m in found if m.lean]
    if leans:
        good = leans[-1].lean == "good"
        return "liked" if good != is_denied(clause, leans[-1].start) else "disliked"
    return None


def cue_polarity(cue: Mark, clause: Clause) -> Polarity:
    """What a cue says, turned round by a "not" before it."""
    polarity: Polarity = "liked" if cue.kind == "like" else "disliked"
    return opposite(polarity) if is_denied(clause, cue.start) else polarity


def is_denied(clause: Clause, position: int) -> bool:
    """Whether a "not" shortly before this word denies it, no thing or opinion being between."""
    for mark in reversed([m for m in clause.marks if m.end <= position]):
        if position - mark.end > NEAR or mark.kind in ("thing", "like", "hate", "but"):
            return False
        if mark.kind == "not":
            return True
    return False


def weigh(
    mention: Mention, number: int, found: Sequence[Mention], clause: Clause, expected: Polarity
) -> Opinion:
    """The opinion on one mention."""
    left = found[number - 1].end if number else clause.start
    right = found[number + 1].start if number + 1 < len(found) else clause.end
    before = [m for m in clause.marks if left <= m.start < mention.end and m.kind != "thing"]
    weight = strength(clause, mention)
    kinds = {m.kind for m in before}
    denied = is_denied(clause, mention.start) or any(
        m.kind == "not" and mention.start < m.start < mention.end for m in clause.marks
    )
    if "too" in kinds or "less" in kinds:
        return Opinion("disliked", True, weight)
    if wished(clause, mention):
        return Opinion("disliked" if denied or mention.lean == "bad" else "liked", True, weight)
    cue = nearest_cue(mention, left, right, clause)
    if cue is not None:
        polarity = cue_polarity(cue, clause)
        direct = cue.start >= left or not denied
        return Opinion(opposite(polarity) if denied and not direct else polarity, True, weight)
    if mention.lean:
        return Opinion("liked" if mention.lean == "good" else "disliked", True, weight)
    if denied:
        return Opinion(opposite(expected), True, weight)
    return Opinion(expected, False, weight)


def wished(clause: Clause, mention: Mention) -> bool:
    """Whether the mention is asked for."""
    return any(m.kind == "want" and m.end <= mention.start for m in clause.marks)


def nearest_cue(mention: Mention, left: int, right: int, clause: Clause) -> Mark | None:
    """The word of opinion that governs a mention: its own adjective, its predicate, the verb
    before it, whatever comes after it; in this order."""
    cues = [m for m in clause.marks if m.kind in ("like", "hate")]
    own = [m for m in cues if left <= m.start and m.end <= mention.end]
    predicate = [m for m in cues if mention.end <= m.start < right]
    earlier = [m for m in cues if m.end <= mention.start]
    later = [m for m in cues if m.start >= mention.end]
    for group in (own[-1:], predicate[:1], earlier[-1:], later[:1]):
        if group:
            return group[0]
    return None


def strength(clause: Clause, mention: Mention) -> float:
    """How strongly the clause puts it."""
    if any(m.kind == "hedge" for m in clause.marks):
        return MILD
    loud = any(m.loud for m in clause.marks) or any(m.kind == "strong" for m in clause.marks)
    return LOUD if loud else PLAIN
