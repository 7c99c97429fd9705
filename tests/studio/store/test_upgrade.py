"""A database of any earlier version opens; one of a newer studio is refused."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from studio.domain import GalleryQuery, JobState, PictureKind, Profile
from studio.errors import NewerDatabase, StoreError
from studio.store import Store, open_store, upgrade
from studio.store.database import connect
from studio.store.revise import write_revision
from tests.studio.store.dump import VERSIONS
from tests.studio.store.nouns import a_picture, add_image, rate

DUMPS = sorted(VERSIONS.glob("*.sql"))
SUBJECTS, BLIND_TESTS, CHOICES = 2, 3, 4  # the revisions that brought them
REVISIONS = sorted(upgrade.MIGRATIONS.glob("versions/[0-9]*.py"))


def schema(path: Path) -> dict[str, str]:
    """Everything that was made, by name, without its layout and without the order of columns."""
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    ).fetchall()
    connection.close()
    return {name: " ".join(sorted(sql.replace(",", " ").split())) for name, sql in rows}


def load(dump: Path, folder: Path) -> Path:
    """A database as that version left it."""
    path = folder / "studio.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return path


@pytest.fixture(params=DUMPS, ids=[dump.stem for dump in DUMPS])
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database of an earlier version, or of today's."""
    return load(request.param, tmp_path)


def test_every_revision_has_a_dump_of_its_schema() -> None:
    assert [dump.stem for dump in DUMPS] == [revision.stem[:4] for revision in REVISIONS]
    assert DUMPS[-1].stem == upgrade.newest()


def test_an_earlier_database_opens_with_everything_in_it(
    earlier: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with open_store(earlier, tmp_path / "backups") as store:
        anna = store.profiles.find("anna “Ä”")
        assert (anna.strength, anna.version) == (0.75, 1)
        assert store.profiles.find("Blend").parents == ((anna.id, 0.5),)
        (attribute,) = store.profiles.version(anna.id).attributes
        assert (attribute.phrase, attribute.evidence[0].span) == ("bold lines", (0, 10))
        liked, disliked = store.ratings.standing(anna.id)
        assert liked.comment == "bold lines, like a woodcut"
        assert liked.chips[0].label == "neon"
        assert disliked.comment == "it’s too busy"
        assert len(store.ratings.history(anna.id)) == 3
        assert len(store.pictures.all(PictureKind.OWN)) == 1
        (fox,) = store.images.page(GalleryQuery(words="tea busy")).images
        assert (fox.profile_id, fox.record) == (anna.id, {"prompt": "a fox drinking tea"})
        version = int(request.node.callspec.id)
        subjects, tests = store.subjects.all(), store.blind_tests.of_profile(anna.id)
        assert (len(subjects), len(tests)) == (version >= SUBJECTS, version >= BLIND_TESTS)
        for momo in subjects:
            assert (momo.name, momo.photos[0].crop) == ("Momo", None)
            assert [shot.scores for shot in store.subjects.snapshots(momo.id)] == [
                {"likeness": 0.7}
            ]
        for test in tests:
            first, second = store.blind_tests.pairs(test.id)
            assert (first.is_drawn, first.gains) == (True, {"bold lines": 0.2})
            assert not second.is_drawn
            assert list(store.blind_tests.answers(test.id)) == [1]
        choices = store.choices.standing(anna.id)
        assert len(choices) == (version >= CHOICES)
        for choice in choices:
            assert choice.order == (liked.picture_id, disliked.picture_id)
        assert store.images.count(GalleryQuery(trashed=True)) == 1
        (job,) = store.jobs.all()
        assert (job.state, job.progress.step, job.params) == (
            JobState.RUNNING,
            3,
            {"prompt": "a fox"},
        )
        assert store.preferences.get("tab") == "Gallery"
        assert store.preferences.get("draft", scope=anna.id) == {"comment": "half a sen"}


def test_an_upgraded_schema_is_the_one_that_a_new_studio_makes(
    earlier: Path, tmp_path: Path
) -> None:
    open_store(earlier, tmp_path / "backups").close()
    open_store(tmp_path / "new" / "studio.db", tmp_path / "backups").close()
    assert schema(earlier) == schema(tmp_path / "new" / "studio.db")


def test_the_revisions_make_exactly_the_tables_that_the_code_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(upgrade.MIGRATIONS, tmp_path / "migrations")
    monkeypatch.setattr(upgrade, "MIGRATIONS", tmp_path / "migrations")
    before = int(upgrade.newest())
    written = write_revision("What has changed")
    assert written.name == f"{before + 1:04d}_what_has_changed.py"
    text = written.read_text(encoding="utf-8")
    assert f'down_revision = "{before:04d}"' in text
    assert "    pass\n" in text
    assert "op." not in text


def test_a_newer_database_is_refused_and_not_touched(store: Store, tmp_path: Path) -> None:
    store.close()
    path = store.database.path
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabase, match=r"newer studio \(version 9999"):
        open_store(path, tmp_path / "backups")
    assert path.read_bytes() == before
    assert not (tmp_path / "backups").exists()


NEXT = '''"""A revision of tomorrow."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04d}"
down_revision = "{before:04d}"


def upgrade() -> None:
    """Change the tables."""
    {body}
'''
WIDEN = """with op.batch_alter_table("rating", recreate="always") as rating:
        rating.add_column(sa.Column("mood", sa.String(), nullable=True))
    with op.batch_alter_table("picture", recreate="always") as picture:
        picture.alter_column("caption", type_=sa.Text())"""


@pytest.fixture
def tomorrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call it with the body of a revision: the studio of tomorrow has that one more."""

    def write(body: str) -> None:
        before = int(upgrade.newest())
        folder = tmp_path / "migrations"
        shutil.copytree(upgrade.MIGRATIONS, folder)
        text = NEXT.format(number=before + 1, before=before, body=body)
        (folder / "versions" / f"{before + 1:04d}_tomorrow.py").write_text(text)
        monkeypatch.setattr(upgrade, "MIGRATIONS", folder)

    return write


@pytest.fixture
def used(store: Store, anna: Profile) -> Path:
    """The closed database of somebody who has rated and generated."""
    fox = store.pictures.add(a_picture("fox"))
    rate(store, anna, fox.id, comment="woodcut")
    image = add_image(store, profile_id=anna.id)
    rate(store, anna, image.id, comment="lovely")
    store.close()
    return store.database.path


def test_rebuilding_a_table_loses_no_row_that_points_at_it(
    used: Path, tomorrow, tmp_path: Path
) -> None:
    tomorrow(WIDEN)
    with open_store(used, tmp_path / "backups") as store:
        anna = store.profiles.find("Anna")
        first, second = store.ratings.standing(anna.id)
        assert [first.comment, second.comment] == ["woodcut", "lovely"]
        assert store.images.count(GalleryQuery(words="lovely")) == 1
        store.ratings.take_back(second.id)  # the triggers are back
        assert store.images.count(GalleryQuery(words="lovely")) == 0


def test_a_copy_from_before_is_kept_and_opens_in_the_earlier_studio(
    used: Path, tomorrow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = upgrade.MIGRATIONS
    tomorrow(WIDEN)
    open_store(used, tmp_path / "backups").close()
    (copy,) = (tmp_path / "backups").iterdir()
    monkeypatch.setattr(upgrade, "MIGRATIONS", today)
    with open_store(copy, tmp_path / "other") as store:
        assert [profile.name for profile in store.profiles.all()] == ["Anna"]
    with pytest.raises(NewerDatabase):
        open_store(used, tmp_path / "backups")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('op.drop_table("preference")\n    op.execute("no such words")', "cannot be used"),
        ('op.execute("DELETE FROM picture")', "rows point nowhere"),
        ('op.drop_table("preference")\n    raise StoreError("half done")', None),
    ],
)
def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    used: Path, tomorrow, tmp_path: Path, body: str, message: str | None
) -> None:
    before = schema(used)
    tomorrow(body)
    with pytest.raises(StoreError if message else NameError, match=message):
        open_store(used, tmp_path / "backups")
    assert schema(used) == before
    connection = sqlite3.connect(used)
    assert connection.execute("SELECT count(*) FROM picture").fetchone() == (2,)
    assert connection.execute("SELECT count(*) FROM preference").fetchone() == (0,)
    connection.close()


def test_only_the_last_copies_are_kept(store: Store, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    for number in range(5):
        (backups / f"before-0001-from-0000-{number}.db").write_text("old")
    engine = connect(store.database.path)
    upgrade._back_up(engine, "0001", backups)
    engine.dispose()
    assert len(list(backups.iterdir())) == upgrade.KEPT_BACKUPS
