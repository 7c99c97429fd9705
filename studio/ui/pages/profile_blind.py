"""“Does it work for you?” on the Profile page: a blind test from its first button to its result."""

from contextlib import suppress

from studio.context import Studio
from studio.domain import BlindPair, BlindTest, Job, JobState
from studio.errors import Busy, NotFound
from studio.services.blind_plan import PAIRS
from studio.services.blind_result import BlindResult, Finding
from studio.services.blind_tests import KIND, MOST_LOOKS
from studio.ui.components.blind import (
    BlindAct,
    BlindButton,
    BlindDesk,
    BlindPick,
    Do,
    OfTest,
    ShownPair,
)
from studio.ui.doors import Answer
from studio.ui.events import shown
from studio.ui.findings import named, outdated, sentence
from studio.ui.pages import ProfileId
from studio.ui.pages.jobs import fraction_of, sentence_of
from studio.ui.pages.words import duration
from studio.ui.strings import text


class BlindTests:
    """The handlers of this part of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._tests = studio.blind_tests

    def desk(self, profile: ProfileId) -> BlindDesk:
        """Where the newest test of this profile stands."""
        if profile is None:
            return BlindDesk()
        test = self._tests.latest(profile)
        if test is None:
            return self.untested(profile)
        result = self._tests.result(test.id)
        if result is not None:
            return self.done(test, result)
        pairs = self._tests.pairs(test.id)
        if all(pair.is_drawn for pair in pairs):
            return self.ready(test, pairs)
        return self.undrawn(test, self.job(test))

    def untested(self, profile: str) -> BlindDesk:
        """Before the first test."""
        version = self._studio.profiles.find(profile).version
        if not version:
            return BlindDesk(profile=profile, text=text("blind.nothing"))
        said = text("blind.never", version=version)
        return BlindDesk(profile=profile, text=said, buttons=(self.begin_button(profile),))

    def undrawn(self, test: BlindTest, job: Job | None) -> BlindDesk:
        """While its pairs are drawn, or when that was stopped."""
        if job is not None and not job.state.is_final:
            said = f"{progress(self._studio, job)} {text('blind.meanwhile')}"
            stop = BlindButton(do="cancel", label=text("jobs.cancel"))
            return BlindDesk(
                profile=test.profile_id,
                test=test.id,
                state="preparing",
                text=said,
                fraction=fraction_of(job),
                buttons=(stop,),
            )
        bad = job is not None and job.state is not JobState.CANCELLED and bool(job.reason)
        said = job.reason if job is not None and bad else text("blind.stopped")
        again = text("studio.again" if bad else "blind.go_on")
        return BlindDesk(
            profile=test.profile_id,
            test=test.id,
            state="stopped",
            text=said,
            bad=bad,
            buttons=(BlindButton(do="draw", label=again, main=True),),
        )

    def ready(self, test: BlindTest, pairs: list[BlindPair]) -> BlindDesk:
        """While pairs wait for an answer."""
        answered = self._tests.answers(test.id)
        return BlindDesk(
            profile=test.profile_id,
            test=test.id,
            state="ready",
            text=text("blind.before", n=len(pairs)),
            pairs=tuple(
                ShownPair(
                    number=pair.number,
                    prompt=pair.prompt,
                    left=f"/studio/picture/{pair.left}",
                    right=f"/studio/picture/{pair.right}",
                    answered=pair.number in answered,
                )
                for pair in pairs
            ),
        )

    def done(self, test: BlindTest, result: BlindResult) -> BlindDesk:
        """The result, what it holds for, and what can be asked next."""
        bound, now = self._tests.bound(test), self._tests.bound_now(test.profile_id)
        old = outdated(bound, now)
        more = text("blind.more", n=result.pairs)
        buttons: tuple[BlindButton, ...] = ()
        if old:
            buttons = (self.begin_button(test.profile_id),)
        elif result.finding is Finding.LUCK and test.looks < MOST_LOOKS:
            buttons = (BlindButton(do="more", label=more),)
        return BlindDesk(
            profile=test.profile_id,
            test=test.id,
            state="done",
            text=sentence(result, bound.model),
            caption=old or text("blind.tested", bound=named(bound)),
            buttons=buttons,
        )

    def begin_button(self, profile: str) -> BlindButton:
        """“Take the blind test, 12 pairs, about 2 min”"""
        time = duration(self._tests.estimate(profile).seconds)
        return BlindButton(do="begin", label=text("blind.begin", n=PAIRS, time=time), main=True)

    def job(self, test: BlindTest) -> Job | None:
        """The newest job that draws this test."""
        jobs = self._studio.jobs.all(kind=KIND)
        return next((job for job in jobs if job.params["test"] == test.id), None)

    # -------------------------------------------------------------------- doors

    def act(self, asked: BlindAct) -> Answer:
        """Do what a button says."""
        test = self._tests.latest(asked.profile)
        if asked.do == "begin":
            test = self._tests.begin(asked.profile)
        if test is None:
            raise NotFound(text("profile.gone"))
        if asked.do == "more":
            test = self._tests.look_again(test.id)
        self.draw(test, asked.do)
        return {"desk": shown(self.desk(asked.profile))}

    def draw(self, test: BlindTest, do: Do) -> None:
        """Start the job of a test, or stop it."""
        job = self.job(test)
        active = job is not None and not job.state.is_final
        if do == "cancel":
            if job is not None:
                with suppress(Busy):  # it ended in this very moment
                    self._studio.jobs.cancel(job.id)
        elif not active:
            self._studio.jobs.submit(self._tests.drawing(test))

    def answer(self, pick: BlindPick) -> Answer:
        """Store what was chosen in one pair."""
        self._tests.answer(pick.test, pick.pair, pick.choice, pick.client_id)
        return {"desk": shown(self.desk(pick.profile))}

    def undo(self, asked: OfTest) -> Answer:
        """Take back the last answer of a test."""
        self._tests.undo(asked.test)
        return {"desk": shown(self.desk(asked.profile))}


def progress(studio: Studio, job: Job) -> str:
    """“Preparing pair 4 of 12. About 2 min left.”, or what it waits for."""
    left = job.progress.seconds_left
    if job.state is not JobState.RUNNING or left is None:
        return sentence_of(studio, job).rstrip(".") + "."
    return f"{job.progress.text} {text('blind.time_left', time=duration(left))}"
