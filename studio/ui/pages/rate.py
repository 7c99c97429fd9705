"""Rate: react to pictures and say why; the profile grows beside the cards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from studio.context import Studio
from studio.domain import Verdict
from studio.services.corrections import Keep
from studio.services.decks import DEFAULT
from studio.ui.components.drawn import drawn
from studio.ui.components.rater import Desk, OfDeck, OfProfile, Reaction, Removal
from studio.ui.components.reading import ReadingAsk
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.rate_cards import Cards
from studio.ui.pages.rate_heard import Hearing
from studio.ui.strings import text
from studio.ui.uploads import discard


class Rate:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.cards = Cards(studio)
        self.hearing = Hearing(studio)

    def desk(self, profile: ProfileId, deck: str = DEFAULT) -> Desk:
        """Everything for this profile and this deck."""
        if profile is None:
            return Desk(deck=deck, decks=self.cards.decks(None))
        cards = self.cards.following(profile, deck)
        return Desk(
            profile=profile,
            decks=self.cards.decks(profile),
            deck=deck,
            total=len(self._studio.decks.pictures(deck)),
            cards=cards,
            rated=self.cards.rated(profile),
            ask=self.cards.ask(profile, cards[0].id) if cards else None,
            heard=self.hearing.heard(profile),
        )

    # -------------------------------------------------------------------- doors

    def open_deck(self, asked: OfDeck) -> Answer:
        """Another deck."""
        return shown(self.desk(asked.profile, asked.deck))

    def answer(self, reaction: Reaction) -> Answer:
        """Store one reaction; answer what was understood and the next cards."""
        before = self.hearing.comments(reaction.profile)
        self._studio.rating.rate(
            reaction.profile,
            reaction.picture,
            reaction.verdict,
            reaction.comment,
            chips=reaction.chips,
            client_id=reaction.client_id,
        )
        if self.hearing.comments(reaction.profile) > before:
            self.hearing.one_more(reaction.profile)
        cards = self.cards.following(reaction.profile, reaction.deck, reaction.have)
        ahead = [*reaction.have, *(card.id for card in cards)]
        return {
            "cards": [shown(card) for card in cards],
            "heard": shown(self.hearing.heard(reaction.profile)),
            "ask": shown(self.cards.ask(reaction.profile, ahead[0])) if ahead else None,
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
        card = self.cards.taken_back(asked.profile)
        return {
            "card": shown(card) if card else None,
            "rated": [shown(each) for each in self.cards.rated(asked.profile)],
            "heard": shown(self.hearing.heard(asked.profile)),
        }

    def remove(self, asked: Removal) -> Answer:
        """Take an attribute out on the spot."""
        self._studio.profiles.learn(asked.profile, self.hearing.reading.backend)
        version = self._studio.profiles.version(asked.profile)
        split = {a.id for a in version.attributes if a.split and not a.removed}
        if asked.attribute in split:  # its chip stands for both sides
            self._studio.profiles.resolve(asked.profile, asked.attribute, Keep.NEITHER)
        else:
            self._studio.profiles.remove(asked.profile, asked.attribute)
        return {"heard": shown(self.hearing.heard(asked.profile))}

    def listen(self, asked: OfProfile) -> Answer:
        """How the preview and the reader are doing."""
        return {"heard": shown(self.hearing.heard(asked.profile))}

    def read(self, asked: ReadingAsk) -> Answer:
        """Try a reading again, or stop it."""
        self.hearing.reading.read(asked)
        return {"heard": shown(self.hearing.heard(asked.profile))}

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
            discard(path)
        sentences = [text("rate.own_added", n=len(rated)), *(each.reason for each in refused)]
        return shown(self.desk(profile)), None, say(" ".join(sentences))


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Rate(studio)
    doors = [
        door(Reaction)(page.answer),
        door(OfProfile)(page.undo),
        door(OfDeck)(page.open_deck),
        door(Removal)(page.remove),
        door(OfProfile)(page.listen),
        door(ReadingAsk)(page.read),
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
    bind(switch.input, page.hearing.switch, [switch])

    def refresh(profile: ProfileId) -> list[Any]:
        return [shown(page.desk(profile)), page.hearing.is_on()]

    return Page(refresh=refresh, outputs=[rater, switch])
