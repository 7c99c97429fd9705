"""Choosing: pairs out, choices in, and what they say. Choices are added, never rewritten.

Pairs show the same thing twice: pictures of the bundled deck `choices` with one subject, and
pictures that were generated, or brought by an import, with one prompt.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from studio.domain import (
    Choice,
    GalleryQuery,
    Pair,
    Pick,
    Picture,
    PictureKind,
    Standing,
    new_id,
)
from studio.errors import InvalidInput
from studio.paths import Paths
from studio.services import scorers
from studio.services.decks import CHOICES, DeckService
from studio.services.pair_file import PairFile, Problem, read_pair_file, report
from studio.services.rating import RatingService
from studio.services.scorers import Lesson
from studio.store import Store

if TYPE_CHECKING:
    from torch import Tensor

    from pipelines.preference.scorer import Scorer

NEWEST = 200  # generated pictures that are looked at for pairs


@dataclass(frozen=True)
class Imported:
    """What an import did. `unchanged` choices stood already."""

    added: tuple[Choice, ...]
    unchanged: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Learnt:
    """A scorer with what it learnt from."""

    scorer: "Scorer"
    features: "dict[str, Tensor]"
    chosen: list[Lesson]
    rated: list[Lesson]


class ChoiceService:
    """Profiles are named by id here: the page asks often."""

    def __init__(
        self, paths: Paths, store: Store, decks: DeckService, rating: RatingService
    ) -> None:
        self._paths = paths
        self._store = store
        self._decks = decks
        self._rating = rating

    # ------------------------------------------------------------------ pairs

    def next_pairs(self, profile_id: str, limit: int = 2) -> list[Pair]:
        """What to ask next, most to learn first, each as if those before it were answered. Asked
        again before an answer came, they are the same; sides are random, fixed by the pair."""
        from pipelines.preference.select import next_pair

        groups = self._groups()
        shown = {p.id: p for group in groups.values() for p in group}
        subjects = {p.id: name for name, group in groups.items() for p in group}
        learnt = self._learn(profile_id, list(shown.values()))
        ids = [picture_id for picture_id in shown if picture_id in learnt.features]
        if len(ids) < 2:  # a pair
            return []
        place = {picture_id: i for i, picture_id in enumerate(ids)}
        pairs = [(i, j) for i, j in combinations(range(len(ids)), 2) if _same(subjects, ids, i, j)]
        choices = self._store.choices.standing(profile_id)
        seen = [(c.left_id, c.right_id) for c in choices]
        asked = [(place[a], place[b]) for a, b in seen if a in place and b in place]
        rows, names = _stack(learnt.features, ids), [subjects[picture_id] for picture_id in ids]
        rng, found = Random(f"{profile_id} {len(choices)}"), []
        while len(found) < limit:
            which = next_pair(learnt.scorer, rows, pairs, asked, rng, prompts=names)
            if which is None:
                break
            asked.append(pairs[which])
            first, second = (ids[i] for i in pairs[which])
            found.append(_pair(profile_id, subjects[first], shown[first], shown[second]))
        return found

    # ---------------------------------------------------------------- choices

    def choose(
        self, profile_id: str, left_id: str, right_id: str, pick: Pick, *, token: str = ""
    ) -> Choice:
        """Store a choice. The same `token` again stores nothing and returns the first one.

        Raises:
            NotFound, InvalidInput
        """
        if left_id == right_id:
            raise InvalidInput(f"Both sides are picture {left_id}. A choice needs two pictures.")
        return self._store.choices.add(
            Choice(
                profile_id=profile_id,
                left_id=left_id,
                right_id=right_id,
                pick=pick,
                client_id=token or new_id(),
            )
        )

    def undo(self, profile_id: str) -> Choice | None:
        """Take back the last choice."""
        return self._store.choices.take_back_last(profile_id)

    def choices(self, profile_id: str) -> list[Choice]:
        """What stands, oldest first."""
        return self._store.choices.standing(profile_id)

    def import_file(self, profile_id: str, path: Path) -> Imported:
        """Choices from a file. Lines that cannot be used are named, and the others are kept.

        Raises:
            InvalidInput: no line can be used; the message names every one.
        """
        file = read_pair_file(path)
        problems, added, unchanged = list(file.problems), [], 0
        standing = {choice.order for choice in self._store.choices.standing(profile_id)}
        self._decks.pictures(CHOICES)
        self._decks.register()
        for number, line in file.lines:
            try:
                order = (
                    self._bring(file, line.winner, line.prompt),
                    self._bring(file, line.loser, line.prompt),
                )
                if order in standing:
                    unchanged += 1
                    continue
                added.append(self.choose(profile_id, *order, Pick.LEFT))
                standing.add(order)
            except InvalidInput as error:
                problems.append(Problem(number, str(error)))
        if problems and not added and not unchanged:
            raise InvalidInput(f"No line of {path} can be used:\n{report(problems)}")
        return Imported(tuple(added), unchanged, tuple(sorted(problems, key=lambda p: p.line)))

    # ------------------------------------------------------------ what they say

    def standing(self, profile_id: str) -> Standing:
        """How much was chosen, and how well it is predicted. The prediction of a choice is made
        by a scorer fitted to other choices alone."""
        from pipelines.preference.scorer import heldout_accuracy

        choices = self._store.choices.standing(profile_id)
        learnt = self._learn(profile_id)
        held = heldout_accuracy(*_sides(learnt.features, learnt.chosen)) if learnt.chosen else None
        return Standing(
            counted=sum(choice.order is not None for choice in choices),
            neither=sum(choice.order is None for choice in choices),
            ratings=len(learnt.rated),
            right=held.right if held else 0,
            of=held.n if held else 0,
            interval=(held.low, held.high) if held else None,
        )

    def scorer(self, profile_id: str) -> "Scorer | None":
        """What has been learnt; None while there is nothing to learn from."""
        learnt = self._learn(profile_id)
        return learnt.scorer if learnt.scorer.pairs else None

    def explain(self, profile_id: str) -> list[tuple[str, float]]:
        """What pushes the score, the strongest first; negative is disliked."""
        from pipelines.metrics.clip import load_clip
        from pipelines.preference.scorer import explain
        from pipelines.preference.vocabulary import load_vocabulary

        scorer = self.scorer(profile_id)
        return [] if scorer is None else explain(scorer, load_clip(), load_vocabulary())

    # ----------------------------------------------------------------- inside

    def _learn(self, profile_id: str, also: "list[Picture] | None" = None) -> Learnt:
        """Fit to what stands now; the features of `also` are there too."""
        import torch

        from pipelines.preference.scorer import fit_scorer

        chosen = scorers.chosen(self._store.choices.standing(profile_id))
        rated = scorers.rated(self._store.ratings.standing(profile_id))
        wanted = {p for lesson in (*chosen, *rated) for p in (lesson.winner, lesson.loser)}
        pictures = {p.id: p for p in also or ()} | self._store.pictures.get_many(wanted)
        features = scorers.features(self._paths, list(pictures.values()))
        chosen, rated = _known(features, chosen), _known(features, rated)
        both = [*chosen, *rated]
        weights = torch.tensor([lesson.weight for lesson in both])
        scorer = fit_scorer(*_sides(features, both), weights)
        return Learnt(scorer, features, chosen, rated)

    @cached_property
    def _deck(self) -> list[Picture]:
        return self._decks.pictures(CHOICES)

    def _groups(self) -> dict[str, list[Picture]]:
        """Pictures that show the same, by what that is."""
        groups: dict[str, list[Picture]] = defaultdict(list)
        for picture in self._deck:
            groups[picture.facts["subject"]].append(picture)
        newest = self._store.images.page(GalleryQuery(), limit=NEWEST).images
        generated = self._store.pictures.get_many([image.id for image in newest])
        for image in newest:
            groups[image.prompt].append(generated[image.id])
        for picture in self._store.pictures.all(PictureKind.OWN):
            if prompt := picture.facts.get("prompt"):
                groups[prompt].append(picture)
        return {name: group for name, group in groups.items() if len(group) > 1}

    def _bring(self, file: PairFile, name: str, prompt: str) -> str:
        """The id of the picture of a line. One of the person's own remembers what it shows."""
        picture = self._rating.bring(file.image(name))
        if picture.kind is PictureKind.OWN and prompt and "prompt" not in picture.facts:
            facts = picture.facts | {"prompt": prompt}
            self._store.pictures.update(picture.model_copy(update={"facts": facts}))
        return picture.id


def _same(subjects: dict[str, str], ids: list[str], i: int, j: int) -> bool:
    return subjects[ids[i]] == subjects[ids[j]]


def _pair(profile_id: str, prompt: str, first: Picture, second: Picture) -> Pair:
    """On sides that only this profile and this pair decide."""
    low, high = sorted((first, second), key=lambda picture: picture.id)
    if Random(f"{profile_id} {low.id} {high.id}").random() < 0.5:  # a coin
        low, high = high, low
    return Pair(prompt=prompt, left=low, right=high)


def _known(features: "dict[str, Tensor]", lessons: list[Lesson]) -> list[Lesson]:
    """Without those whose pictures have no file any more."""
    return [a for a in lessons if a.winner in features and a.loser in features]


def _sides(features: "dict[str, Tensor]", lessons: list[Lesson]) -> "tuple[Tensor, Tensor]":
    """Winners and losers, each (N, F)."""
    return (
        _stack(features, [lesson.winner for lesson in lessons]),
        _stack(features, [lesson.loser for lesson in lessons]),
    )


def _stack(features: "dict[str, Tensor]", ids: list[str]) -> "Tensor":
    import torch

    from pipelines.preference.features import load_constants

    empty = torch.zeros(0, len(load_constants().centre))
    return torch.stack([features[i] for i in ids]) if ids else empty
