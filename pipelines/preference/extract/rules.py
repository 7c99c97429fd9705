"""The built-in reader: vocabulary, grammar of opinion, milliseconds, no download.

A comment is brought to plain English (`glossary`, `spelling`), its meaningful words are marked
(`marks`), it is parted into clauses (`clauses`), the things in them are joined (`mentions`), and
each gets its polarity (`polarity`). Words that nobody listed are guessed (`tagger`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.preference.attributes import Attribute, Comment, Evidence, Polarity
from pipelines.preference.extract.clauses import Clause, part
from pipelines.preference.extract.glossary import foreign, translate
from pipelines.preference.extract.marks import load_opinions, scan
from pipelines.preference.extract.mentions import Mention, is_figure, mentions
from pipelines.preference.extract.polarity import Opinion, judge
from pipelines.preference.extract.spelling import correct
from pipelines.preference.extract.tagger import load_tagger
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.preference.words import FUNCTION, Word, level, split


@dataclass(frozen=True)
class Reading:
    """One mention of a comment: the opinion on it, its characters [start, end) there, and its
    words in plain English."""

    mention: Mention
    opinion: Opinion
    span: tuple[int, int]
    phrase: str


class RuleExtractor:
    """Reads comments by rules; see the module."""

    id = "built-in"
    prompt_version = "rules-2"

    def extract(self, comments: Iterable[Comment]) -> Iterator[list[Attribute]]:
        """The attributes of each comment, in the order of its words, each label once a side."""
        for comment in comments:
            found: dict[tuple[str, Polarity], Attribute] = {}
            for reading in read_mentions(comment):
                attribute = self.attribute(comment, reading)
                found.setdefault((attribute.label, attribute.polarity), attribute)
            yield list(found.values())

    def attribute(self, comment: Comment, reading: Reading) -> Attribute:
        """A reading as an attribute."""
        mention, opinion = reading.mention, reading.opinion
        label = mention.label.name if mention.label else reading.phrase
        return Attribute(
            # "lines aren't confident" must not enter a prompt as it stands
            phrase=label if opinion.absent else reading.phrase,
            category=mention.category,
            label=label,
            polarity=opinion.polarity,
            weight=opinion.weight,
            evidence=Evidence(comment.id, reading.span),
            backend=self.id,
            prompt_version=self.prompt_version,
        )


def read_mentions(comment: Comment) -> list[Reading]:
    """Everything that a comment mentions, with the opinion on it."""
    words = in_plain_english(comment.text)
    marks = scan(comment.text, words, load_vocabulary(), load_opinions())
    clauses = part(comment.text, words, marks)
    spoken = [(c, mentions(c, words) or guesses(c, words)) for c in clauses]
    return [
        Reading(mention, opinion, *quote(comment.text, words[mention.start : mention.end]))
        for mention, opinion in judge(spoken, comment.verdict)
    ]


def quote(text: str, words: Sequence[Word]) -> tuple[tuple[int, int], str]:
    """Where some words stand in the comment, and what they say: as written, except where they were
    translated or respelt."""
    span = min(word.start for word in words), max(word.end for word in words)
    raw = [text[word.start : word.end].lower() for word in words]
    if all(level(said) == word.form for said, word in zip(raw, words, strict=True)):
        return span, " ".join(text[slice(*span)].lower().split())
    return span, " ".join(
        said if level(said) == word.form else word.form
        for said, word in zip(raw, words, strict=True)
    )


def in_plain_english(text: str) -> list[Word]:
    """The words of a comment, translated and spelt as the reader knows them."""
    words = split(text)
    glossary = foreign(text, words) if words else None
    return translate(text, words, glossary) if glossary else correct(words)


def guesses(clause: Clause, words: Sequence[Word]) -> list[Mention]:
    """What a clause without a known thing may be about: its unknown words, if they look visual."""
    taken = {n for mark in clause.marks for n in range(mark.start, mark.end)}
    unknown = [
        n
        for n in range(clause.start, clause.end)
        if n not in taken and words[n].form not in FUNCTION
    ]
    if not unknown:
        return []
    start, end = unknown[0], unknown[-1] + 1
    guess = load_tagger().guess(" ".join(word.form for word in words[start:end]))
    if guess is None:
        return []
    category, label = guess
    mention = Mention(start, end, category, label, guessed=True)
    return [] if is_figure(mention, clause, words) else [mention]
