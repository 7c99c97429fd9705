"""Simulated people: a hidden utility over pictures, verdicts with noise, comments that fit.

A person is a handful of weights on attributes. The utility of a picture is the weighted sum of how
present they are in its `Look`; a person likes the half of the deck that has more of it. What a
person says is drawn from comments written by hand (`assets/bench/people/`), about what in this
picture moves their utility. Every draw comes from a seed.
"""

import json
import math
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Literal

from pipelines.models.cards import assets_dir
from pipelines.spec import Frozen
from studio.bench.looks import AttributeMeasure, Look
from studio.domain import Polarity

THERE, ABSENT = 0.6, 0.25  # presence from which a person says "is there", and up to which "is not"
NOISE = 0.1  # share of verdicts that contradict the utility, rounded up
ODDS = {
    "plain": 6,
    "mixed": 3,
    "negated": 1.5,
    "idiomatic": 1.5,
}  # how people talk, as far as we can


class Said(Frozen):
    """One thing that a comment says: `seen` is false if the picture lacks the attribute."""

    attribute: str
    polarity: Polarity
    seen: bool


class Remark(Frozen):
    """A comment that somebody could make, and what it means."""

    id: str
    verdict: Polarity
    kind: Literal["plain", "mixed", "negated", "idiomatic"]
    says: tuple[Said, ...]
    comment: str


class Person(Frozen):
    """`wants` are weights on attributes, negative for what they avoid; `taste` the direction."""

    name: str
    taste: str
    wants: dict[str, float]


@dataclass(frozen=True)
class Answer:
    """What a person answered to picture `index` of a deck. `noisy`: against their own utility."""

    index: int
    verdict: Polarity
    remark: Remark | None
    noisy: bool


@dataclass(frozen=True)
class Crowd:
    """Everybody, what they look at, and everything that they may say."""

    attributes: Mapping[str, AttributeMeasure]
    people: tuple[Person, ...]
    remarks: tuple[Remark, ...]
    prompts: tuple[str, ...]  # subjects that they have not seen

    @classmethod
    def load(cls, folder: Path | None = None) -> "Crowd":
        """Read `people.toml` and `comments.jsonl`."""
        folder = folder or assets_dir() / "bench" / "people"
        document = tomllib.loads((folder / "people.toml").read_text(encoding="utf-8"))
        lines = (folder / "comments.jsonl").read_text(encoding="utf-8").splitlines()
        return cls(
            attributes={
                name: AttributeMeasure.parse(entry) for name, entry in document["attribute"].items()
            },
            people=tuple(Person.parse(entry) for entry in document["person"]),
            remarks=tuple(Remark.parse(json.loads(line)) for line in lines),
            prompts=tuple(document["prompts"]),
        )

    def presences(self, look: Look) -> dict[str, float]:
        """How present each attribute is in a picture, in [0, 1]."""
        return {name: measure.presence(look) for name, measure in self.attributes.items()}

    def utility(self, person: Person, look: Look) -> float:
        """What a picture is worth to a person; only differences mean anything."""
        return sum(w * self.attributes[name].presence(look) for name, w in person.wants.items())

    def rate(self, person: Person, deck: Sequence[Look], count: int, seed: int) -> list[Answer]:
        """A person rates `count` pictures of a deck and says why, where a remark fits."""
        rng = random.Random(f"{seed}/{person.name}")
        utilities = [self.utility(person, look) for look in deck]
        middle = median(utilities)
        shown = rng.sample(range(len(deck)), min(count, len(deck)))
        noisy = set(rng.sample(shown, math.ceil(NOISE * len(shown))))
        answers, used = [], set()
        for index in shown:
            likes = (utilities[index] > middle) != (index in noisy)
            verdict = Polarity.LIKED if likes else Polarity.DISLIKED
            wants = self.contrary(person) if index in noisy else person.wants
            remark = self.remark(wants, verdict, self.presences(deck[index]), used, rng)
            used.add(remark.id if remark else "")
            answers.append(Answer(index, verdict, remark, index in noisy))
        return answers

    def contrary(self, person: Person) -> dict[str, float]:
        """The wants of somebody who answers against their own taste."""
        return {name: -weight for name, weight in person.wants.items()}

    def remark(
        self,
        wants: Mapping[str, float],
        verdict: Polarity,
        presences: Mapping[str, float],
        used: set[str],
        rng: random.Random,
    ) -> Remark | None:
        """Something that these wants would say about this picture: likelier the more it matters.

        None if nothing fits that was not said before.
        """
        fitting = [r for r in self.remarks if r.verdict is verdict and r.id not in used]
        fitting = [r for r in fitting if all(fits(said, wants, presences) for said in r.says)]
        if not fitting:
            return None
        kinds = sorted({r.kind for r in fitting})
        [kind] = rng.choices(kinds, [ODDS[kind] for kind in kinds])
        fitting = [r for r in fitting if r.kind == kind]
        weights = [fmean(abs(wants[said.attribute]) for said in r.says) ** 2 for r in fitting]
        return rng.choices(fitting, weights)[0]

    def directly(self, person: Person) -> list[tuple[str, Polarity, float]]:
        """A person's wants in words with weights in (0, 1], as if they had been asked."""
        heaviest = max(map(abs, person.wants.values()))
        return [
            (self.attributes[name].words, side(weight), abs(weight) / heaviest)
            for name, weight in person.wants.items()
        ]


def fits(said: Said, wants: Mapping[str, float], presences: Mapping[str, float]) -> bool:
    """Whether somebody with these wants would say this of a picture with these attributes."""
    weight = wants.get(said.attribute, 0.0)
    if weight == 0.0 or side(weight) is not said.polarity:
        return False
    present = presences[said.attribute]
    return present >= THERE if said.seen else present <= ABSENT


def side(weight: float) -> Polarity:
    """On which side a weight stands."""
    return Polarity.LIKED if weight > 0 else Polarity.DISLIKED
