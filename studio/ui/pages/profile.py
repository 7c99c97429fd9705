"""Profile: what the studio has learnt, why, and how to correct it."""

import html
from typing import Any

import gradio as gr

from pipelines.preference.vocabulary import load_vocabulary
from studio.context import Studio
from studio.domain import Polarity
from studio.errors import InvalidInput
from studio.ui.components.chips import Board, Decision, OfAttribute, Return, Weighing
from studio.ui.components.drawn import drawn
from studio.ui.doors import door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.profile_board import Boards
from studio.ui.pages.profile_manage import Manage
from studio.ui.pages.words import day
from studio.ui.strings import text


class Profiles(Boards):
    """The handlers of the page: its chips, and what stands around them."""

    def learnt(self, profile: ProfileId) -> Board:
        """The chips, with everything said since the last version taken in."""
        if profile is not None:
            self._studio.profiles.learn(profile, self._studio.settings.extractor)
        return self.board(profile)

    def headline(self, profile: ProfileId) -> str:
        """“**My taste** · version 7, from 14 ratings”, as HTML; the name is escaped."""
        if profile is None:
            return ""
        portrait = self._studio.profiles.show(profile)
        made = text("profile.summary", version=portrait.version, n=portrait.counts.ratings)
        said = made if portrait.version else text("profile.summary_empty")
        return f"<h2>{html.escape(portrait.name)}</h2><p>{html.escape(said)}</p>"

    def add(self, profile: ProfileId, phrase: str | None, side: str) -> tuple[Any, ...]:
        """An attribute in the person's own words."""
        if profile is None or not (phrase or "").strip():
            raise InvalidInput(text("profile.add_nothing"))
        version = self._studio.profiles.add(profile, str(phrase), Polarity(side))
        said = text("profile.added", phrase=str(phrase).strip(), version=version.number)
        return shown(self.board(profile)), self.headline(profile), None, say(said)

    def versions(self, profile: ProfileId) -> list[tuple[str, int]]:
        """“v7, today 14:02, 2 new after 6 ratings”, newest first."""
        if profile is None:
            return []
        return [
            (
                text("profile.version_line", number=v.number, date=day(v.created), note=v.note),
                v.number,
            )
            for v in self._studio.profiles.versions(profile)
        ]

    def back_to(self, profile: ProfileId, number: int | None) -> tuple[Any, ...]:
        """Go back to a version chosen from the list."""
        if profile is None or number is None:
            raise InvalidInput(text("profile.choose_version"))
        version = self._studio.profiles.go_back(profile, int(number))
        said = text("profile.went_back", version=version.number)
        listed = gr.Dropdown(choices=self.versions(profile), value=version.number)
        return shown(self.board(profile)), self.headline(profile), listed, say(said)


def build(studio: Studio, frame: Frame) -> Page:
    """Lay out the page and wire it."""
    page = Profiles(studio)
    headline = gr.HTML(elem_id="profile-headline")
    doors = [
        door(OfAttribute)(page.evidence),
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
    with gr.Accordion(text("profile.versions"), open=False):
        versions = gr.Dropdown(choices=[], label=text("profile.versions"), filterable=False)
        back = gr.Button(text("profile.go_back"))
    manage = Manage(studio, frame)

    def follow(profile: ProfileId) -> list[Any]:
        return [page.headline(profile), gr.Dropdown(choices=page.versions(profile), value=None)]

    def refresh(profile: ProfileId) -> list[Any]:
        board = shown(page.learnt(profile))
        return [board, *follow(profile), *manage.values(profile)]

    outputs = [chips, headline, versions, *manage.outputs]
    bind(add.click, page.add, [frame.profile, phrase, side], [chips, headline, phrase], told=told)
    bind(
        back.click, page.back_to, [frame.profile, versions], [chips, headline, versions], told=told
    )
    bind(chips.changed, follow, [frame.profile], [headline, versions])
    manage.wire(outputs, refresh)
    return Page(refresh=refresh, outputs=outputs)
