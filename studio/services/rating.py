"""Rating: the cards to react to, the answers, and what is understood from them at once.

Answers are added, never rewritten; undo takes one back and leaves it in the log.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.preference.attributes import Comment
from pipelines.preference.vocabulary import load_vocabulary
from studio.domain import Chip, Picture, ProfileVersion, Rating, Verdict, new_id
from studio.errors import InvalidInput
from studio.intake import Refused, take_in
from studio.paths import Paths
from studio.services import conversation
from studio.services.conversation import Question, Understood
from studio.services.decks import DEFAULT, DeckService
from studio.services.next_card import Embed, NextCard, next_cards
from studio.services.own_pictures import known_as
from studio.services.profiles import ProfileService
from studio.services.rating_import import Imported, Importer
from studio.services.readings import BUILT_IN, Readings
from studio.store import Store

GUESSES = "guesses"  # chance of being liked, by picture id
DRAFT = "draft.rate."
MOST = 200  # unseen pictures that are compared for the next card, the newest


@dataclass(frozen=True)
class Rated:
    """A picture with its standing answer."""

    picture: Picture
    rating: Rating


class RatingService:
    """Cards out, answers in. Profiles are named by id here: the pages ask often."""

    def __init__(
        self,
        paths: Paths,
        store: Store,
        decks: DeckService,
        profiles: ProfileService,
        readings: Readings,
        *,
        embed: Embed | None = None,
    ) -> None:
        self._paths = paths
        self._store = store
        self._decks = decks
        self._profiles = profiles
        self._readings = readings
        self._embed = embed
        self._guessing = threading.Lock()

    # ------------------------------------------------------------------ cards

    def next_cards(
        self, profile_id: str, deck: str = DEFAULT, n: int = 12, loaded: Collection[str] = ()
    ) -> list[NextCard]:
        """The next cards of a deck, most to learn first, every third one likely to be liked.

        Args:
            loaded: ids of cards that the page has already and shows before these.
        """
        unseen = self._decks.unrated(deck, profile_id, limit=MOST + len(loaded))
        unseen = [picture for picture in unseen if picture.id not in loaded][:MOST]
        answers = self._store.ratings.standing(profile_id)
        liked = {
            r.picture_id: r.verdict is Verdict.LIKED
            for r in answers
            if r.verdict is not Verdict.SKIPPED
        }
        rated = list(self._store.pictures.get_many(liked).values())
        already = len(answers) + len(loaded)
        cards = next_cards(unseen, rated, liked, n, already=already, embed=self._embed)
        self._fix_guesses(profile_id, cards)
        return cards

    def rated(self, profile_id: str) -> list[Rated]:
        """Standing answers with their pictures, newest first."""
        return self._with_pictures(self._store.ratings.standing(profile_id)[::-1])

    def reopen(self, rating_id: str) -> Rated:
        """A rated card, to change or add to its answer."""
        return self._with_pictures([self._store.ratings.get(rating_id)])[0]

    # ---------------------------------------------------------------- answers

    def rate(
        self,
        profile_id: str,
        picture_id: str,
        verdict: Verdict,
        comment: str = "",
        *,
        chips: Iterable[Chip] = (),
        client_id: str = "",
    ) -> Rating:
        """Store an answer. The same `client_id` again stores nothing; another answer to the same
        picture takes the place of the first one, which stays in the log.

        Raises:
            NotFound, InvalidInput, InvalidSpec
        """
        tapped = tuple(chips)
        unknown = [chip.label for chip in tapped if chip.label not in load_vocabulary()]
        if unknown:
            raise InvalidInput(f"“{unknown[0]}” is no label of the vocabulary, so no chip.")
        answer = Rating.parse(
            {
                "profile_id": profile_id,
                "picture_id": picture_id,
                "verdict": verdict,
                "comment": comment.strip(),
                "chips": tapped,
                "client_id": client_id or new_id(),
            }
        )
        stored = self._store.ratings.add(answer)
        self.save_draft(profile_id, picture_id, "")
        return stored

    def undo(self, profile_id: str) -> Rating | None:
        """Take back the last answer; the one before it to the same picture stands again."""
        last = self._store.ratings.latest(profile_id)
        return last and self._store.ratings.take_back(last.id)

    def take_back(self, rating_id: str) -> Rating:
        """Take back one answer."""
        return self._store.ratings.take_back(rating_id)

    def add_own(
        self, profile_id: str, files: Sequence[Path], verdict: Verdict = Verdict.LIKED
    ) -> tuple[list[Rating], list[Refused]]:
        """Bring pictures, which count as likes; say of every refused one why."""
        self._decks.register()
        ratings, refused = [], []
        for file in files:
            try:
                ratings.append(self.rate(profile_id, self.bring(file).id, verdict))
            except InvalidInput as error:
                refused.append(Refused(file.name, str(error)))
        return ratings, refused

    def bring(self, file: Path) -> Picture:
        """The picture of a file: one that is known here, or a new one of the person's own."""
        known = self._decks.find_file(file)
        return known or known_as(self._paths, self._store, take_in(file, self._paths.own))

    def import_file(self, profile_id: str, path: Path, keep_good: bool = False) -> Imported:
        """Answers from a file of ratings: all of them or, with `keep_good`, those that can be used.

        Raises:
            InvalidInput: naming every line that cannot be used.
        """
        lines, problems = Importer(self._paths, self._store, self._decks).read(path, keep_good)
        ids = {picture.id for _, picture in lines}
        standing = self._store.ratings.of_pictures(ids, profile_id)
        added = []
        for line, picture in lines:
            before = standing.get(picture.id)
            if before and (before.verdict, before.comment) == (line.verdict, line.comment.strip()):
                continue
            added.append(self.rate(profile_id, picture.id, line.verdict, line.comment))
        return Imported(tuple(added), len(lines) - len(added), tuple(problems))

    # ----------------------------------------------------------------- drafts

    def save_draft(self, profile_id: str, picture_id: str, comment: str) -> None:
        """Keep half a comment; an empty one is forgotten."""
        name = f"{DRAFT}{picture_id}"
        if comment.strip():
            self._store.preferences.set(name, comment[:4000], scope=profile_id)
        else:
            self._store.preferences.remove(name, scope=profile_id)

    def drafts(self, profile_id: str) -> dict[str, str]:
        """Half comments by picture id."""
        kept = self._store.preferences.all(DRAFT, scope=profile_id)
        return {name.removeprefix(DRAFT): comment for name, comment in kept.items()}

    # ----------------------------------------------------------- conversation

    def draft_reading(self, profile_id: str, backend: str = BUILT_IN) -> ProfileVersion:
        """The profile as it would be now: what `backend` has read, and the built-in reader of the
        rest, at once. Evidence says which reader it was."""
        return self._profiles.draft(profile_id, backend)

    def progress(self, profile_id: str, backend: str = BUILT_IN) -> Understood:
        """Where we are: counts, what is not known yet, guesses, and whether it is enough."""
        ratings = self._store.ratings.standing(profile_id)
        draft = self.draft_reading(profile_id, backend)
        guesses = self._store.preferences.get(GUESSES, {}, scope=profile_id)
        settled = self._is_settled(profile_id, ratings, draft, backend)
        return conversation.understood(ratings, draft, guesses, settled)

    def question(
        self, profile_id: str, verdict: Verdict, picture: Picture, backend: str = BUILT_IN
    ) -> Question:
        """What to ask once a picture has its verdict."""
        known = self.draft_reading(profile_id, backend).attributes
        comments = self._store.ratings.counts(profile_id).with_words
        return conversation.question(verdict, picture, known, comments)

    def vague(self, comment: str, verdict: Verdict = Verdict.LIKED) -> str | None:
        """The words to quote back if a comment says that, but not why; None if it says why."""
        words = " ".join(comment.split())
        side = "liked" if verdict is Verdict.LIKED else "disliked"
        if not words or self._readings.glance(Comment("vague", side, words)):
            return None
        return words if len(words) <= 40 else f"{words[:39]}…"

    # ----------------------------------------------------------------- inside

    def _is_settled(
        self, profile_id: str, ratings: Sequence[Rating], draft: ProfileVersion, backend: str
    ) -> bool:
        spoken = [r for r in ratings if r.comment.strip() and r.verdict is not Verdict.SKIPPED]
        if len(spoken) <= conversation.QUIET:
            return False
        last = frozenset(r.id for r in spoken[-conversation.QUIET :])
        before = self._profiles.draft(profile_id, backend, leave_out=last)
        return not conversation.is_news(before, draft)

    def _fix_guesses(self, profile_id: str, cards: Iterable[NextCard]) -> None:
        """Write the guesses down before the cards are shown."""
        with self._guessing:
            guesses = self._store.preferences.get(GUESSES, {}, scope=profile_id)
            fixed = guesses | {card.picture.id: round(card.guess, 3) for card in cards}
            if fixed != guesses:
                self._store.preferences.set(GUESSES, fixed, scope=profile_id)

    def _with_pictures(self, ratings: Sequence[Rating]) -> list[Rated]:
        pictures = self._store.pictures.get_many({rating.picture_id for rating in ratings})
        return [Rated(pictures[r.picture_id], r) for r in ratings]
