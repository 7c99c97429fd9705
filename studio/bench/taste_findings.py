"""From looks to figures: what a treatment did to people's utilities, subjects and variety.

A treatment is one way of putting a taste into pictures. Its pictures and the base pictures are
compared one by one, at equal prompt and seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from studio.bench import wins
from studio.bench.looks import Look
from studio.bench.people import Crowd, Person
from studio.bench.wins import Rate, Trial


@dataclass(frozen=True)
class Series:
    """Looks of one sheet: picture k·n + i shows prompt i of n. `found[j]`: the evaluator names the
    subject of picture j rightly."""

    prompts: tuple[str, ...]
    looks: Sequence[Look]
    found: Sequence[bool]

    @property
    def variety(self) -> float:
        """Mean distance between pictures of equal prompt and different seeds; 0 with one seed."""
        n = len(self.prompts)
        groups = [self.looks[i::n] for i in range(n)]
        if len(groups[0]) < 2:
            return 0.0
        return fmean(wins.spread([look.features for look in group]) for group in groups)


@dataclass(frozen=True)
class Judges:
    """People with the spread of their utilities over the deck, which is their unit of gain."""

    crowd: Crowd
    people: tuple[Person, ...]
    deck: Sequence[Look]

    def spread(self, person: Person) -> float:
        """Standard deviation of a person's utility over the deck."""
        return pstdev(self.crowd.utility(person, look) for look in self.deck)

    def trials(self, judge: Person, base: Series, treated: Series) -> list[Trial]:
        """One a picture: what the treatment did to this person's utility."""
        unit = self.spread(judge)
        trials = []
        for j, (before, after) in enumerate(zip(base.looks, treated.looks, strict=True)):
            gain = self.crowd.utility(judge, after) - self.crowd.utility(judge, before)
            prompt = base.prompts[j % len(base.prompts)]
            seed = j // len(base.prompts)
            trials.append(
                Trial(judge.name, prompt, seed, gain / unit, base.found[j], treated.found[j])
            )
        return trials


@dataclass(frozen=True)
class Effect:
    """What a treatment did, over everybody's own pictures; `others`: over other people's.

    diversity is relative to the base pictures; None with one seed, where there is none to compare.
    """

    wins: Rate
    wins_kept: Rate
    gain: Rate
    others: Rate
    adherence: Rate
    subjects: float
    diversity: float | None

    def document(self) -> dict[str, Any]:
        """Plain JSON values."""
        rates = {
            "wins": self.wins,
            "wins_subject_kept": self.wins_kept,
            "gain": self.gain,
            "others_wins": self.others,
            "adherence": self.adherence,
        }
        plain = {name: rate.document() for name, rate in rates.items()}
        return plain | {
            "subject_accuracy": round(self.subjects, 4),
            "diversity": None if self.diversity is None else round(self.diversity, 4),
        }


def effect(judges: Judges, base: Series, treated: Mapping[str, Series]) -> Effect:
    """Of one treatment. `treated` holds each person's series by name."""
    own = [t for p in judges.people for t in judges.trials(p, base, treated[p.name])]
    foreign = [
        trial
        for maker in judges.people
        for judge in judges.people
        if maker.taste != judge.taste
        for trial in judges.trials(judge, base, treated[maker.name])
    ]
    base_variety = base.variety
    varieties = [treated[person.name].variety for person in judges.people]
    return Effect(
        wins=wins.win_rate(own),
        wins_kept=wins.kept_win_rate(own),
        gain=wins.rate(own, lambda trial: trial.gain),
        others=wins.win_rate(foreign),
        adherence=wins.adherence(own),
        subjects=fmean(trial.subject_taste for trial in own),
        diversity=fmean(varieties) / base_variety if base_variety else None,
    )


def cross_gains(
    judges: Judges, base: Series, treated: Mapping[str, Series]
) -> dict[str, dict[str, float]]:
    """Mean gain of each direction's people (columns) from pictures in each person's direction
    (rows). A taste that is only "better for all" has equal rows."""
    gains: dict[tuple[str, str], list[float]] = {}
    for maker in judges.people:
        for judge in judges.people:
            trials = judges.trials(judge, base, treated[maker.name])
            gains.setdefault((maker.taste, judge.taste), []).extend(t.gain for t in trials)
    return wins.cross_table(gains)


def by_person(
    judges: Judges, base: Series, treated: Mapping[str, Series]
) -> dict[str, dict[str, Any]]:
    """Each person's own wins and gain, and the mean gain of people with other tastes."""
    rows = {}
    for person in judges.people:
        own = judges.trials(person, base, treated[person.name])
        foreign = [
            trial.gain
            for judge in judges.people
            if judge.taste != person.taste
            for trial in judges.trials(judge, base, treated[person.name])
        ]
        rows[person.name] = {
            "taste": person.taste,
            "wins": round(fmean(trial.score for trial in own), 3),
            "gain": round(fmean(trial.gain for trial in own), 3),
            "others_gain": round(fmean(foreign), 3) if foreign else None,
            "subjects": round(fmean(trial.subject_taste for trial in own), 3),
        }
    return rows
