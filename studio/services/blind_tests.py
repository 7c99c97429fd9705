"""Blind tests of a profile: planned here, drawn by a job, answered, and summed up at the end."""

import random
from collections.abc import Callable

from pipelines.spec import GenerationSpec
from studio.domain import (
    BlindAnswer,
    BlindPair,
    BlindTest,
    Job,
    Pick,
    Progress,
    new_id,
)
from studio.errors import Busy, InvalidInput, NotFound
from studio.services.blind_plan import PAIRS, bundled_prompts, plan, unseen
from studio.services.blind_result import BlindResult, Bound, result_of
from studio.services.generation import Estimate, GenerationRequest, GenerationService
from studio.services.models import ModelService
from studio.services.taste import taste_of
from studio.store import Store

KIND = "blind"  # of the job that draws the pairs, `studio.services.blind_job`
MOST_LOOKS = 2


class BlindTestService:
    """Profiles are named by name or id, tests by id."""

    def __init__(
        self,
        store: Store,
        models: ModelService,
        generation: GenerationService,
        rng: Callable[[], random.Random] = random.SystemRandom,
    ) -> None:
        self._store = store
        self._models = models
        self._generation = generation
        self._rng = rng

    def begin(self, name: str, strength: float | None = None, pairs: int = PAIRS) -> BlindTest:
        """Plan a test of a profile as it is now; `drawing` makes its job.

        Raises:
            NotFound
            InvalidInput: the profile would change nothing, so there is nothing to test.
        """
        profile = self._store.profiles.find(name)
        strength = profile.strength if strength is None else strength
        if not 0 < strength <= 1:
            raise InvalidInput(
                f"At strength {strength:g} a profile cannot be tested: choose one above 0, up to 1."
            )
        if not 1 <= pairs <= PAIRS:
            raise InvalidInput(f"A blind test has 1 to {PAIRS} pairs, not {pairs}.")
        version = self._store.profiles.version(profile.id)
        if taste_of(version, strength).is_neutral:
            raise InvalidInput(
                f"“{profile.name}” has no attributes that reach pictures yet, so there is nothing "
                "to test. Rate pictures first."
            )
        test = BlindTest(
            profile_id=profile.id,
            profile_version=version.number,
            strength=strength,
            model_id=self._models.card(None).id,
        )
        planned = plan(test.id, self._prompts(profile.id), self._rng(), n=pairs)
        return self._store.blind_tests.add(test, planned)

    def look_again(self, test_id: str) -> BlindTest:
        """As many pairs more, of the same version at the same strength with the same model.

        Raises:
            NotFound
            Busy: the first look has not ended, or this was looked at twice.
        """
        test, pairs = self._store.blind_tests.get(test_id), self.pairs(test_id)
        if self.result(test_id) is None:
            raise Busy("Answer all pairs of this test first.")
        if test.looks >= MOST_LOOKS:
            raise Busy(f"This test was looked at {MOST_LOOKS} times. Begin a new one.")
        prompts = self._prompts(test.profile_id)
        rng, n, first = self._rng(), len(pairs), len(pairs) + 1
        return self._store.blind_tests.look_again(
            test_id, plan(test_id, prompts, rng, n=n, first=first)
        )

    def drawing(self, test: BlindTest) -> Job:
        """The job that draws what is not drawn yet; submit it to `studio.jobs`."""
        profile = self._store.profiles.get(test.profile_id)
        lacking = sum(not pair.is_drawn for pair in self.pairs(test.id))
        return Job(
            kind=KIND,
            title=f"Blind test of “{profile.name}”",
            params={"test": test.id},
            profile_id=profile.id,
            progress=Progress(total=lacking),
        )

    def drawn_by(self, test: BlindTest) -> Job | None:
        """The job that draws this test now, or waits to."""
        active = (job for job in self._store.jobs.active() if job.kind == KIND)
        return next((job for job in active if job.params.get("test") == test.id), None)

    def estimate(self, name: str) -> Estimate:
        """Seconds that drawing a test takes on this computer."""
        profile = self._store.profiles.find(name)
        strengths = (0.0, profile.strength or 0.5)
        pair = GenerationRequest(
            spec=GenerationSpec(prompt="a pair", steps=self._models.card(None).steps),
            profile=profile.id,
            strengths=strengths,
        )
        one = self._generation.estimate(pair)
        return Estimate(PAIRS * one.seconds, one.measured)

    # ----------------------------------------------------------------- answering

    def latest(self, profile_id: str) -> BlindTest | None:
        """The newest test of a profile."""
        return next(iter(self._store.blind_tests.of_profile(profile_id)), None)

    def pairs(self, test_id: str) -> list[BlindPair]:
        """All pairs, as shown. They know the sides: doors keep that to themselves until the end."""
        return self._store.blind_tests.pairs(test_id)

    def answers(self, test_id: str) -> dict[int, BlindAnswer]:
        """What was chosen so far, by the number of the pair."""
        return self._store.blind_tests.answers(test_id)

    def answer(
        self, test_id: str, pair: int, choice: Pick, client_id: str = ""
    ) -> BlindResult | None:
        """Store what was chosen in one pair; the same `client_id` again stores nothing. With the
        last pair the result is there.

        Raises:
            NotFound, Busy
            AlreadyExists: this pair has an answer that was not taken back.
        """
        known = {each.number: each for each in self.pairs(test_id)}
        if pair in known and not known[pair].is_drawn:
            raise Busy(f"Pair {pair} is not drawn yet.")
        answer = BlindAnswer(
            test_id=test_id, pair=pair, choice=choice, client_id=client_id or new_id()
        )
        self._store.blind_tests.answer(answer)
        return self.result(test_id)

    def undo(self, test_id: str) -> BlindAnswer | None:
        """Take back the last answer, as long as the result is not known: afterwards the sides are
        no secret any more. During a second look those of the first are none.

        Raises:
            Busy
        """
        if self.result(test_id) is not None:
            raise Busy("The result is known; a blind answer cannot be changed now.")
        test, pairs = self._store.blind_tests.get(test_id), self.pairs(test_id)
        told = 0 if test.looks == 1 else len(pairs) // 2  # a second look has as many as the first
        return self._store.blind_tests.take_back(test_id, after=told)

    def result(self, test_id: str) -> BlindResult | None:
        """What was found, once every pair has its answer."""
        test = self._store.blind_tests.get(test_id)
        return result_of(test, self.pairs(test_id), self.answers(test_id))

    def bound(self, test: BlindTest) -> Bound:
        """What its result holds for."""
        try:
            model = self._models.card(test.model_id).name
        except NotFound:  # it was removed since
            model = test.model_id
        return Bound(version=test.profile_version, strength=test.strength, model=model)

    def bound_now(self, profile_id: str) -> Bound:
        """What a test that began now would hold for."""
        profile = self._store.profiles.get(profile_id)
        model = self._models.card(None).name
        return Bound(version=profile.version, strength=profile.strength, model=model)

    def _prompts(self, profile_id: str) -> list[str]:
        """Prompts that this person has not rated, those of earlier tests last."""
        rated = {rating.picture_id for rating in self._store.ratings.history(profile_id)}
        captions = [p.caption for p in self._store.pictures.get_many(rated).values()]
        tests = self._store.blind_tests.of_profile(profile_id)[::-1]
        used = [pair.prompt for test in tests for pair in self.pairs(test.id)]
        return unseen(bundled_prompts(), captions, used)
