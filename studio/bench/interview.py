"""A simulated person meets the studio: what they answer to the deck, and what it learns of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import Comment
from pipelines.preference.extract.rules import RuleExtractor
from pipelines.spec import Phrase, Taste
from studio.bench.looks import Look
from studio.bench.people import Answer, Crowd, Person
from studio.domain import Polarity, ProfileVersion
from studio.services.learning import merge
from studio.services.taste import taste_of

RATED = 20  # deck pictures that each person answers
SEED = 7  # of the answers
PROFILE = "bench"  # stands for a profile's id


@dataclass(frozen=True)
class Interview:
    """A person, what they said, and both ways to know their taste: `learnt` from the comments by
    the built-in reader, `told` as if they had been asked directly."""

    person: Person
    answers: Sequence[Answer]
    learnt: Taste
    told: Taste

    @classmethod
    def of(cls, crowd: Crowd, person: Person, deck: Sequence[Look]) -> "Interview":
        """Let a person rate and comment, and learn from it what the studio would."""
        answers = crowd.rate(person, deck, RATED, SEED)
        comments = [
            Comment(str(answer.index), answer.verdict.value, answer.remark.comment)
            for answer in answers
            if answer.remark
        ]
        return cls(person, answers, learn(comments), told(crowd, person))


def learn(comments: Sequence[Comment]) -> Taste:
    """What the studio's profile of these comments gives to generation."""
    read = [attribute for found in RuleExtractor().extract(comments) for attribute in found]
    version = ProfileVersion(profile_id=PROFILE, number=1, attributes=merge(PROFILE, (), read))
    return taste_of(version, Taste().strength)


def told(crowd: Crowd, person: Person) -> Taste:
    """A person's wants, in words that nobody had to read out of comments."""
    sides: dict[Polarity, list[Phrase]] = {polarity: [] for polarity in Polarity}
    for words, polarity, weight in crowd.directly(person):
        sides[polarity].append(Phrase(phrase=words, weight=weight))
    return Taste(liked=tuple(sides[Polarity.LIKED]), disliked=tuple(sides[Polarity.DISLIKED]))
