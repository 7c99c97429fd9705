"""What the Rate page has understood so far: attributes, plain numbers, and a small preview."""

from collections.abc import Iterator, Sequence

from pipelines.spec import GenerationSpec
from studio.context import Studio
from studio.domain import ProfileAttribute
from studio.errors import NotFound
from studio.services.conversation import ENOUGH, Understood
from studio.services.generation import GenerationRequest
from studio.services.learning import contradictions
from studio.services.readings import BUILT_IN
from studio.ui.components.rater import Heard, HeardAttribute, Preview
from studio.ui.pages.reading import Reading
from studio.ui.pages.results import PREVIEWS, stop_previews
from studio.ui.pages.words import dots, reader
from studio.ui.strings import text

SHOWN = 14  # attributes beside the cards
EVERY = 4  # comments between previews
PREVIEW_PROMPT = "a cup of coffee"
PREVIEW_SEED = 4711  # always the same, so that previews can be compared
SLOWEST_PREVIEW = 20.0  # seconds for the pair; slower computers get none by themselves
SWITCH = "rate.preview"  # preference


class Hearing:
    """The side of the desk."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.reading = Reading(studio)

    def heard(self, profile: str) -> Heard:
        """Attributes, plain numbers, the preview, and how far a slow reader is."""
        backend = self.reading.backend
        draft = self._studio.rating.draft_reading(profile, backend)
        state = self._studio.rating.progress(profile, backend)
        return Heard(
            attributes=tuple(chips(draft.attributes, backend))[:SHOWN],
            reader=reader(backend),
            lines=tuple(lines(state)),
            enough=state.enough,
            preview=self.preview(profile, state.comments),
            reading=self.reading.state(profile),
        )

    def comments(self, profile: str) -> int:
        """How many answers came with words."""
        return self._studio.store.ratings.counts(profile).with_words

    def one_more(self, profile: str) -> None:
        """A comment came in: now and then that is worth a preview, or a better reading."""
        comments = self.comments(profile)
        if comments % EVERY == 0 and self.is_on():
            self.draw_preview(profile)
        self.reading.after_comment(profile, comments)

    # ------------------------------------------------------------------ preview

    def is_on(self) -> bool:
        """Whether previews are wanted."""
        return bool(self._studio.store.preferences.get(SWITCH, True))

    def switch(self, on: bool) -> None:
        """Want previews, or not."""
        self._studio.store.preferences.set(SWITCH, bool(on))

    def preview(self, profile: str, comments: int) -> Preview | None:
        """The last preview, or when the next one comes."""
        if not self.is_on():
            return None
        jobs = self._studio.store.preferences.get(PREVIEWS, [], scope=profile)
        left = EVERY - comments % EVERY
        if not jobs:
            return Preview(text=text("rate.preview_next", n=left))
        try:
            job = self._studio.jobs.show(jobs[-1])
        except NotFound:  # jobs are forgotten after a while
            return Preview(text=text("rate.preview_next", n=left))
        if not job.state.is_final:
            return Preview(text=text("rate.preview_running"), running=True)
        images = self._studio.store.images.of_job(job.id)
        if len(images) < 2:
            return Preview(text=job.reason or text("rate.preview_again", n=left))
        return Preview(
            text=f"{text('rate.preview_same')}. {text('rate.preview_again', n=left)}.",
            prompt=images[0].prompt,
            without=f"/studio/picture/{images[0].id}",
            with_=f"/studio/picture/{images[1].id}",
        )

    def draw_preview(self, profile: str) -> None:
        """After every fourth comment: the same cup of coffee, without and with the taste so far."""
        self._studio.profiles.learn(profile, self.reading.backend)
        strength = self._studio.profiles.find(profile).strength
        request = GenerationRequest(
            spec=GenerationSpec(prompt=PREVIEW_PROMPT, seed=PREVIEW_SEED),
            profile=profile,
            strengths=(0.0, strength or 0.5),
        )
        if self._studio.generation.estimate(request).seconds > SLOWEST_PREVIEW:
            return
        stop_previews(self._studio, profile)  # an older taste is of no interest any more
        title = text("rate.preview_title", prompt=PREVIEW_PROMPT)
        job = self._studio.generation.job(request).model_copy(update={"title": title})
        jobs = self._studio.store.preferences.get(PREVIEWS, [], scope=profile)
        self._studio.store.preferences.set(PREVIEWS, [*jobs, job.id][-50:], scope=profile)
        self._studio.jobs.submit(job)


def chips(attributes: Sequence[ProfileAttribute], backend: str) -> Iterator[HeardAttribute]:
    """What stands, heaviest first; what is liked here and disliked there as one chip, “+2 −1”."""
    there = [a for a in attributes if not a.removed]
    tallies: dict[str, str] = {}
    other_sides: set[str] = set()
    for liked, disliked in contradictions(there):
        tally = f"+{comments_of(liked)} −{comments_of(disliked)}"
        tallies |= {liked.id: tally, disliked.id: tally}
        first, second = sorted((liked, disliked), key=there.index)
        if first.split and second.split:
            other_sides.add(second.id)
    for each in there:
        if each.id not in other_sides:
            yield chip(each, backend, tallies.get(each.id, "") if each.split else "")


def comments_of(attribute: ProfileAttribute) -> int:
    """How many answers speak for it."""
    return len({e.rating_id for e in attribute.evidence})


def chip(attribute: ProfileAttribute, backend: str, tally: str) -> HeardAttribute:
    """A chip beside the cards; grey while only the basic reader has seen it."""
    readers = {e.backend for e in attribute.evidence}
    return HeardAttribute(
        id=attribute.id,
        phrase=attribute.phrase,
        polarity=attribute.polarity,
        dots=dots(attribute.weight),
        count=comments_of(attribute),
        draft=backend != BUILT_IN and readers == {BUILT_IN},
        split=attribute.split,
        tally=tally,
    )


def lines(state: Understood) -> list[str]:
    """Progress in plain numbers, never a percentage."""
    said = [
        text("rate.progress_after", n=state.ratings, words=state.comments)
        if state.enough
        else text("rate.progress_towards", n=state.comments, enough=ENOUGH)
    ]
    if state.twice:
        said.append(text("rate.progress_twice", twice=state.twice, n=state.attributes))
    if state.comments and state.not_asked:
        names = ", ".join(text(f"category.{name}") for name in state.not_asked[:3])
        said.append(text("rate.not_asked", categories=names))
    if state.guesses:
        right, simple, of = state.guesses.right, state.guesses.always_like, state.guesses.of
        said.append(text("rate.guesses", right=right, of=of, simple=simple))
    if state.settled:
        said.append(text("rate.settled"))
    elif state.enough and state.comments < ENOUGH + EVERY:
        said.append(text("rate.enough"))
    return said
