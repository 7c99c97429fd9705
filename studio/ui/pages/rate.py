"""Rate: react to pictures and say why; the profile grows beside the cards."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from pipelines.spec import GenerationSpec
from studio.context import Studio
from studio.domain import Picture, ProfileAttribute, Verdict
from studio.services.conversation import ENOUGH, Question, Understood
from studio.services.decks import DEFAULT
from studio.services.generation import GenerationRequest
from studio.services.readings import BUILT_IN
from studio.ui.components.drawn import drawn
from studio.ui.components.rater import (
    Ask,
    Card,
    Desk,
    Heard,
    HeardAttribute,
    OfDeck,
    OfProfile,
    Preview,
    QuickChip,
    Reaction,
    Removal,
)
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.results import PREVIEWS, stop_previews
from studio.ui.pages.words import dots, reader
from studio.ui.strings import text

AHEAD = 12  # cards that the page has in hand
ROW = 24  # rated pictures that it shows
SHOWN = 14  # attributes beside the cards
CHIPS = 6
EVERY = 4  # comments between previews
PREVIEW_PROMPT = "a cup of coffee"
PREVIEW_SEED = 4711  # always the same, so that previews can be compared
SLOWEST_PREVIEW = 20.0  # seconds for the pair; slower computers get none by themselves
SWITCH = "rate.preview"  # preference


class Rate:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def desk(self, profile: ProfileId, deck: str = DEFAULT) -> Desk:
        """Everything for this profile and this deck."""
        if profile is None:
            return Desk(deck=deck, decks=self.decks(None))
        cards = self.cards(profile, deck)
        return Desk(
            profile=profile,
            decks=self.decks(profile),
            deck=deck,
            total=len(self._studio.decks.pictures(deck)),
            cards=cards,
            rated=self.rated(profile),
            ask=self.ask(profile, cards[0].id) if cards else None,
            heard=self.heard(profile),
        )

    def decks(self, profile: ProfileId) -> tuple[tuple[str, str], ...]:
        """“Stickers, 60 pictures”"""
        found = self._studio.decks.all(profile)
        return tuple((d.name, text("rate.deck_choice", name=d.title, n=d.count)) for d in found)

    def open_deck(self, asked: OfDeck) -> Answer:
        """Another deck."""
        return shown(self.desk(asked.profile, asked.deck))

    def cards(self, profile: str, deck: str, have: Sequence[str] = ()) -> tuple[Card, ...]:
        """The next cards, as many as the page lacks."""
        found = self._studio.rating.next_cards(profile, deck, max(0, AHEAD - len(have)), have)
        drafts = self._studio.rating.drafts(profile)
        return tuple(
            card_of(c.picture).model_copy(update={"comment": drafts.get(c.picture.id, "")})
            for c in found
        )

    def rated(self, profile: str) -> tuple[Card, ...]:
        """What was answered last, with the answers."""
        return tuple(
            card_of(each.picture).model_copy(
                update={
                    "verdict": each.rating.verdict,
                    "comment": each.rating.comment,
                    "chosen": tuple((chip.label, chip.polarity) for chip in each.rating.chips),
                }
            )
            for each in self._studio.rating.rated(profile)[:ROW]
        )

    def ask(self, profile: str, picture_id: str) -> Ask:
        """What to ask about this card, for either verdict."""
        picture = self._studio.store.pictures.get(picture_id)
        liked = self._studio.rating.question(profile, Verdict.LIKED, picture)
        disliked = self._studio.rating.question(profile, Verdict.DISLIKED, picture)
        return Ask(
            id=picture_id,
            liked=question_text(liked, Verdict.LIKED),
            disliked=question_text(disliked, Verdict.DISLIKED),
        )

    # ------------------------------------------------------------- what is heard

    def heard(self, profile: str) -> Heard:
        """Attributes, plain numbers, and the preview."""
        draft = self._studio.rating.draft_reading(profile, self.backend())
        state = self._studio.rating.progress(profile, self.backend())
        there = [a for a in draft.attributes if not a.removed]
        return Heard(
            attributes=tuple(self.attribute(a) for a in there[:SHOWN]),
            reader=reader(self.backend()),
            lines=tuple(lines(state)),
            enough=state.enough,
            preview=self.preview_of(profile, state.comments),
        )

    def attribute(self, attribute: ProfileAttribute) -> HeardAttribute:
        """A chip beside the cards; grey while only the basic reader has seen it."""
        readers = {e.backend for e in attribute.evidence}
        return HeardAttribute(
            id=attribute.id,
            phrase=attribute.phrase,
            polarity=attribute.polarity,
            dots=dots(attribute.weight),
            count=len({e.rating_id for e in attribute.evidence}),
            draft=self.backend() != BUILT_IN and readers == {BUILT_IN},
            split=attribute.split,
        )

    def backend(self) -> str:
        """The reader whose readings count."""
        return self._studio.settings.extractor

    # ------------------------------------------------------------------ preview

    def preview_of(self, profile: str, comments: int) -> Preview | None:
        """The last preview, or when the next one comes."""
        if not self._studio.store.preferences.get(SWITCH, True):
            return None
        jobs = self._studio.store.preferences.get(PREVIEWS, [], scope=profile)
        left = EVERY - comments % EVERY
        if not jobs:
            return Preview(text=text("rate.preview_next", n=left))
        job = self._studio.jobs.show(jobs[-1])
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
        self._studio.profiles.learn(profile, self.backend())
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

    # -------------------------------------------------------------------- doors

    def answer(self, reaction: Reaction) -> Answer:
        """Store one reaction; answer what was understood and the next cards."""
        before = self.comments(reaction.profile)
        self._studio.rating.rate(
            reaction.profile,
            reaction.picture,
            reaction.verdict,
            reaction.comment,
            chips=reaction.chips,
            client_id=reaction.client_id,
        )
        after = self.comments(reaction.profile)
        if (
            after > before
            and after % EVERY == 0
            and self._studio.store.preferences.get(SWITCH, True)
        ):
            self.draw_preview(reaction.profile)
        cards = self.cards(reaction.profile, reaction.deck, reaction.have)
        following = [*reaction.have, *(card.id for card in cards)]
        return {
            "cards": [shown(card) for card in cards],
            "heard": shown(self.heard(reaction.profile)),
            "ask": shown(self.ask(reaction.profile, following[0])) if following else None,
            "vague": self.vague(reaction),
        }

    def vague(self, reaction: Reaction) -> str | None:
        """Gently: “‘Nice’ tells me that you like it, not why.”"""
        if reaction.verdict is Verdict.SKIPPED:
            return None
        words = self._studio.rating.vague(reaction.comment, reaction.verdict)
        key = "vague" if reaction.verdict is Verdict.LIKED else "vague_disliked"
        return text(f"rate.{key}", words=words) if words else None

    def undo(self, asked: OfProfile) -> Answer:
        """Take back the last answer and give its card back, with the words."""
        undone = self._studio.rating.undo(asked.profile)
        card = None
        if undone is not None:
            picture = self._studio.store.pictures.get(undone.picture_id)
            chosen = tuple((chip.label, chip.polarity) for chip in undone.chips)
            card = shown(
                card_of(picture).model_copy(update={"comment": undone.comment, "chosen": chosen})
            )
        rated = [shown(each) for each in self.rated(asked.profile)]
        return {"card": card, "rated": rated, "heard": shown(self.heard(asked.profile))}

    def remove(self, asked: Removal) -> Answer:
        """Take an attribute out on the spot."""
        self._studio.profiles.learn(asked.profile, self.backend())
        self._studio.profiles.remove(asked.profile, asked.attribute)
        return {"heard": shown(self.heard(asked.profile))}

    def preview(self, asked: OfProfile) -> Answer:
        """How the preview is doing."""
        found = self.preview_of(asked.profile, self.comments(asked.profile))
        return {"preview": shown(found) if found else None}

    def comments(self, profile: str) -> int:
        """How many answers came with words."""
        return self._studio.store.ratings.counts(profile).with_words

    # --------------------------------------------------------------- own pictures

    def add_own(
        self, profile: ProfileId, files: Sequence[tuple[str, str | None]] | None
    ) -> tuple[Any, ...]:
        """Bring pictures; they count as likes. What the browser sent is removed at once: only the
        pixels are kept, without place and camera."""
        if profile is None or not files:
            return shown(self.desk(profile)), None, say(text("rate.own_help"))
        paths = [Path(file) for file, _ in files]
        rated, refused = self._studio.rating.add_own(profile, paths)
        for path in paths:
            if path.is_relative_to(os.environ.get("GRADIO_TEMP_DIR", "/nowhere")):
                path.unlink(missing_ok=True)
        sentences = [text("rate.own_added", n=len(rated)), *(each.reason for each in refused)]
        return shown(self.desk(profile)), None, say(" ".join(sentences))


def card_of(picture: Picture) -> Card:
    """A picture as a card, unanswered."""
    labels = [str(label) for label in picture.facts.get("chips", ())]
    return Card(
        id=picture.id,
        url=f"/studio/picture/{picture.id}",
        caption=picture.caption or text("picture.unnamed"),
        chips=tuple(QuickChip(label=label, text=label) for label in labels[:CHIPS]),
        pixelated="pixel" in picture.caption.lower(),
    )


def question_text(question: Question, verdict: Verdict) -> str:
    """A question in words."""
    if question.about == "open":
        return text(f"rate.ask_{verdict.value}")
    if question.about == "reversal":
        key = "ask_turned" if verdict is Verdict.LIKED else "ask_turned_away"
        return text(f"rate.{key}", label=question.label)
    return text(f"rate.ask_{question.about}")


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


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Rate(studio)
    doors = [
        door(Reaction)(page.answer),
        door(OfProfile)(page.undo),
        door(OfDeck)(page.open_deck),
        door(Removal)(page.remove),
        door(OfProfile)(page.preview),
    ]
    rater = drawn("Rater", doors)
    with gr.Accordion(text("rate.own"), open=False):
        own = gr.Gallery(
            label=text("rate.own_help"),
            type="filepath",
            sources=["upload", "clipboard"],
            height=220,
            interactive=True,
            columns=6,
            object_fit="contain",
        )
        add = gr.Button(text("rate.own_add"))
        told = notice()
        switch = gr.Checkbox(
            label=text("rate.preview_switch"), info=text("rate.preview_switch_help")
        )
    bind(add.click, page.add_own, [frame.profile, own], [rater, own], told=told)
    bind(switch.input, lambda on: studio.store.preferences.set(SWITCH, bool(on)), [switch])

    def refresh(profile: ProfileId) -> list[Any]:
        previews = studio.store.preferences.get(SWITCH, True)
        return [shown(page.desk(profile)), previews]

    return Page(refresh=refresh, outputs=[rater, switch], extras={"page": page})
