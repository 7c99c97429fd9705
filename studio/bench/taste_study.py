"""How `studio bench taste` goes: people rate and comment, pictures are made, seen and judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.models.cards import assets_dir, find_card
from pipelines.spec import Taste, TasteForm
from studio.bench import wins
from studio.bench.eye import Eye
from studio.bench.interview import Interview
from studio.bench.people import Crowd
from studio.bench.pictures import Darkroom, Sheet
from studio.bench.report import Cache, Findings, Target
from studio.bench.taste_findings import Effect, Judges, Series, by_person, cross_gains, effect
from studio.bench.taste_page import Exhibit, write_page

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    people: int
    prompts: int
    seeds: int
    strengths: tuple[float, ...]
    model: str
    steps: int = 20


@dataclass(frozen=True)
class Treatment:
    """One way of putting a taste into pictures: what was learnt from comments, the wants told
    directly, or the liked words appended to the prompt."""

    source: str
    taste: Taste  # its form and strength; the words are each person's

    @property
    def name(self) -> str:
        """ "comments, two-pass 0.50"."""
        if self.source == "appended":
            return "words appended to the prompt"
        return f"{self.source}, {self.taste.form.value} {self.taste.strength:.2f}"

    def sheet(self, plain: Sheet, interview: Interview) -> Sheet:
        """The pictures of one person."""
        words = interview.told if self.source == "told" else interview.learnt
        if self.source == "appended":
            return replace(plain, words=tuple(phrase.phrase for phrase in words.liked))
        style = {"strength": self.taste.strength, "form": self.taste.form}
        return replace(plain, taste=words.model_copy(update=style))


DEFAULT = Treatment("comments", Taste())
APPENDED = Treatment("appended", Taste())
TOLD = Treatment("told", Taste())


def treatments(plan: Plan) -> list[Treatment]:
    """All that are compared, the default first so that a short run has seen it."""
    swept = [
        Treatment("comments", Taste(strength=strength, form=form))
        for form in TasteForm
        for strength in plan.strengths
    ]
    return list(dict.fromkeys([DEFAULT, APPENDED, TOLD, *swept]))


def study(plan: Plan, eye: Eye, cache: Cache, folder: Path, say: Say) -> Findings:
    """Everything, from the first rating to the page."""
    crowd = Crowd.load()
    people, prompts = crowd.people[: plan.people], crowd.prompts[: plan.prompts]
    deck = eye.look(deck_pictures())
    interviews = [Interview.of(crowd, person, deck) for person in people]
    plain = Sheet(prompts, plan.seeds, steps=plan.steps)
    darkroom = Darkroom(find_card(plan.model), cache)
    sheets = {t: {i.person.name: t.sheet(plain, i) for i in interviews} for t in treatments(plan)}
    files = make_all(darkroom, [plain, *(s for row in sheets.values() for s in row.values())], say)

    def seen(sheet: Sheet) -> Series:
        looks = eye.look([opened(path) for path in files[sheet]])
        found = [eye.finds(look, prompts[i % len(prompts)]) for i, look in enumerate(looks)]
        return Series(prompts, looks, found)

    base = seen(plain)
    series = {t: {name: seen(sheet) for name, sheet in row.items()} for t, row in sheets.items()}
    judges = Judges(crowd, people, deck)
    effects = {t: effect(judges, base, row) for t, row in series.items()}
    measures = describe(judges, base, series, effects, interviews) | {
        "strength_0_equals_base": strength_zero_is_base(darkroom, plain, interviews[0], say),
        "evaluator": eye.accuracy,
    }
    exhibits = [
        Exhibit(
            i,
            {"base": files[plain]}
            | {t.name: files[row[i.person.name]] for t, row in sheets.items()},
        )
        for i in interviews
    ]
    measures["page"] = str(write_page(folder, measures, prompts, exhibits))
    return Findings(
        len(people) * len(base.looks),
        measures,
        targets(effects[DEFAULT], measures["wins_over_appended"]["value"]),
    )


def make_all(darkroom: Darkroom, sheets: Sequence[Sheet], say: Say) -> dict[Sheet, list[Path]]:
    """The pictures of all sheets, with progress."""
    say(f"{darkroom.missing(sheets)} pictures to make; the others are known.")
    return {sheet: darkroom.develop(sheet, say) for sheet in dict.fromkeys(sheets)}


def deck_pictures() -> list[Image.Image]:
    """The sticker deck, without anything that is written about it."""
    folder = assets_dir() / "decks" / "stickers"
    return [opened(path) for path in sorted(folder.glob("*.webp"))]


def opened(path: Path) -> Image.Image:
    """A picture, read and closed."""
    with Image.open(path) as image:
        return image.convert("RGB")


def strength_zero_is_base(darkroom: Darkroom, plain: Sheet, interview: Interview, say: Say) -> bool:
    """Whether a taste of strength 0 gives the base pictures, pixel for pixel."""
    silent = replace(plain, taste=interview.learnt.model_copy(update={"strength": 0.0}))
    pairs = zip(darkroom.develop(silent, say), darkroom.develop(plain, say), strict=True)
    return all(opened(ours).tobytes() == opened(base).tobytes() for ours, base in pairs)


def describe(
    judges: Judges,
    base: Series,
    series: Mapping[Treatment, Mapping[str, Series]],
    effects: Mapping[Treatment, Effect],
    interviews: Sequence[Interview],
) -> dict[str, Any]:
    """All figures as plain data."""
    default, appended = series[DEFAULT], series[APPENDED]
    against = [
        trial
        for p in judges.people
        for trial in judges.trials(p, appended[p.name], default[p.name])
    ]
    answers = [answer for interview in interviews for answer in interview.answers]
    remarks = [answer.remark for answer in answers if answer.remark]
    return {
        "people": len(interviews),
        "directions": len({person.taste for person in judges.people}),
        "noisy_verdicts": round(sum(answer.noisy for answer in answers) / len(answers), 3),
        "comments": len(remarks),
        "comments_not_plain": round(sum(r.kind != "plain" for r in remarks) / len(remarks), 3),
        "base_subject_accuracy": round(sum(base.found) / len(base.found), 4),
        "base_diversity": round(base.variety, 4),
        "treatments": {t.name: found.document() for t, found in effects.items()},
        "wins_over_appended": wins.win_rate(against).document(),
        "cross_gain": cross_gains(judges, base, default),
        "by_person": by_person(judges, base, default),
    }


def targets(default: Effect, over_appended: float) -> dict[str, Target]:
    """What must be reached at the default strength. Appended words are beaten picture by picture:
    two equal win rates over the base can hide that one of them is liked more."""

    def known(value: float) -> float | None:
        return None if isnan(value) else round(value, 4)

    return {
        "wins": Target(value=known(default.wins.value), floor=0.8),
        "wins_subject_kept": Target(value=known(default.wins_kept.value), floor=0.8),
        "adherence": Target(value=known(default.adherence.value), floor=0.95),
        "wins_over_appended": Target(value=over_appended, floor=0.5),
    }
