"""Profiles as files: what goes in comes out, and hostile files end in a sentence."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines.preference.extract.rules import RuleExtractor
from studio.domain import Chip, PictureKind, Polarity, Verdict
from studio.errors import AlreadyExists, InvalidInput
from studio.paths import Paths
from studio.services.decks import DeckService
from studio.services.profile_file import ProfileFile
from studio.services.profiles import ProfileService
from studio.services.rating import RatingService
from studio.services.readings import Readings
from studio.services.sharing import SharingService
from studio.store import Store, open_store


class Room:
    """One studio's services."""

    def __init__(self, paths: Paths, store: Store) -> None:
        self.paths, self.store = paths, store
        readings = Readings(store, RuleExtractor())
        self.decks = DeckService(paths, store)
        self.profiles = ProfileService(paths, store, readings)
        self.rating = RatingService(paths, store, self.decks, self.profiles, readings)
        self.sharing = SharingService(paths, store, self.decks, self.profiles)

    def state(self) -> tuple[int, ...]:
        """How much there is, to see that nothing was left behind."""
        return (
            len(self.profiles.all()),
            len(self.store.pictures.all(PictureKind.OWN)),
            len(list(self.paths.own.iterdir())),
        )


@pytest.fixture
def here(studio_home: Path) -> Iterator[Room]:
    paths = Paths(studio_home).make()
    with open_store(paths.database, paths.backups) as store:
        yield Room(paths, store)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Room]:
    paths = Paths(tmp_path / "there").make()
    with open_store(paths.database, paths.backups) as store:
        yield Room(paths, store)


@pytest.fixture
def full(here: Room, tmp_path: Path) -> str:
    """A profile with a sticker, an own picture, a chip, an undone answer and a correction."""
    profile = here.profiles.create("My taste")
    Image.new("RGB", (40, 40), "red").save(tmp_path / "own.png")
    sticker, other = here.decks.pictures("stickers")[:2]
    chip = Chip(label="flat design", polarity=Polarity.LIKED)
    here.rating.rate(profile.id, sticker.id, Verdict.LIKED, "thick outlines 🎉", chips=[chip])
    own = here.rating.bring(tmp_path / "own.png")
    here.rating.rate(profile.id, own.id, Verdict.DISLIKED, "too glossy")
    here.rating.rate(profile.id, other.id, Verdict.LIKED, "cute")
    here.rating.undo(profile.id)
    here.profiles.learn(profile.id)
    here.profiles.set_weight(profile.id, "glossy surfaces", 0.9)
    here.profiles.set_strength(profile.id, 0.7)
    return profile.id


def readable(room: Room, name: str) -> dict:
    """A portrait without what is new on another computer."""
    shown = room.profiles.show(name).model_dump(mode="json")
    for side in ("liked", "disliked"):
        for attribute in shown[side]:
            for evidence in attribute["evidence"]:
                evidence.pop("rating_id")
                picture = evidence.pop("picture")
                evidence["caption"] = picture["caption"]
    return {k: v for k, v in shown.items() if k not in ("id", "created")}


@pytest.mark.parametrize("with_pictures", [False, True])
def test_an_exported_profile_is_the_same_on_another_computer(
    here: Room, there: Room, full: str, tmp_path: Path, with_pictures: bool
) -> None:
    contents = here.sharing.export(full, tmp_path / "me.taste", with_pictures)
    assert contents.pictures_inside == int(with_pictures)
    assert (contents.ratings, contents.comments, contents.versions) == (3, 3, 2)
    assert there.sharing.inspect(tmp_path / "me.taste") == contents
    made = there.sharing.import_file(tmp_path / "me.taste")
    assert made.strength == 0.7
    assert readable(there, made.id) == readable(here, full)
    assert there.profiles.taste(made.id) == here.profiles.taste(full)
    assert len(there.store.ratings.history(made.id)) == 3
    assert len(there.store.ratings.standing(made.id)) == 2  # the undone one stays undone
    (own,) = there.store.pictures.all(PictureKind.OWN)
    assert there.decks.file(own).is_file() is with_pictures
    there.profiles.learn(made.id)  # the words came along, so they can be read again
    assert readable(there, made.id)["liked"] == readable(here, full)["liked"]


def test_the_file_holds_no_place_of_this_computer(here: Room, full: str, tmp_path: Path) -> None:
    here.sharing.export(full, tmp_path / "me.taste", with_pictures=True)
    with zipfile.ZipFile(tmp_path / "me.taste") as archive:
        text = archive.read("profile.json").decode()
    assert str(here.paths.home) not in text
    assert "/" not in json.loads(text)["pictures"][1]["caption"]
    assert not list(tmp_path.glob(".*part"))


def test_a_copy_beside_the_original_shares_its_pictures_and_leaves_them_when_deleted(
    here: Room, full: str, tmp_path: Path
) -> None:
    here.sharing.export(full, tmp_path / "me.taste", with_pictures=True)
    with pytest.raises(AlreadyExists):
        here.sharing.import_file(tmp_path / "me.taste")
    copy = here.sharing.import_file(tmp_path / "me.taste", name="A copy")
    assert here.state() == (2, 1, 1)
    here.profiles.delete(copy.id)
    assert here.state() == (1, 1, 1)
    here.profiles.delete(full)
    assert here.state() == (0, 0, 0)


def test_a_picture_that_stayed_behind_comes_back_when_it_is_brought(
    here: Room, there: Room, full: str, tmp_path: Path
) -> None:
    here.sharing.export(full, tmp_path / "me.taste")
    there.sharing.import_file(tmp_path / "me.taste")
    (left_out,) = there.store.pictures.all(PictureKind.OWN)
    picture = there.rating.bring(tmp_path / "own.png")
    assert picture.id == left_out.id
    assert there.decks.file(picture).is_file()


def test_exporting_to_nowhere_is_said(here: Room, full: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        here.sharing.export(full, tmp_path / "no folder" / "me.taste")


# ----------------------------------------------------------------- hostile files


def rewritten(source: Path, target: Path, change) -> Path:
    """A profile file whose document went through `change`."""
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(parts.pop("profile.json"))
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("profile.json", json.dumps(change(document) or document))
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "/etc/passwd",
        "pictures/../../evil.png",
        "C:\\evil.png",
        "run.sh",
        "pictures/",
    ],
)
def test_names_that_lead_out_of_the_file_are_refused(
    here: Room, full: str, tmp_path: Path, name: str
) -> None:
    here.sharing.export(full, tmp_path / "me.taste")
    with zipfile.ZipFile(tmp_path / "me.taste", "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(InvalidInput, match="which no profile has"):
        here.sharing.import_file(tmp_path / "me.taste", name="x")


def test_a_picture_that_is_none_refuses_the_file_and_leaves_nothing(
    here: Room, there: Room, full: str, tmp_path: Path
) -> None:
    here.sharing.export(full, tmp_path / "me.taste", with_pictures=True)
    with zipfile.ZipFile(tmp_path / "me.taste") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    picture = next(name for name in parts if name.startswith("pictures/"))
    bad = zipped(tmp_path / "bad.taste", parts | {picture: b"GIF89a but not really"})
    with pytest.raises(InvalidInput):
        there.sharing.import_file(bad)
    assert there.state() == (0, 0, 0)


def test_a_bomb_is_not_unpacked(here: Room, tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.taste", {"profile.json": b" " * (65 * 2**20)})
    assert bomb.stat().st_size < 100_000
    with pytest.raises(InvalidInput, match="more than a profile can have"):
        here.sharing.inspect(bomb)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"format": 99}', "\ud800", '{"format": NaN}', "null", "1e999"],
)
def test_documents_that_are_none_are_refused(here: Room, tmp_path: Path, text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    with pytest.raises(InvalidInput, match="no profile file"):
        here.sharing.inspect(zipped(tmp_path / "x.taste", {"profile.json": raw}))


def test_values_out_of_range_are_named(here: Room, full: str, tmp_path: Path) -> None:
    source = tmp_path / "me.taste"
    here.sharing.export(full, source)

    def refusal(change) -> str:
        with pytest.raises(InvalidInput) as error:
            here.sharing.import_file(rewritten(source, tmp_path / "x.taste", change), name="x")
        return str(error.value)

    def set_in(*path_and_value):
        *path, last, value = path_and_value

        def change(document: dict) -> None:
            for key in path:
                document = document[key]
            document[last] = value

        return change

    assert "strength" in refusal(set_in("strength", 2))
    assert "weight" in refusal(set_in("versions", 1, "attributes", 0, "weight", -1))
    assert "unknown" in refusal(set_in("ratings", 0, "unknown", 1))
    assert "not in it" in refusal(set_in("ratings", 0, "picture_id", "0" * 12))
    assert "sha256" in refusal(set_in("pictures", 0, "sha256", "../../etc"))
    assert "facts" in refusal(set_in("pictures", 0, "facts", {"x": "y" * 30_000}))
    assert "no JSON of ours" in refusal(set_in("ratings", 0, "comment", "\ud800"))
    assert "time" in refusal(set_in("versions", 0, "created", "nan"))
    assert "created" in refusal(set_in("ratings", 0, "created", 10**400))
    assert here.state() == (1, 1, 1)


def test_a_file_that_is_no_zip_is_refused(here: Room, tmp_path: Path) -> None:
    (tmp_path / "x.taste").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InvalidInput, match="cannot be opened"):
        here.sharing.inspect(tmp_path / "x.taste")
    with pytest.raises(InvalidInput, match="not there"):
        here.sharing.inspect(tmp_path / "gone.taste")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_bytes_end_in_contents_or_a_sentence(
    here: Room, full: str, tmp_path: Path, data: st.DataObject
) -> None:
    source = tmp_path / "me.taste"
    if not source.exists():
        here.sharing.export(full, source, with_pictures=True)
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = (
        content[: data.draw(st.integers(1, len(content)))] if data.draw(st.booleans()) else content
    )
    damaged = tmp_path / "damaged.taste"
    damaged.write_bytes(content)
    try:
        ProfileFile(damaged)
    except InvalidInput as error:
        message = str(error)
    else:
        message = "damaged.taste is fine."
    assert message.startswith("damaged.taste is ")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_any_place_is_imported_or_refused(
    here: Room, full: str, tmp_path: Path, data: st.DataObject
) -> None:
    source = tmp_path / "me.taste"
    if not source.exists():
        here.sharing.export(full, source)

    def change(document: dict) -> None:
        place: dict | list = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
                place = place[key]
            else:
                place[key] = data.draw(plain)
                return

    changed = rewritten(source, tmp_path / "changed.taste", change)
    before = here.state()
    try:
        made = here.sharing.import_file(changed, name="imported")
    except InvalidInput:
        assert here.state() == before
    else:
        here.profiles.show(made.id)
        here.profiles.learn(made.id)
        here.profiles.delete(made.id)
        assert here.state() == before


def test_the_zip_of_a_profile_is_a_plain_zip(here: Room, full: str, tmp_path: Path) -> None:
    here.sharing.export(full, tmp_path / "me.taste", with_pictures=True)
    with zipfile.ZipFile(tmp_path / "me.taste") as archive:
        assert archive.testzip() is None
        (picture,) = [n for n in archive.namelist() if n.startswith("pictures/")]
        with Image.open(io.BytesIO(archive.read(picture))) as image:
            assert image.size == (40, 40)
