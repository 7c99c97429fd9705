"""The chips of the Profile page: what they show, why they are there, what can be done to them."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from studio.context import Studio
from studio.domain import Polarity, ProfileVersion
from studio.errors import NotFound
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
from studio.ui.components.rater import OfRating
from studio.ui.doors import Answer
from studio.ui.events import shown
from studio.ui.pages import ProfileId
from studio.ui.pages.rate_cards import Cards
from studio.ui.pages.words import day, dots, reader
from studio.ui.strings import text

KEEP = {"liked": Keep.LIKE, "disliked": Keep.DISLIKE, "none": Keep.NEITHER}


class Boards:
    """The handlers of the chips."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._cards = Cards(studio)

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

    # -------------------------------------------------------------------- doors

    def evidence(self, asked: OfAttribute) -> Answer:
        """Why this attribute is there."""
        seen = find(self._studio.profiles.show(asked.profile), asked.attribute)
        by_rating: dict[str, list[SeenEvidence]] = {}
        for each in seen.evidence:
            by_rating.setdefault(each.rating_id, []).append(each)
        return {"evidence": [shown(proof(reasons)) for reasons in by_rating.values()]}

    def reopen(self, asked: OfRating) -> Answer:
        """The card of an answer that is evidence, to see it and change it on the Rate page."""
        return {"card": shown(self._cards.reopened(asked.rating))}

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


def proof(reasons: Sequence[SeenEvidence]) -> Proof:
    """A rating that speaks for an attribute, once or several times."""
    first = reasons[0]
    picture = first.picture
    tapped = all(each.backend == CHIP for each in reasons)
    read = text("profile.read_by", reader=reader(first.backend), date=day(first.created))
    return Proof(
        rating=first.rating_id,
        url=f"/studio/thumb/{picture.id}" if picture else "",
        caption=picture.caption if picture else "",
        verdict=first.verdict,  # pyright: ignore[reportArgumentType]  # pydantic reads it
        parts=cut(first.comment, [each.span for each in reasons if each.span]),
        chip=text("profile.tapped") if tapped else None,
        read_by=read,
    )


def cut(comment: str, spans: Sequence[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """A comment in pieces, and of each whether its words were decisive. Spans may overlap."""
    decisive = [any(start <= i < end for start, end in spans) for i in range(len(comment))]
    pieces = groupby(zip(comment, decisive, strict=True), key=itemgetter(1))
    return tuple(("".join(letter for letter, _ in piece), mark) for mark, piece in pieces)


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
