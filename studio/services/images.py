"""The gallery: generated pictures, found, recalled, trashed and given away."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.spec import GenerationSpec
from studio.domain import GalleryPage, GalleryQuery, ImageRecord, Rating, now
from studio.errors import InvalidInput
from studio.paths import Paths
from studio.provenance import copy_without_settings, open_picture, read_record, read_spec
from studio.services.generation import GenerationRequest
from studio.store import Store

THUMBNAIL = 256  # pixels, the longer side
DAY = 86_400.0  # seconds


class ImagesService:
    """Pictures that the studio made. Their ids are those of their `Picture`."""

    def __init__(self, paths: Paths, store: Store) -> None:
        self._paths = paths
        self._store = store

    def page(self, query: GalleryQuery, before: int | None = None, limit: int = 60) -> GalleryPage:
        """One page, newest first; `before` is the `next` of the page above it."""
        return self._store.images.page(query, before, limit)

    def count(self, query: GalleryQuery) -> int:
        """How many pictures match."""
        return self._store.images.count(query)

    def get(self, image_id: str) -> ImageRecord:
        """One picture.

        Raises:
            NotFound
        """
        return self._store.images.get(image_id)

    def file(self, image: ImageRecord) -> Path:
        """Where the picture lies."""
        return self._paths.home / image.path  # an absolute path stays as it is

    def verdicts(self, image_ids: Collection[str], profile_id: str) -> dict[str, Rating]:
        """The standing answer of a profile to each of these pictures, by picture."""
        return self._store.ratings.of_pictures(list(image_ids), profile_id)

    def thumbnail(self, picture_id: str, source: Path) -> Path:
        """A small webp of any picture the studio knows, made when it is first asked for.

        Raises:
            InvalidInput: the file is gone or no picture.
        """
        path = self._paths.thumbnails / f"{picture_id}.webp"
        if path.exists():
            return path
        with open_picture(source) as image:
            small = image.convert("RGB")
            small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}")
        small.save(draft, format="WEBP", quality=85)
        draft.replace(path)
        return path

    def recall(self, image_id: str) -> GenerationRequest:
        """The request that makes this picture again: same spec, same taste, same batch shape.

        It makes all pictures of the batch, since pixels depend on the batch's shape; this one is
        number `record["index"]`.
        """
        return recalled(self.get(image_id).record)

    def recall_file(self, path: Path) -> GenerationRequest:
        """The same from a PNG that somebody kept or sent.

        Raises:
            InvalidInput: it holds no settings, or damaged ones.
        """
        record = read_record(path)
        if record is None:
            raise InvalidInput(
                f"{path.name} holds no Taste Studio settings. They are left out of copies made "
                "without settings, and lost when a picture is saved by most other programs."
            )
        return recalled(record)

    def copy_without_settings(self, image_id: str, target: Path) -> Path:
        """The same pixels without the prompt and the other settings, for giving away."""
        copy_without_settings(self.file(self.get(image_id)), target)
        return target

    def trash(self, image_ids: Collection[str]) -> None:
        """Out of the gallery; can be undone for 30 days."""
        for image_id in image_ids:
            self.get(image_id)  # a wrong id is said before anything is moved
        self._store.images.trash(image_ids)

    def restore(self, image_ids: Collection[str]) -> None:
        """Back into the gallery."""
        self._store.images.restore(image_ids)

    def purge(self, days: float) -> int:
        """Delete for good what has been in the trash for so many days. Files that were written to
        a person's own folder stay there; only the studio's record of them goes."""
        old = self._store.images.trashed_before(now() - days * DAY)
        for image in old:
            if self.file(image).is_relative_to(self._paths.home):
                self.file(image).unlink(missing_ok=True)
            (self._paths.thumbnails / f"{image.id}.webp").unlink(missing_ok=True)
        self._store.images.delete([image.id for image in old])
        return len(old)


def recalled(record: dict[str, Any]) -> GenerationRequest:
    """A request from a picture's record, with everything pinned that was decided for it then."""
    spec = read_spec(record)
    pinned = {
        name: record[name]
        for name in ("width", "height", "guidance")
        if isinstance(record.get(name), int | float)
    }
    model = record.get("model")
    return GenerationRequest(
        spec=GenerationSpec.parse({**spec.model_dump(), **pinned}),
        strengths=(spec.taste.strength,) if spec.taste else (),
        model=model.get("id") if isinstance(model, dict) else None,
        weights=str(model.get("hash", "")) if isinstance(model, dict) else "",
    )
