"""What readers found in the comments of a profile; no comment is read twice by the same reader.

Slow readers' findings are kept in the database, with the profile and gone with it. The built-in
reader takes a millisecond a comment and stands in wherever the chosen one has not read yet.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipelines.preference.attributes import Attribute, Comment
from pipelines.preference.attributes import Evidence as Words
from pipelines.preference.extract.protocol import Extractor
from pipelines.preference.vocabulary import load_vocabulary
from studio.domain import Progress, Rating, Verdict, now
from studio.services.learning import tapped
from studio.store import Store

BUILT_IN = "built-in"
PREFIX = "reading."  # of preferences: reading.<reader's id>/<rating's id>
Comments = Callable[[Sequence[Rating]], list[Comment]]


class Readings:
    """Attributes by rating, from the reader that was chosen or from the built-in one."""

    def __init__(self, store: Store, built_in: Extractor) -> None:
        self._store = store
        self._built_in = built_in
        self._quick: dict[str, list[Attribute]] = {}  # by rating id; ratings never change

    def attributes(
        self, profile_id: str, ratings: Sequence[Rating], backend: str
    ) -> list[Attribute]:
        """All that these ratings say, in their order: chips, and words as `backend` read them. A
        backend is the name of a kind of reader ("local-llm") or the id of one."""
        kept = self._kept(profile_id, backend)
        vocabulary = load_vocabulary()
        found: list[Attribute] = []
        for rating in ratings:
            if is_spoken(rating):
                found += kept[rating.id] if rating.id in kept else self._quickly(rating)
            found += tapped(rating, vocabulary)
        return found

    def unread(self, profile_id: str, ratings: Sequence[Rating], reader: Extractor) -> list[Rating]:
        """The ratings with words that this reader has not read, or read differently before."""
        read = {
            name.rpartition("/")[2]
            for name, value in self._rows(profile_id, f"{reader.id}/")
            if value["prompt_version"] == reader.prompt_version
        }
        return [r for r in ratings if is_spoken(r) and r.id not in read]

    def unheard(self, profile_id: str, ratings: Sequence[Rating], backend: str) -> list[Rating]:
        """The ratings with words that only the built-in reader has read so far."""
        kept = self._kept(profile_id, backend)
        slow = backend != BUILT_IN
        return [r for r in ratings if slow and is_spoken(r) and r.id not in kept]

    def read(
        self, profile_id: str, ratings: Sequence[Rating], reader: Extractor, comments: Comments
    ) -> Iterator[Progress]:
        """Read what is unread, one step a comment; each finding is kept at once."""
        unread = self.unread(profile_id, ratings, reader)
        found = reader.extract(comments(unread))
        for number, (rating, attributes) in enumerate(zip(unread, found, strict=True), start=1):
            self._store.preferences.set(
                f"{PREFIX}{reader.id}/{rating.id}",
                {
                    "read": now(),
                    "prompt_version": reader.prompt_version,
                    "attributes": [as_plain(a) for a in attributes],
                },
                scope=profile_id,
            )
            text = f"Reading {len(unread)} comments, {number} done."
            yield Progress(step=number, total=len(unread), text=text)

    def _kept(self, profile_id: str, backend: str) -> dict[str, list[Attribute]]:
        """Findings of a backend by rating, the newest where several of its models have read."""
        found: dict[str, list[Attribute]] = {}
        for name, value in self._rows(profile_id, backend):
            reader, _, rating_id = name.removeprefix(PREFIX).rpartition("/")
            found[rating_id] = [
                from_plain(a, rating_id, reader, value["prompt_version"])
                for a in value["attributes"]
            ]
        return found

    def _rows(self, profile_id: str, backend: str) -> list[tuple[str, Any]]:
        if backend == BUILT_IN:
            return []
        rows = self._store.preferences.all(f"{PREFIX}{backend}", scope=profile_id)
        return sorted(rows.items(), key=lambda row: row[1]["read"])

    def glance(self, comment: Comment) -> list[Attribute]:
        """The built-in reading."""
        (found,) = self._built_in.extract([comment])
        return found

    def _quickly(self, rating: Rating) -> list[Attribute]:
        if rating.id not in self._quick:
            self._quick[rating.id] = self.glance(as_comment(rating))
        return self._quick[rating.id]


def is_spoken(rating: Rating) -> bool:
    """Whether a rating has words to read. A skipped picture has no verdict to read them by."""
    return bool(rating.comment.strip()) and rating.verdict is not Verdict.SKIPPED


def as_comment(rating: Rating) -> Comment:
    """A rating for a reader."""
    liked = rating.verdict is Verdict.LIKED
    return Comment(rating.id, "liked" if liked else "disliked", rating.comment)


def with_pictures(store: Store, home: Path, ratings: Sequence[Rating]) -> list[Comment]:
    """Ratings for a reader that looks: with the file of their picture, where it is there."""
    pictures = store.pictures.get_many({rating.picture_id for rating in ratings})
    comments = []
    for rating in ratings:
        plain, file = as_comment(rating), home / pictures[rating.picture_id].path
        image = file if file.is_file() else None
        comments.append(Comment(plain.id, plain.verdict, plain.text, image))
    return comments


def as_plain(attribute: Attribute) -> dict[str, Any]:
    """For the database; which comment and reader it is from stands in its name."""
    return {
        "phrase": attribute.phrase,
        "category": attribute.category,
        "label": attribute.label,
        "polarity": attribute.polarity,
        "weight": attribute.weight,
        "span": attribute.evidence.span,
    }


def from_plain(
    plain: dict[str, Any], rating_id: str, backend: str, prompt_version: str
) -> Attribute:
    """The inverse of `as_plain`."""
    span = tuple(plain["span"]) if plain["span"] else None
    rest = {k: v for k, v in plain.items() if k != "span"}
    return Attribute(
        **rest, evidence=Words(rating_id, span), backend=backend, prompt_version=prompt_version
    )
