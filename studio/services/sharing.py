"""Export and import of profiles: between computers, or as a copy to keep."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.domain import Picture, PictureKind, Profile, ProfileVersion, Rating, new_id
from studio.intake import Kept, take_in
from studio.paths import Paths
from studio.services import deletion
from studio.services.copies import moved
from studio.services.decks import DeckService
from studio.services.own_pictures import forget
from studio.services.profile_file import (
    Contents,
    FiledPicture,
    ProfileFile,
    document_of,
    write_profile,
)
from studio.services.profiles import ProfileService, named
from studio.store import Store


@dataclass(frozen=True)
class SharingService:
    """Profiles out to files and in from files."""

    paths: Paths
    store: Store
    decks: DeckService
    profiles: ProfileService

    def export(self, name: str, target: Path, with_pictures: bool = False) -> Contents:
        """Write a profile to one file. Pictures that the person added or generated are left out
        unless `with_pictures`; those of decks never need to be in it.

        Raises:
            NotFound, InvalidInput
        """
        profile = self.profiles.find(name)
        ratings = self.store.ratings.history(profile.id)[::-1]
        pictures = self.store.pictures.get_many({rating.picture_id for rating in ratings})
        document = document_of(
            profile.name,
            profile.strength,
            self.profiles.versions(profile.id)[::-1],
            ratings,
            pictures.values(),
        )
        files = [
            (picture.id, self.decks.file(picture))
            for picture in pictures.values()
            if with_pictures and picture.kind is not PictureKind.DECK
        ]
        write_profile(target, document, [pair for pair in files if pair[1].is_file()])
        return self.inspect(target)

    def inspect(self, path: Path) -> Contents:
        """What is in a file.

        Raises:
            InvalidInput: it is no profile file, or a damaged one.
        """
        return ProfileFile(path).contents()

    def import_file(self, path: Path, name: str | None = None) -> Profile:
        """A new profile from a file, under its own name or another one; all of it or nothing.

        Raises:
            InvalidInput: it is no profile file, or a damaged one.
            AlreadyExists: the name is taken.
        """
        file = ProfileFile(path)
        profile = named(name or file.document.name)
        profile = profile.model_copy(update={"strength": file.document.strength})
        self.decks.register()
        with self._taken_in(file) as kept:
            self.store.profiles.add(profile)
            try:
                self._fill(profile, file, kept)
            except BaseException:
                deletion.delete(self.paths, self.store, profile)
                raise
        return self.store.profiles.get(profile.id)

    @contextmanager
    def _taken_in(self, file: ProfileFile) -> Iterator[dict[str, Kept]]:
        """The pictures inside the file, by their old id; removed again if the import fails."""
        kept: dict[str, Kept] = {}
        try:
            with tempfile.TemporaryDirectory() as folder:
                for picture_id in file.inside:
                    found = file.extract(picture_id, Path(folder))
                    kept[picture_id] = take_in(found, self.paths.own)
                    found.unlink()
            yield kept
        except BaseException:
            for picture in kept.values():
                forget(self.store, picture)
            raise

    def _fill(self, profile: Profile, file: ProfileFile, kept: dict[str, Kept]) -> None:
        """Ratings and versions, under new ids. A picture gets its row with its first rating."""
        filed = {picture.id: picture for picture in file.document.pictures}
        pictures: dict[str, Picture] = {}
        twins: dict[str, Rating] = {}
        for rating in file.document.ratings:
            old = rating.picture_id
            pictures[old] = pictures.get(old) or self._picture(filed[old], kept.get(old))
            changes = {
                "id": new_id(),
                "client_id": new_id(),
                "profile_id": profile.id,
                "picture_id": pictures[old].id,
            }
            twins[rating.id] = self.store.ratings.add(rating.model_copy(update=changes))
        for version in file.document.versions:
            self.store.profiles.add_version(transplanted(version, profile, twins))

    def _picture(self, filed: FiledPicture, kept: Kept | None) -> Picture:
        """The picture as this studio knows it. One whose file stayed behind still gets a row: its
        answer has its words."""
        pictures = self.store.pictures
        known = pictures.find_file(filed.sha256, filed.kind)
        known = known or pictures.find_file(kept.sha256 if kept else filed.sha256, PictureKind.OWN)
        if known is not None:
            return known
        path = kept.path.relative_to(self.paths.home) if kept else f"own/left-out-{filed.id}"
        return pictures.add(
            Picture(
                kind=PictureKind.OWN,
                path=str(path),
                sha256=kept.sha256 if kept else filed.sha256,
                width=kept.width if kept else filed.width,
                height=kept.height if kept else filed.height,
                caption=filed.caption,
                facts=filed.facts,
            )
        )


def transplanted(
    version: ProfileVersion, profile: Profile, twins: dict[str, Rating]
) -> ProfileVersion:
    """A version of the file as this profile's."""
    attributes = tuple(moved(attribute, twins) for attribute in version.attributes)
    return version.model_copy(update={"profile_id": profile.id, "attributes": attributes})
