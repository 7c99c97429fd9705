"""The cards of the Rate page: what there is to react to, what was answered, and what to ask."""

from collections.abc import Sequence

from studio.context import Studio
from studio.domain import Picture, Verdict
from studio.services.conversation import Question
from studio.services.rating import Rated
from studio.ui.components.rater import Ask, Card, QuickChip
from studio.ui.pages import ProfileId
from studio.ui.strings import text

AHEAD = 12  # cards that the page has in hand
ROW = 24  # rated pictures that it shows
CHIPS = 6


class Cards:
    """Pictures as cards."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def decks(self, profile: ProfileId) -> tuple[tuple[str, str], ...]:
        """“Stickers, 60 pictures”, “My pictures (34 unrated)”"""
        found = self._studio.decks.all(profile)
        return tuple(
            (d.name, text("rate.deck_choice", name=d.title, n=d.count))
            if d.unrated is None or d.unrated == d.count
            else (d.name, text("rate.deck_unrated", name=d.title, n=d.unrated))
            for d in found
        )

    def following(self, profile: str, deck: str, have: Sequence[str] = ()) -> tuple[Card, ...]:
        """The next cards, as many as the page lacks."""
        found = self._studio.rating.next_cards(profile, deck, max(0, AHEAD - len(have)), have)
        drafts = self._studio.rating.drafts(profile)
        return tuple(
            card_of(c.picture).model_copy(update={"comment": drafts.get(c.picture.id, "")})
            for c in found
        )

    def rated(self, profile: str) -> tuple[Card, ...]:
        """What was answered last, with the answers."""
        return tuple(answered(each) for each in self._studio.rating.rated(profile)[:ROW])

    def reopened(self, rating: str) -> Card:
        """The card of one answer, to change it or to add to it."""
        return answered(self._studio.rating.reopen(rating))

    def taken_back(self, profile: str) -> Card | None:
        """Take back the last answer; its card has the words again and no verdict."""
        undone = self._studio.rating.undo(profile)
        if undone is None:
            return None
        card = self.reopened(undone.id)
        return card.model_copy(update={"verdict": None})

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


def answered(rated: Rated) -> Card:
    """A picture as a card, with what was said about it."""
    said = {
        "verdict": rated.rating.verdict,
        "comment": rated.rating.comment,
        "chosen": tuple((chip.label, chip.polarity) for chip in rated.rating.chips),
    }
    return card_of(rated.picture).model_copy(update=said)


def question_text(question: Question, verdict: Verdict) -> str:
    """A question in words."""
    if question.about == "open":
        return text(f"rate.ask_{verdict.value}")
    if question.about == "reversal":
        key = "ask_turned" if verdict is Verdict.LIKED else "ask_turned_away"
        return text(f"rate.{key}", label=question.label)
    return text(f"rate.ask_{question.about}")
