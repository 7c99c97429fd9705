"""Makers of the nouns that go into a store."""

from studio.domain import (
    ImageRecord,
    Picture,
    PictureKind,
    Profile,
    Rating,
    Snapshot,
    Subject,
    SubjectPhoto,
    Verdict,
)
from studio.store import Store


def a_picture(name: str = "fox", kind: PictureKind = PictureKind.DECK, **values) -> Picture:
    """A picture noun; no file belongs to it."""
    values = {"caption": name, "deck": "stickers" if kind is PictureKind.DECK else None, **values}
    path = f"{kind}/{name}.png"
    return Picture(kind=kind, path=path, sha256=f"{name:0>64}", width=128, height=128, **values)


def add_image(store: Store, prompt: str = "a fox drinking tea", **values) -> ImageRecord:
    """A generated picture, stored."""
    picture = a_picture(prompt.replace(" ", "-"), PictureKind.GENERATED, caption=prompt)
    values = {"seed": 1, "model_id": "sticker-128", "record": {"prompt": prompt}, **values}
    return store.images.add(
        picture, ImageRecord(id=picture.id, path=picture.path, prompt=prompt, **values)
    )


def rate(
    store: Store, profile: Profile, picture_id: str, verdict: Verdict = Verdict.LIKED, **values
) -> Rating:
    """An answer, stored."""
    rating = Rating(profile_id=profile.id, picture_id=picture_id, verdict=verdict, **values)
    return store.ratings.add(rating)


def a_photo(name: str = "front", **values) -> SubjectPhoto:
    """A photo noun; no file belongs to it."""
    path = f"subjects/{name}.jpg"
    return SubjectPhoto(path=path, sha256=f"{name:0>64}", width=512, height=512, **values)


def a_snapshot(subject: Subject, step: int = 100, **values) -> Snapshot:
    """A snapshot noun; no file belongs to it."""
    values = {"job_id": "0" * 12, "model_id": "sticker-128", "hash": f"{step:064d}", **values}
    path = f"subjects/{subject.id}/{step}.safetensors"
    return Snapshot(subject_id=subject.id, step=step, path=path, **values)
