"""Profiles: what a person's taste is called, what it holds, and how it came to be so.

Every change makes a version; old pictures keep the version that made them. What is read from
comments can be read again at any time and never undoes what the person corrected.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pydantic import ValidationError

from pipelines.preference.attributes import Comment
from pipelines.preference.extract.protocol import Extractor
from pipelines.preference.vocabulary import load_vocabulary
from pipelines.spec import Taste, TasteForm, explain
from studio.domain import (
    Job,
    Polarity,
    Profile,
    ProfileVersion,
    Progress,
    Rating,
)
from studio.errors import InvalidInput
from studio.paths import Paths
from studio.services import corrections, deletion
from studio.services.blend import Blend, blend
from studio.services.copies import copy_ratings, moved
from studio.services.learning import in_order, merge
from studio.services.portrait import Portrait, paint
from studio.services.readings import BUILT_IN, Readings, with_pictures
from studio.services.taste import taste_of
from studio.services.versions import Difference, compare, note
from studio.store import Store

LEARN, LEARN_ELSEWHERE = "learn", "learn-elsewhere"  # kinds of jobs: here, or on a server
Change = Callable[[corrections.Attributes], corrections.Attributes]


class ProfileService:
    """Everything that can be done with profiles. They are named by name or id throughout."""

    def __init__(self, paths: Paths, store: Store, readings: Readings) -> None:
        self._paths = paths
        self._store = store
        self._readings = readings

    # ------------------------------------------------------------------ names

    def create(self, name: str) -> Profile:
        """A new, empty profile.

        Raises:
            AlreadyExists, InvalidInput
        """
        return self._store.profiles.add(named(name))

    def all(self) -> list[Profile]:
        """All profiles, oldest first."""
        return self._store.profiles.all()

    def find(self, name: str) -> Profile:
        """The profile with this name or id.

        Raises:
            NotFound: the message lists the names there are.
        """
        return self._store.profiles.find(name)

    def rename(self, name: str, to: str) -> Profile:
        """Give it another name."""
        return self._store.profiles.rename(self.find(name).id, named(to).name)

    def set_strength(self, name: str, strength: float) -> Profile:
        """Keep the strength that this person likes."""
        return self._store.profiles.set_strength(self.find(name).id, strength)

    def duplicate(self, name: str, to: str) -> Profile:
        """The same under another name, with its own copies of the ratings and the last version."""
        source, copy = self.find(name), self.create(to)
        twins = copy_ratings(self._store, source.id, copy.id)
        if source.version:
            version = self._store.profiles.version(source.id)
            attributes = tuple(moved(a, twins) for a in version.attributes)
            self._add(copy.id, version, attributes, f"copied from {source.name}")
        return self._store.profiles.get(copy.id)

    # --------------------------------------------------------------- learning

    def learn(self, name: str, backend: str = BUILT_IN) -> ProfileVersion:
        """Make a version from everything said so far, as `backend` ("local-llm", or the id of one
        reader) read it, and the built-in reader the rest. Without news, the current version."""
        profile = self.find(name)
        ratings = self._store.ratings.standing(profile.id)
        before = self._store.profiles.version(profile.id)
        read = self._readings.attributes(profile.id, ratings, backend)
        after = before.model_copy(update={"attributes": merge(profile.id, before.attributes, read)})
        difference = compare(before, after)
        if after.attributes == before.attributes and kind(backend) in (
            kind(before.backend),
            BUILT_IN,
        ):
            return before
        since = sum(rating.created > before.created for rating in ratings)
        reader = next((a for a in read if kind(a.backend) == kind(backend)), None)
        after = after.model_copy(
            update={
                "backend": reader.backend if reader else backend,
                "prompt_version": reader.prompt_version if reader else "",
            }
        )
        return self._add(profile.id, after, after.attributes, note(difference, since))

    def read(self, name: str, reader: Extractor) -> Iterator[Progress]:
        """Let a reader read what it has not read yet, one step a comment; then `learn`."""
        profile = self.find(name)
        ratings = self._store.ratings.standing(profile.id)
        return self._readings.read(profile.id, ratings, reader, self._comments)

    def learning(self, name: str, backend: str) -> Job:
        """The job that lets a slow reader read, and then learns; see `learn_job`."""
        profile = self.find(name)
        return Job(
            kind=LEARN_ELSEWHERE if kind(backend) == "openai" else LEARN,
            title=f"Reading the comments of {profile.name}",
            params={"profile": profile.id, "backend": backend},
            profile_id=profile.id,
        )

    def unread(self, name: str, backend: str) -> int:
        """How many comments no reader of this kind has read; the built-in reads all at once."""
        profile = self.find(name)
        ratings = self._store.ratings.standing(profile.id)
        return len(self._readings.unheard(profile.id, ratings, backend))

    def draft(
        self, name: str, backend: str = BUILT_IN, leave_out: frozenset[str] = frozenset()
    ) -> ProfileVersion:
        """What `learn` would make now, or without some ratings, and not stored: the chips beside
        the cards."""
        profile = self.find(name)
        before = self._store.profiles.version(profile.id)
        ratings = [r for r in self._store.ratings.standing(profile.id) if r.id not in leave_out]
        read = self._readings.attributes(profile.id, ratings, backend)
        return before.model_copy(update={"attributes": merge(profile.id, before.attributes, read)})

    # ------------------------------------------------------------ corrections

    def set_weight(self, name: str, attribute: str, weight: float) -> ProfileVersion:
        """Say how much an attribute (by id, phrase or label) counts."""
        change = partial(corrections.set_weight, name=attribute, weight=weight)
        return self._change(name, change, f"“{attribute}” at {weight:g}")

    def turn(self, name: str, attribute: str) -> ProfileVersion:
        """From like to dislike, or back."""
        change = partial(corrections.turn, name=attribute)
        return self._change(name, change, f"“{attribute}” turned")

    def remove(self, name: str, attribute: str) -> ProfileVersion:
        """Take an attribute out."""
        change = partial(corrections.remove, name=attribute)
        return self._change(name, change, f"“{attribute}” removed")

    def restore(self, name: str, attribute: str) -> ProfileVersion:
        """Undo a removal."""
        change = partial(corrections.restore, name=attribute)
        return self._change(name, change, f"“{attribute}” restored")

    def add(
        self, name: str, phrase: str, polarity: Polarity, category: str | None = None
    ) -> ProfileVersion:
        """Add an attribute in the person's own words."""
        change = partial(
            corrections.add,
            phrase=phrase,
            polarity=polarity,
            vocabulary=load_vocabulary(),
            category=category,
        )
        return self._change(name, change, f"“{phrase}” added")

    def resolve(self, name: str, attribute: str, keep: corrections.Keep) -> ProfileVersion:
        """Settle a contradiction."""
        change = partial(corrections.resolve, name=attribute, keep=keep)
        return self._change(name, change, f"“{attribute}” settled: {keep.value}")

    # --------------------------------------------------------------- versions

    def version(self, name: str, number: int | None = None) -> ProfileVersion:
        """One version, the current one by default."""
        return self._store.profiles.version(self.find(name).id, number)

    def versions(self, name: str) -> list[ProfileVersion]:
        """All versions, newest first."""
        return self._store.profiles.versions(self.find(name).id)

    def compare(self, name: str, earlier: int, later: int) -> Difference:
        """What changed between two versions."""
        return compare(self.version(name, earlier), self.version(name, later))

    def go_back(self, name: str, number: int) -> ProfileVersion:
        """A new version equal to an earlier one."""
        profile, old = self.find(name), self.version(name, number)
        return self._add(profile.id, old, old.attributes, f"back to version {number}")

    # ---------------------------------------------------------------- several

    def preview_blend(self, parts: Sequence[tuple[str, float]]) -> Blend:
        """What a blend of these profiles (name, weight) would hold."""
        return blend([(self.version(name), share) for name, share in parts], load_vocabulary())

    def blend(self, name: str, parts: Sequence[tuple[str, float]]) -> Profile:
        """A new profile of several, which remembers its parents."""
        mixed = self.preview_blend(parts)
        parents = tuple((self.find(part).id, float(share)) for part, share in parts)
        names = " and ".join(self.find(part).name for part, _ in parts)
        profile = named(name).model_copy(update={"parents": parents})
        self._store.profiles.add(profile)
        empty = self._store.profiles.version(profile.id)
        self._add(profile.id, empty, mixed.attributes, f"blended from {names}")
        return self._store.profiles.get(profile.id)

    # --------------------------------------------------------------- for use

    def taste(
        self, name: str, strength: float | None = None, form: TasteForm = TasteForm.TWO_PASS
    ) -> Taste:
        """What generation takes; at the profile's own strength unless one is given."""
        profile = self.find(name)
        chosen = profile.strength if strength is None else strength
        return taste_of(self._store.profiles.version(profile.id), chosen, form)

    def show(self, name: str, number: int | None = None) -> Portrait:
        """Everything about a profile, with the words and pictures behind it."""
        profile = self.find(name)
        return self.portray(profile, self._store.profiles.version(profile.id, number))

    def portray(self, profile: Profile, version: ProfileVersion) -> Portrait:
        """The same of a version that need not be stored."""
        return paint(self._store, self._paths.home, profile, version)

    def going(self, name: str) -> deletion.Going:
        """What deleting for good would take, and what stays."""
        return deletion.going(self._store, self.find(name))

    def delete(self, name: str) -> deletion.Going:
        """Delete for good: rows, files, caches, thumbnails, backups."""
        return deletion.delete(self._paths, self._store, self.find(name))

    # ----------------------------------------------------------------- inside

    def _change(self, name: str, change: Change, what: str) -> ProfileVersion:
        profile = self.find(name)
        before = self._store.profiles.version(profile.id)
        return self._add(profile.id, before, change(before.attributes), what)

    def _add(
        self, profile_id: str, like: ProfileVersion, attributes: corrections.Attributes, what: str
    ) -> ProfileVersion:
        version = ProfileVersion(
            profile_id=profile_id,
            number=0,  # the store counts
            attributes=in_order(attributes),
            backend=like.backend,
            prompt_version=like.prompt_version,
            note=what,
        )
        return self._store.profiles.add_version(version)

    def _comments(self, ratings: Sequence[Rating]) -> list[Comment]:
        return with_pictures(self._store, self._paths.home, ratings)


def named(name: str) -> Profile:
    """A new profile of this name.

    Raises:
        InvalidInput: it is empty or too long.
    """
    try:
        return Profile(name=" ".join(name.split()))
    except ValidationError as error:
        raise InvalidInput(
            f"A profile needs a name of 1 to 80 characters: {explain(error)}."
        ) from error


def kind(backend: str) -> str:
    """The kind of reader: "local-llm" of "local-llm:qwen2.5"."""
    return backend.partition(":")[0]
