"""Decks: the bundled one is good to look at and free to use, and pictures keep their rows."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from pipelines.models.cards import assets_dir
from pipelines.preference.vocabulary import load_vocabulary
from studio.domain import PictureKind
from studio.errors import InvalidInput, NotFound
from studio.paths import Paths
from studio.services.decks import DeckService, read_deck
from studio.store import Store, open_store

STICKERS = assets_dir() / "decks" / "stickers"


# ---------------------------------------------------------------- the bundled


def test_the_sticker_deck_shows_many_pictures_in_all_styles() -> None:
    deck = read_deck(STICKERS)
    facts = [picture.facts for picture in deck.pictures]
    assert len(facts) >= 48
    assert len({f["style"] for f in facts}) == 17
    assert len({f["subject"] for f in facts}) == len(facts)
    assert len({f["background"] for f in facts}) >= 8
    assert len({f["category"] for f in facts}) >= 8
    assert len({colour for f in facts for colour in f["colours"]}) >= 10


def test_the_files_are_as_the_deck_says() -> None:
    for picture in read_deck(STICKERS).pictures:
        file = STICKERS / picture.file
        assert hashlib.sha256(file.read_bytes()).hexdigest() == picture.sha256, picture.file
        with Image.open(file) as image:
            assert image.size == (picture.width, picture.height) == (512, 512)
            spread = ImageStat.Stat(image.convert("L")).stddev[0]
        assert spread > 10, f"{picture.file} is almost empty"
    assert sum(file.stat().st_size for file in STICKERS.glob("*.webp")) < 4_000_000


def test_every_picture_has_six_quick_chips_of_the_vocabulary_and_a_caption() -> None:
    vocabulary = load_vocabulary()
    for picture in read_deck(STICKERS).pictures:
        chips = picture.facts["chips"]
        assert len(set(chips)) == 6, picture.file
        assert [chip for chip in chips if chip not in vocabulary] == [], picture.file
        assert 20 < len(picture.caption) <= 250


def test_every_picture_names_its_licence_and_author() -> None:
    table = (STICKERS / "ATTRIBUTIONS.md").read_text("utf-8")
    for picture in read_deck(STICKERS).pictures:
        assert picture.facts["licence"] in (
            "CC-BY-4.0",
            "CC-BY-SA-4.0",
            "CC-BY-3.0",
            "MIT",
            "Apache-2.0",
        )
        assert picture.facts["attribution"]
        assert f"| {picture.file} |" in table
    files = {picture.file for picture in read_deck(STICKERS).pictures}
    assert files == {file.name for file in STICKERS.glob("*.webp")}


def test_subjects_kept_for_tests_are_not_shown() -> None:
    kept = assets_dir().parent / "pipelines/recipes/base_model/holdout_concepts.txt"
    concepts = kept.read_text("utf-8").split("\n")
    subjects = {p.facts["subject"].partition(" ")[2] for p in read_deck(STICKERS).pictures}
    assert subjects.isdisjoint(concept for concept in concepts if concept)


# -------------------------------------------------------------------- the service


def test_pictures_are_registered_once(decks: DeckService, store: Store) -> None:
    first = decks.pictures("stickers")
    assert decks.pictures("stickers") == first
    assert len(store.pictures.all(PictureKind.DECK)) == len(first)
    assert all(decks.file(picture).is_file() for picture in first)


def make_deck(folder: Path, *names: str) -> Path:
    """A deck without measures: they are made where they are missing."""
    folder.mkdir(parents=True)
    for number, name in enumerate(names):
        Image.new("RGB", (20 + number, 20), "red").save(folder / name)
    entries = [{"file": name, "caption": f"caption of {name}", "mood": "calm"} for name in names]
    (folder / "deck.json").write_text(json.dumps({"title": "Mine", "pictures": entries}))
    return folder


def test_a_deck_of_the_person_is_found_and_measured(decks: DeckService, paths: Paths) -> None:
    make_deck(paths.decks / "mine", "a.png", "b.png")
    (a, b) = decks.pictures("mine")
    assert (a.width, b.width, a.height) == (20, 21, 20)
    assert a.facts == {"mood": "calm"}
    assert [line.name for line in decks.all()] == ["stickers", "mine"]
    with pytest.raises(NotFound, match="stickers, mine"):
        decks.get("yours")


def test_a_picture_keeps_its_row_when_the_deck_moves_or_is_described_better(
    decks: DeckService, paths: Paths
) -> None:
    folder = make_deck(paths.decks / "mine", "a.png", "b.png")
    before = decks.pictures("mine")
    file = folder / "deck.json"
    file.write_text(file.read_text().replace("caption of a.png", "a better one"))
    after = decks.pictures("mine")
    assert [p.id for p in after] == [p.id for p in before]
    assert after[0].caption == "a better one"
    shutil.move(paths.home, elsewhere := paths.home.with_name("moved"))
    with open_store(elsewhere / "studio.db", elsewhere / "backups") as moved:
        service = DeckService(Paths(elsewhere), moved)
        there = service.pictures("mine")
        assert [p.id for p in there] == [p.id for p in before]
        assert all(service.file(p).is_file() for p in there)


def test_what_left_a_deck_is_not_shown(decks: DeckService, paths: Paths, store: Store) -> None:
    folder = make_deck(paths.decks / "mine", "a.png", "b.png")
    decks.pictures("mine")
    entries = json.loads((folder / "deck.json").read_text())
    entries["pictures"].pop()
    (folder / "deck.json").write_text(json.dumps(entries))
    assert [p.caption for p in decks.unrated("mine", "anybody")] == ["caption of a.png"]
    assert len(store.pictures.all(deck="mine")) == 2  # an old rating still has its picture


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"title": "x", "pictures": [1]}',
        '{"title": "x", "pictures": [{"file": "gone.png", "caption": "x"}]}',
        '{"title": "x", "pictures": [{"file": "../../a.png", "caption": "x"}]}',
        '{"title": "x", "pictures": [{"file": "a.png"}]}',
    ],
)
def test_a_broken_deck_is_named_and_hides_no_other(
    decks: DeckService, paths: Paths, text: str
) -> None:
    folder = make_deck(paths.decks / "mine", "a.png")
    (folder / "deck.json").write_text(text)
    with pytest.raises(InvalidInput, match=r"deck\.json"):
        read_deck(folder)
    stickers, mine = decks.all()
    assert (stickers.count, mine.count) == (60, 0)
    assert "deck.json" in mine.about
