"""Profiles and their versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, or_, select, update

from studio.domain import PictureKind, Profile, ProfileVersion
from studio.errors import AlreadyExists, NotFound
from studio.store import search
from studio.store.database import Database
from studio.store.tables import (
    BlindPairRow,
    BlindTestRow,
    ChoiceRow,
    ImageRow,
    JobRow,
    PictureRow,
    PreferenceRow,
    ProfileRow,
    ProfileVersionRow,
    RatingRow,
    to_noun,
    to_row,
)

UNMARKED = {"profile_id": None, "profile_version": None}


@dataclass(frozen=True)
class Leftovers:
    """What a deleted profile leaves outside the database, for the caller to remove: files of
    pictures that it alone had brought or that its blind tests drew (paths as stored), and folders
    of its jobs."""

    files: tuple[str, ...]
    job_ids: tuple[str, ...]


class Profiles:
    """Names are unique without regard to case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, profile: Profile) -> Profile:
        """Store a new profile.

        Raises:
            AlreadyExists: the name is taken.
        """
        with _name_taken(profile.name), self._database.writing() as session:
            session.add(to_row(ProfileRow, profile))
        return profile

    def get(self, profile_id: str) -> Profile:
        """The profile with this id.

        Raises:
            NotFound
        """
        with self._database.reading() as session:
            return to_noun(Profile, _row(session, profile_id))

    def find(self, name_or_id: str) -> Profile:
        """The profile with this name, in any case, or with this id.

        Raises:
            NotFound: the message lists the names there are.
        """
        match = or_(col(ProfileRow.name) == name_or_id, col(ProfileRow.id) == name_or_id)
        with self._database.reading() as session:
            row = session.exec(select(ProfileRow).where(match)).first()
            if row is not None:
                return to_noun(Profile, row)
        names = ", ".join(profile.name for profile in self.all()) or "none yet"
        raise NotFound(f"There is no profile “{name_or_id}”. Profiles: {names}.")

    def all(self) -> list[Profile]:
        """All profiles, oldest first."""
        with self._database.reading() as session:
            rows = session.exec(select(ProfileRow).order_by(col(ProfileRow.created)))
            return [to_noun(Profile, row) for row in rows]

    def rename(self, profile_id: str, name: str) -> Profile:
        """Give it another name.

        Raises:
            NotFound, AlreadyExists
        """
        profile = Profile.parse({**self.get(profile_id).model_dump(), "name": name})
        with _name_taken(name), self._database.writing() as session:
            _row(session, profile_id).name = name
        return profile

    def set_strength(self, profile_id: str, strength: float) -> Profile:
        """Keep the strength that this person likes."""
        profile = Profile.parse({**self.get(profile_id).model_dump(), "strength": strength})
        with self._database.writing() as session:
            _row(session, profile_id).strength = strength
        return profile

    def add_version(self, version: ProfileVersion) -> ProfileVersion:
        """Store `version` under the next number, whatever number it brings, and make it current.

        Raises:
            NotFound: there is no such profile.
        """
        with self._database.writing() as session:
            profile = _row(session, version.profile_id)
            newest = select(func.max(ProfileVersionRow.number)).where(
                col(ProfileVersionRow.profile_id) == version.profile_id
            )
            numbered = version.model_copy(update={"number": (session.exec(newest).one() or 0) + 1})
            session.add(to_row(ProfileVersionRow, numbered))
            profile.version = numbered.number
        return numbered

    def version(self, profile_id: str, number: int | None = None) -> ProfileVersion:
        """One version, the current one by default. Version 0 has no attributes.

        Raises:
            NotFound
        """
        with self._database.reading() as session:
            profile = _row(session, profile_id)
            wanted = profile.version if number is None else number
            if wanted == 0:
                return ProfileVersion(profile_id=profile_id, number=0, created=profile.created)
            row = session.get(ProfileVersionRow, (profile_id, wanted))
            if row is None:
                raise NotFound(f"“{profile.name}” has no version {wanted}.")
            return to_noun(ProfileVersion, row)

    def versions(self, profile_id: str) -> list[ProfileVersion]:
        """All versions, newest first."""
        query = select(ProfileVersionRow).where(col(ProfileVersionRow.profile_id) == profile_id)
        with self._database.reading() as session:
            rows = session.exec(query.order_by(col(ProfileVersionRow.number).desc()))
            return [to_noun(ProfileVersion, row) for row in rows]

    def delete(self, profile_id: str) -> Leftovers:
        """Delete for good: its versions, ratings, choices, blind tests, drafts, jobs, and pictures
        that it alone brought. Generated pictures stay, without its name on them. Remove the
        leftovers, then call `Store.scrub`, which wipes the bytes.

        Raises:
            NotFound
        """
        with self._database.writing() as session:
            profile = _row(session, profile_id)
            pictures = [*session.exec(_brought_by(profile_id)), *session.exec(_tested(profile_id))]
            jobs = list(session.exec(select(JobRow.id).where(JobRow.profile_id == profile_id)))
            of_profile = col(ImageRow.profile_id) == profile_id
            session.exec(update(ImageRow).where(of_profile).values(UNMARKED))
            session.exec(delete(RatingRow).where(col(RatingRow.profile_id) == profile_id))
            session.exec(delete(ChoiceRow).where(col(ChoiceRow.profile_id) == profile_id))
            # and by their foreign key the pairs and the answers, but not the pictures
            session.exec(delete(BlindTestRow).where(col(BlindTestRow.profile_id) == profile_id))
            session.exec(
                delete(PictureRow).where(col(PictureRow.id).in_([row.id for row in pictures]))
            )
            session.exec(delete(JobRow).where(col(JobRow.profile_id) == profile_id))
            session.exec(delete(PreferenceRow).where(col(PreferenceRow.scope) == profile_id))
            session.delete(profile)  # and by their foreign key the versions
            search.rebuild(session.connection())
        return Leftovers(tuple(row.path for row in pictures), tuple(jobs))


def _row(session: Session, profile_id: str) -> ProfileRow:
    row = session.get(ProfileRow, profile_id)
    if row is None:
        raise NotFound(f"There is no profile with id {profile_id}. It may have been deleted.")
    return row


def _brought_by(profile_id: str):
    """The person's own pictures that this profile rated or chose from, and no other did."""
    raters = select(RatingRow.profile_id).where(col(RatingRow.picture_id) == PictureRow.id)
    choosers = select(ChoiceRow.profile_id).where(
        or_(col(ChoiceRow.left_id) == PictureRow.id, col(ChoiceRow.right_id) == PictureRow.id)
    )
    return select(PictureRow).where(
        col(PictureRow.kind) == PictureKind.OWN,
        or_(
            raters.where(col(RatingRow.profile_id) == profile_id).exists(),
            choosers.where(col(ChoiceRow.profile_id) == profile_id).exists(),
        ),
        ~raters.where(col(RatingRow.profile_id) != profile_id).exists(),
        ~choosers.where(col(ChoiceRow.profile_id) != profile_id).exists(),
    )


def _tested(profile_id: str):
    """The pictures of the blind tests of this profile."""
    shown = (
        select(BlindPairRow.test_id)
        .join(BlindTestRow, col(BlindTestRow.id) == BlindPairRow.test_id)
        .where(
            col(BlindTestRow.profile_id) == profile_id,
            or_(col(BlindPairRow.left) == PictureRow.id, col(BlindPairRow.right) == PictureRow.id),
        )
    )
    return select(PictureRow).where(col(PictureRow.kind) == PictureKind.TEST, shown.exists())


@contextmanager
def _name_taken(name: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise AlreadyExists(
            f"There is already a profile “{name}”. Choose another name, or rename that one."
        ) from error
