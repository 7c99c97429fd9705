"""Profile: what the studio has learnt, why, and how to correct it."""

import html
from typing import Any

import gradio as gr

from pipelines.preference.vocabulary import load_vocabulary
from studio.context import Studio
from studio.domain import Polarity
from studio.errors import InvalidInput
from studio.services.readings import BUILT_IN
from studio.ui.components.blind import BlindAct, BlindPick, OfTest
from studio.ui.components.chips import Board, Decision, OfAttribute, Return, Weighing
from studio.ui.components.drawn import drawn
from studio.ui.components.rater import OfRating
from studio.ui.components.reading import ReadingAsk
from studio.ui.doors import door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.profile_blind import BlindTests
from studio.ui.pages.profile_board import Boards
from studio.ui.pages.profile_manage import Manage
from studio.ui.pages.profile_versions import Versions
from studio.ui.pages.reading import Reading
from studio.ui.strings import text


class Profiles(Boards):
    """The handlers of the page: its chips, and what stands around them."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.reading = Reading(studio)
        self.blind = BlindTests(studio)

    def learnt(self, profile: ProfileId) -> Board:
        """The chips, with everything said since the last version taken in."""
        if profile is not None:
            self._studio.profiles.learn(profile, self.reading.backend)
        return self.board(profile)

    def read_again(self, profile: ProfileId) -> str:
        """Let the chosen reader read: at once what it reads at once, else as a job."""
        if profile is None:
            raise InvalidInput(text("rate.no_profile"))
        if self.reading.backend != BUILT_IN:
            self.reading.start(profile)
            return ""
        before = self._studio.profiles.version(profile)
        after = self._studio.profiles.learn(profile, self.reading.backend)
        if after.number == before.number:
            return text("profile.read_nothing", version=before.number)
        return text("reading.done", version=after.number, note=after.note)

    def headline(self, profile: ProfileId) -> str:
        """“**My taste** · version 7, from 14 ratings”, as HTML; the name is escaped."""
        if profile is None:
            return ""
        portrait = self._studio.profiles.show(profile)
        made = text("profile.summary", version=portrait.version, n=portrait.counts.ratings)
        said = made if portrait.version else text("profile.summary_empty")
        return f"<h2>{html.escape(portrait.name)}</h2><p>{html.escape(said)}</p>"

    def add(self, profile: ProfileId, phrase: str | None, side: str) -> str:
        """An attribute in the person's own words."""
        if profile is None or not (phrase or "").strip():
            raise InvalidInput(text("profile.add_nothing"))
        version = self._studio.profiles.add(profile, str(phrase), Polarity(side))
        return text("profile.added", phrase=str(phrase).strip(), version=version.number)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Profiles(studio)
    headline = gr.HTML(elem_id="profile-headline")
    doors = [
        door(OfAttribute)(page.evidence),
        door(OfRating)(page.reopen),
        door(Weighing)(page.weigh),
        door(OfAttribute)(page.turn),
        door(OfAttribute)(page.remove),
        door(Decision)(page.resolve),
        door(Return)(page.go_back),
    ]
    chips = drawn("Chips", doors, events=("changed",))
    with gr.Row(elem_classes="studio-line"):
        phrase = gr.Dropdown(
            choices=sorted(load_vocabulary().labels),
            value=None,
            label=text("profile.add"),
            info=text("profile.add_help"),
            allow_custom_value=True,
            scale=3,
            elem_id="profile-add",
        )
        side = gr.Radio(
            [(text("profile.add_like"), "liked"), (text("profile.add_dislike"), "disliked")],
            value="liked",
            label=text("profile.add_side"),
            scale=1,
            min_width=180,
        )
        add = gr.Button(text("profile.add_do"), scale=0, min_width=120)
    told = notice()
    reading = drawn("Reading", [door(ReadingAsk)(page.reading.read)], events=("finished",))
    with gr.Row(elem_classes="studio-line"):
        again = gr.Button(
            text("profile.read_again"), scale=0, min_width=160, elem_id="profile-again"
        )
        gr.HTML(f"<p>{html.escape(text('profile.read_again_help'))}</p>", elem_id="again-help")
    blind = drawn(
        "Blind",
        [
            door(BlindAct)(page.blind.act),
            door(BlindPick)(page.blind.answer),
            door(OfTest)(page.blind.undo),
        ],
        elem_id="profile-blind",
    )
    versions = Versions(studio, frame)
    manage = Manage(studio, frame)

    def live(profile: ProfileId) -> list[Any]:
        return [shown(page.reading.state(profile)), shown(page.blind.desk(profile))]

    def follow(profile: ProfileId) -> list[Any]:
        return [page.headline(profile), *live(profile), *versions.values(profile)]

    def changed(profile: ProfileId) -> list[Any]:
        return [shown(page.board(profile)), *follow(profile)]

    def learnt(profile: ProfileId) -> list[Any]:
        return [shown(page.learnt(profile)), *follow(profile)]

    def refresh(profile: ProfileId) -> list[Any]:
        return [*learnt(profile), *manage.values(profile)]

    def added(profile: ProfileId, words: str | None, polarity: str) -> list[Any]:
        said = page.add(profile, words, polarity)
        return [*changed(profile), None, say(said)]

    def read_again(profile: ProfileId) -> list[Any]:
        said = page.read_again(profile)
        return [*changed(profile), say(said)]

    followed = [headline, reading, blind, *versions.outputs]
    outputs = [chips, *followed, *manage.outputs]
    wished = [frame.profile, phrase, side]
    bind(add.click, added, wished, [chips, *followed, phrase], told=told)
    bind(again.click, read_again, [frame.profile], [chips, *followed], told=told)
    bind(chips.changed, follow, [frame.profile], followed)
    # what is being typed into the fields of Manage stays
    bind(reading.finished, learnt, [frame.profile], [chips, *followed])
    versions.wire([chips, *followed], changed, told)
    manage.wire(outputs, refresh)
    return Page(refresh=refresh, outputs=outputs, poll=live, live=[reading, blind])
