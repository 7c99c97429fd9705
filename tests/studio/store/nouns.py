"""Makers of the nouns that go into a store."""

from studio.domain import (
    BlindAnswer,
    BlindPair,
    BlindTest,
    Choice,
    ImageRecord,
    Pick,
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


def a_blind_test(store: Store, profile: Profile, *, pairs: int = 2) -> BlindTest:
    """A blind test, stored: its first pair is drawn and answered."""
    test = BlindTest(profile_id=profile.id, profile_version=1, strength=0.5, model_id="sticker-128")
    planned = [
        BlindPair(test_id=test.id, number=n, prompt="a hidden kite", seed=n, personal=Pick.RIGHT)
        for n in range(1, pairs + 1)
    ]
    store.blind_tests.add(test, planned)
    left, right = (a_picture(f"{test.id}-{n}", PictureKind.TEST) for n in (0, 1))
    drawn = planned[0].model_copy(update={"gains": {"bold lines": 0.2}})
    store.blind_tests.draw(drawn, left, right)
    store.blind_tests.answer(BlindAnswer(test_id=test.id, pair=1, choice=Pick.RIGHT))
    return test


def choose(store: Store, profile: Profile, left: str, right: str, **values) -> Choice:
    """A choice between two pictures, stored."""
    values = {"pick": Pick.LEFT, **values}
    choice = Choice(profile_id=profile.id, left_id=left, right_id=right, **values)
    return store.choices.add(choice)
