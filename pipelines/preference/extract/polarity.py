"""What a comment says about each thing that it mentions.

Polarity = attitude × presence. In "I like that it isn't photorealistic" the attitude is good and
the thing is absent, so photorealism is disliked; in a disliked picture "no contrast" makes
contrast liked. Attitude comes from the nearest word of opinion, else from the judgement in the
thing's own name ("cluttered"), else from the clause before, turned round at "but", else from the
verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines.preference.attributes import Polarity, opposite
from pipelines.preference.extract.clauses import Clause
from pipelines.preference.extract.marks import Mark
from pipelines.preference.extract.mentions import Mention

PLAIN, LOUD, MILD = 0.6, 0.9, 0.35  # how strongly it was put
NEAR = 3  # words between a "not" and what it denies

Spoken = tuple[Clause, list[Mention]]  # a clause and what it mentions


@dataclass(frozen=True)
class Opinion:
    """How one mention is seen, and from what that follows.

    `absent`: its words say that it is not there; `shaped`: the polarity follows from the shape of
    the sentence (a habit, a wish, an excess, an absence), where a small language model errs most.
    """

    polarity: Polarity
    weight: float = PLAIN
    absent: bool = False
    shaped: bool = False


def judge(spoken: Sequence[Spoken], verdict: Polarity) -> Iterator[tuple[Mention, Opinion]]:
    """Every mention of a comment with the opinion on it."""
    before: Polarity | None = None  # the attitude that the sentence has had so far
    for number, (clause, found) in enumerate(spoken):
        if clause.opens:
            before = None
        expected = expect(number, spoken, verdict, before)
        for place, mention in enumerate(found):
            opinion = weigh(mention, place, found, clause, expected)
            if clause.has("usually"):
                opinion = replace(opinion, polarity=verdict, shaped=True)
            yield mention, opinion
        before = attitude_of(clause, found) or (expected if clause.turn else before)


def expect(
    number: int,
    spoken: Sequence[Spoken],
    verdict: Polarity,
    before: Polarity | None,
) -> Polarity:
    """The attitude of a clause that says none itself."""
    clause = spoken[number][0]
    if clause.turn == "but":
        return opposite(before) if before else verdict
    if clause.turn == "although":
        return opposite(before or verdict)
    if before is not None:
        return before
    if number + 1 < len(spoken) and not spoken[number + 1][0].opens:
        follower, found = spoken[number + 1]
        if follower.turn == "but":  # "X but Y": X is the other side of Y
            return opposite(attitude_of(follower, found) or verdict)
        if follower.turn == "although" and not found:  # "it has atmosphere, I'll give it that"
            return opposite(verdict)
    return verdict


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
    denied = clause.has("deny") or is_denied(clause, cue.start)
    return opposite(polarity) if denied else polarity


def is_denied(clause: Clause, position: int) -> bool:
    """Whether a "not" shortly before this word denies it, no thing or opinion being between."""
    for mark in reversed([m for m in clause.marks if m.end <= position]):
        if position - mark.end > NEAR or mark.kind in ("thing", "like", "hate", "but"):
            return False
        if mark.kind == "not":
            return True
    return False


def weigh(
    mention: Mention, place: int, found: Sequence[Mention], clause: Clause, expected: Polarity
) -> Opinion:
    """The opinion on one mention."""
    left = found[place - 1].end if place else clause.start
    right = found[place + 1].start if place + 1 < len(found) else clause.end
    weight = strength(clause)
    kinds = {m.kind for m in clause.marks if left <= m.start < mention.end}
    absent = is_absent(clause, mention)
    if kinds & {"too", "less"}:
        return Opinion("disliked", weight, absent, shaped=True)
    if any(m.kind == "want" and m.end <= mention.start for m in clause.marks):
        unwanted = absent or mention.lean == "bad" or "over" in kinds
        return Opinion("disliked" if unwanted else "liked", weight, absent, shaped=True)
    cue = nearest_cue(mention, left, right, clause)
    if "over" in kinds and cue is not None and cue.end <= left:
        return Opinion(opposite(cue_polarity(cue, clause)), weight, absent)
    if cue is not None:
        denied = is_denied(clause, cue.start)  # "no nice shadows": the "no" is the cue's
        turned = absent and not denied and (cue.end <= mention.start or cue.kind == "like")
        polarity = cue_polarity(cue, clause)
        return Opinion(opposite(polarity) if turned else polarity, weight, absent, shaped=turned)
    if mention.lean:
        polarity = "liked" if mention.lean == "good" else "disliked"
        return Opinion(polarity, weight, absent, shaped=absent)
    return Opinion(opposite(expected) if absent else expected, weight, absent, shaped=absent)


def is_absent(clause: Clause, mention: Mention) -> bool:
    """Whether the thing is said not to be there: a "not" before it, or between it and its verb."""
    inside = any(m.kind == "not" and mention.start < m.start < mention.end for m in clause.marks)
    # "shadows aren't believable" has no label to say without its "not": it is what is disliked
    return (inside and mention.label is not None) or is_denied(clause, mention.start)


def nearest_cue(mention: Mention, left: int, right: int, clause: Clause) -> Mark | None:
    """The word of opinion that governs a mention: its own adjective, its predicate, the verb
    before it, whatever comes after it; in this order."""
    cues = [m for m in clause.marks if m.kind in ("like", "hate")]
    own = [m for m in cues if left <= m.start and m.end <= mention.end]
    said = [m for m in cues if mention.end <= m.start < right]
    earlier = [m for m in cues if m.end <= mention.start]
    later = [m for m in cues if m.start >= mention.end]
    return next((group[0] for group in (own[-1:], said, earlier[-1:], later) if group), None)


def strength(clause: Clause) -> float:
    """How strongly a clause puts it."""
    if clause.has("hedge"):
        return MILD
    return LOUD if clause.has("strong") or any(m.loud for m in clause.marks) else PLAIN
