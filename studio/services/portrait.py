"""A profile as people and programs read it: chips with the words and pictures behind them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.spec import Frozen
from studio.domain import Picture, Polarity, Profile, ProfileAttribute, ProfileVersion, Rating
from studio.services.learning import contradictions
from studio.services.taste import spoken
from studio.store import RatingCounts, Store

TIMES = {1: "once", 2: "twice"}


class SeenPicture(Frozen):
    """A rated picture."""

    id: str
    path: Path
    caption: str
    kind: str


class SeenEvidence(Frozen):
    """One reason for an attribute. `words` are the decisive ones within the comment."""

    rating_id: str
    verdict: str
    comment: str
    words: str
    span: tuple[int, int] | None
    backend: str  # the reader, or "chip"
    created: float
    picture: SeenPicture | None


class SeenAttribute(Frozen):
    """A chip. `comments` counts the ratings behind it; `used` says whether it reaches pictures,
    `told` in which words and `told_as` on which side: what is liked as "no outlines" is told as
    "thick outlines", disliked."""

    id: str
    phrase: str
    category: str
    label: str | None
    weight: float
    edited: bool
    split: bool
    used: bool
    told: str | None
    told_as: str | None
    comments: int
    evidence: tuple[SeenEvidence, ...]


class Contradiction(Frozen):
    """What is liked here and disliked there. `counts_as` is the side that is used meanwhile."""

    label: str
    sentence: str
    liked: str  # ids of the attributes
    disliked: str
    counts_as: str | None


class Counts(Frozen):
    """How much the profile is made from."""

    ratings: int
    comments: int
    liked: int
    disliked: int
    skipped: int
    attributes: int


class Portrait(Frozen):
    """Everything about a profile version that can be shown; `studio profile show --json`."""

    name: str
    id: str
    version: int
    note: str
    created: float
    backend: str
    prompt_version: str
    strength: float
    parents: tuple[tuple[str, float], ...]
    liked: tuple[SeenAttribute, ...]
    disliked: tuple[SeenAttribute, ...]
    contradictions: tuple[Contradiction, ...]
    removed: tuple[SeenAttribute, ...]
    counts: Counts


class Painter:
    """Makes portraits from a version and the ratings and pictures that it rests on."""

    def __init__(
        self,
        ratings: Mapping[str, Rating],
        pictures: Mapping[str, Picture],
        home: Path,
    ) -> None:
        self._ratings = ratings
        self._pictures = pictures
        self._home = home

    def portrait(self, profile: Profile, version: ProfileVersion, counts: RatingCounts) -> Portrait:
        """The portrait of one version."""
        there = [a for a in version.attributes if not a.removed]
        return Portrait(
            name=profile.name,
            id=profile.id,
            version=version.number,
            note=version.note,
            created=version.created,
            backend=version.backend,
            prompt_version=version.prompt_version,
            strength=profile.strength,
            parents=profile.parents,
            liked=self.side(there, Polarity.LIKED),
            disliked=self.side(there, Polarity.DISLIKED),
            contradictions=tuple(self.contradiction(*pair) for pair in contradictions(there)),
            removed=tuple(self.attribute(a) for a in version.attributes if a.removed),
            counts=Counts(
                ratings=counts.opinions,
                comments=counts.with_words,
                liked=counts.liked,
                disliked=counts.disliked,
                skipped=counts.skipped,
                attributes=len(there),
            ),
        )

    def side(
        self, attributes: Sequence[ProfileAttribute], polarity: Polarity
    ) -> tuple[SeenAttribute, ...]:
        """The chips of one side, heaviest first."""
        return tuple(self.attribute(a) for a in attributes if a.polarity is polarity)

    def attribute(self, attribute: ProfileAttribute) -> SeenAttribute:
        """One chip with its evidence; ratings that are gone leave none."""
        told = spoken(attribute)
        return SeenAttribute(
            id=attribute.id,
            phrase=attribute.phrase,
            category=attribute.category,
            label=attribute.label,
            weight=attribute.weight,
            edited=attribute.edited,
            split=attribute.split,
            used=told is not None,
            told=told and told.words,
            told_as=told and told.polarity,
            comments=self.count(attribute),
            evidence=tuple(
                self.evidence(self._ratings[e.rating_id], e.span, e.backend)
                for e in attribute.evidence
                if e.rating_id in self._ratings
            ),
        )

    def evidence(self, rating: Rating, span: tuple[int, int] | None, backend: str) -> SeenEvidence:
        """One reason: the rating, its picture and the words."""
        picture = self._pictures.get(rating.picture_id)
        return SeenEvidence(
            rating_id=rating.id,
            verdict=rating.verdict.value,
            comment=rating.comment,
            words=rating.comment[slice(*span)] if span else "",
            span=span,
            backend=backend,
            created=rating.created,
            picture=picture and self.picture(picture),
        )

    def picture(self, picture: Picture) -> SeenPicture:
        """Where the picture lies now."""
        path = self._home / picture.path
        return SeenPicture(id=picture.id, path=path, caption=picture.caption, kind=picture.kind)

    def contradiction(self, liked: ProfileAttribute, disliked: ProfileAttribute) -> Contradiction:
        """“You like neon once (rocket) and dislike it twice (cake, ghost).”"""
        used = [a.polarity.value for a in (liked, disliked) if not a.split]
        label = liked.label or liked.phrase
        sentence = (
            f"You like {label} {self.times(liked)} and dislike it {self.times(disliked)}."
            + (f" It counts as {used[0]}." if used else " Until you decide, it is left out.")
        )
        return Contradiction(
            label=label,
            sentence=sentence,
            liked=liked.id,
            disliked=disliked.id,
            counts_as=used[0] if used else None,
        )

    def times(self, attribute: ProfileAttribute) -> str:
        """“twice (cake, ghost)”"""
        n = self.count(attribute)
        seen = [self._pictures.get(r.picture_id) for r in self.rated(attribute)]
        subjects = [subject(picture) for picture in seen if picture]
        named = ", ".join(dict.fromkeys(name for name in subjects if name))
        return TIMES.get(n, f"{n} times") + (f" ({named})" if named else "")

    def rated(self, attribute: ProfileAttribute) -> list[Rating]:
        """The ratings behind an attribute, each once."""
        ids = dict.fromkeys(e.rating_id for e in attribute.evidence)
        return [self._ratings[i] for i in ids if i in self._ratings]

    def count(self, attribute: ProfileAttribute) -> int:
        """How many ratings are behind an attribute."""
        return len(self.rated(attribute))


def subject(picture: Picture) -> str:
    """What a picture shows, in a word or two: "rocket"."""
    name = str(picture.facts.get("subject", ""))
    return name.partition(" ")[2] if name.startswith(("a ", "an ")) else name


def paint(store: Store, home: Path, profile: Profile, version: ProfileVersion) -> Portrait:
    """The portrait of a version, with the ratings and pictures that it rests on."""
    ids = {e.rating_id for a in version.attributes for e in a.evidence}
    ratings = store.ratings.get_many(ids)
    pictures = store.pictures.get_many({rating.picture_id for rating in ratings.values()})
    counts = store.ratings.counts(profile.id)
    return Painter(ratings, pictures, home).portrait(profile, version, counts)
