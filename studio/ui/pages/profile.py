"""Profile: what the studio has learnt, why, and how to correct it."""

import html
from typing import Any

import gradio as gr

from pipelines.preference.vocabulary import load_vocabulary
from studio.context import Studio
from studio.domain import Polarity, ProfileVersion
from studio.errors import InvalidInput, NotFound
from studio.services.corrections import Keep
from studio.services.learning import CHIP
from studio.services.portrait import Contradiction, Portrait, SeenAttribute, SeenEvidence
from studio.ui.components.chips import (
    Board,
    Conflict,
    Decision,
    OfAttribute,
    ProfileChip,
    Proof,
    Return,
    Weighing,
)
from studio.ui.components.drawn import drawn
from studio.ui.doors import Answer, door
from studio.ui.events import bind, notice, say, shown
from studio.ui.pages import Frame, Page, ProfileId
from studio.ui.pages.words import day, dots, reader
from studio.ui.strings import text

KEEP = {"liked": Keep.LIKE, "disliked": Keep.DISLIKE, "none": Keep.NEITHER}


class Profiles:
    """The handlers of the page."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def board(self, profile: ProfileId) -> Board:
        """The chips as they are now."""
        if profile is None:
            return Board()
        portrait = self._studio.profiles.show(profile)
        return Board(
            profile=profile,
            version=portrait.version,
            liked=tuple(chip(a, Polarity.LIKED) for a in portrait.liked),
            disliked=tuple(chip(a, Polarity.DISLIKED) for a in portrait.disliked),
            conflicts=tuple(conflict(c) for c in portrait.contradictions),
        )

    def learnt(self, profile: ProfileId) -> Board:
        """The same, with everything said since the last version taken in."""
        if profile is not None:
            self._studio.profiles.learn(profile, self._studio.settings.extractor)
        return self.board(profile)

    def headline(self, profile: ProfileId) -> str:
        """“**My taste** · version 7, from 14 ratings”, as Markdown; the name is escaped."""
        if profile is None:
            return ""
        portrait = self._studio.profiles.show(profile)
        made = text("profile.summary", version=portrait.version, n=portrait.counts.ratings)
        said = made if portrait.version else text("profile.summary_empty")
        return f"<h2>{html.escape(portrait.name)}</h2><p>{html.escape(said)}</p>"

    # -------------------------------------------------------------------- doors

    def evidence(self, asked: OfAttribute) -> Answer:
        """Why this attribute is there."""
        seen = find(self._studio.profiles.show(asked.profile), asked.attribute)
        return {"evidence": [shown(proof(each)) for each in seen.evidence]}

    def weigh(self, asked: Weighing) -> Answer:
        """How much it counts from now on."""
        version = self._studio.profiles.set_weight(asked.profile, asked.attribute, asked.weight)
        phrase = phrase_of(version, asked.attribute)
        weight = f"{asked.weight:.1f}"
        return self.changed(
            version, text("profile.weighed", phrase=phrase, weight=weight, version=version.number)
        )

    def turn(self, asked: OfAttribute) -> Answer:
        """From like to dislike, or back."""
        version = self._studio.profiles.turn(asked.profile, asked.attribute)
        phrase = phrase_of(version, asked.attribute)
        return self.changed(version, text("profile.turned", phrase=phrase, version=version.number))

    def remove(self, asked: OfAttribute) -> Answer:
        """Take it out."""
        version = self._studio.profiles.remove(asked.profile, asked.attribute)
        phrase = phrase_of(version, asked.attribute)
        return self.changed(version, text("profile.removed", phrase=phrase, version=version.number))

    def resolve(self, asked: Decision) -> Answer:
        """Settle a contradiction."""
        version = self._studio.profiles.resolve(asked.profile, asked.attribute, KEEP[asked.keep])
        return self.changed(version, text("profile.resolved", version=version.number))

    def go_back(self, asked: Return) -> Answer:
        """A new version equal to an earlier one."""
        version = self._studio.profiles.go_back(asked.profile, asked.version)
        said = text("profile.went_back", version=version.number)
        return {"profile": shown(self.board(asked.profile)), "said": said, "undo": None}

    def changed(self, version: ProfileVersion, said: str) -> Answer:
        """The board after a change, and the version that undoes it."""
        board = shown(self.board(version.profile_id))
        return {"profile": board, "said": said, "undo": version.number - 1}

    # --------------------------------------------------------------------- form

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

    def going(self, profile: ProfileId) -> str:
        """What deleting for good would take."""
        return str(self._studio.profiles.going(profile)) if profile else ""


def chip(attribute: SeenAttribute, polarity: Polarity) -> ProfileChip:
    """An attribute as a chip. Without words behind it, it is likely and not certain."""
    taps = bool(attribute.evidence) and all(e.backend == CHIP for e in attribute.evidence)
    return ProfileChip(
        id=attribute.id,
        phrase=attribute.phrase,
        polarity=polarity,
        weight=attribute.weight,
        dots=dots(attribute.weight),
        count=attribute.comments,
        split=attribute.split,
        edited=attribute.edited,
        doubt=text("profile.from_taps", n=attribute.comments) if taps else "",
    )


def conflict(contradiction: Contradiction) -> Conflict:
    """Something liked here and disliked there."""
    return Conflict(
        id=contradiction.liked,
        text=text("profile.conflict", sentence=contradiction.sentence),
    )


def proof(evidence: SeenEvidence) -> Proof:
    """A rating that speaks for an attribute, its comment cut around the decisive words."""
    start, end = evidence.span or (0, 0)
    comment = evidence.comment
    parts = [(comment[:start], False), (comment[start:end], True), (comment[end:], False)]
    picture = evidence.picture
    read = text("profile.read_by", reader=reader(evidence.backend), date=day(evidence.created))
    return Proof(
        url=f"/studio/thumb/{picture.id}" if picture else "",
        caption=picture.caption if picture else "",
        verdict=evidence.verdict,  # pyright: ignore[reportArgumentType]  # pydantic reads it
        parts=tuple((part, decisive) for part, decisive in parts if part),
        chip=text("profile.tapped") if evidence.backend == CHIP else None,
        read_by=read,
    )


def find(portrait: Portrait, attribute_id: str) -> SeenAttribute:
    """One attribute of a portrait.

    Raises:
        NotFound: it is gone since the page was drawn.
    """
    for attribute in (*portrait.liked, *portrait.disliked):
        if attribute.id == attribute_id:
            return attribute
    raise NotFound(text("profile.gone"))


def phrase_of(version: ProfileVersion, attribute_id: str) -> str:
    """What an attribute says."""
    return next((a.phrase for a in version.attributes if a.id == attribute_id), "")


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
    bind(add.click, page.add, [frame.profile, phrase, side], [chips, headline, phrase], told=told)
    bind(
        back.click, page.back_to, [frame.profile, versions], [chips, headline, versions], told=told
    )

    def follow(profile: ProfileId) -> tuple[Any, ...]:
        return page.headline(profile), gr.Dropdown(choices=page.versions(profile), value=None)

    bind(chips.changed, follow, [frame.profile], [headline, versions])

    def refresh(profile: ProfileId) -> list[Any]:
        board = shown(page.learnt(profile))
        return [board, *follow(profile)]

    return Page(refresh=refresh, outputs=[chips, headline, versions])
