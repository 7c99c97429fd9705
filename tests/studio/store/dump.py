"""Write today's schema, with a little data in it, as `versions/NNNN.sql`.

    python -m tests.studio.store.dump

Run it once after adding a migration, commit the file, and never change it again: from then on a
test opens it with every later studio.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from studio.domain import (
    Chip,
    Evidence,
    Job,
    JobState,
    PictureKind,
    Polarity,
    Profile,
    ProfileAttribute,
    ProfileVersion,
    Progress,
    Subject,
    Verdict,
)
from studio.store import Store, open_store
from studio.store.upgrade import newest
from tests.studio.store.nouns import (
    a_blind_test,
    a_photo,
    a_picture,
    a_snapshot,
    add_image,
    choose,
    rate,
)

VERSIONS = Path(__file__).parent / "versions"


def fill(store: Store) -> None:
    """Something in every table; the test asks for these values."""
    anna = store.profiles.add(Profile(name="Anna “Ä”", strength=0.75))
    store.profiles.add(Profile(name="Blend", parents=((anna.id, 0.5),)))
    fox = store.pictures.add(a_picture("fox", facts={"chips": ["thick outline"]}))
    mine = store.pictures.add(a_picture("mine", PictureKind.OWN))
    image = add_image(store, "a fox drinking tea", profile_id=anna.id, profile_version=1)
    store.images.trash([add_image(store, "thrown away").id])
    chip = Chip(label="neon", polarity=Polarity.DISLIKED)
    first = rate(store, anna, fox.id, comment="bold lines, like a woodcut", chips=(chip,))
    rate(store, anna, image.id, Verdict.DISLIKED, comment="it’s too busy")
    store.ratings.take_back(rate(store, anna, mine.id).id)
    attribute = ProfileAttribute(
        phrase="bold lines",
        category="line",
        polarity=Polarity.LIKED,
        evidence=(Evidence(rating_id=first.id, span=(0, 10)),),
    )
    store.profiles.add_version(
        ProfileVersion(profile_id=anna.id, number=0, attributes=(attribute,), note="1 new")
    )
    job = store.jobs.add(Job(kind="generate", title="Pictures", params={"prompt": "a fox"}))
    progress = Progress(step=3, total=20, text="Picture 1 of 1")
    store.jobs.move(job.id, (JobState.WAITING,), JobState.RUNNING, progress=progress, pid=1)
    momo = store.subjects.add(
        Subject(name="Momo", class_word="dog", token="sks", photos=(a_photo("front"),))
    )
    store.subjects.add_snapshot(a_snapshot(momo, 100, scores={"likeness": 0.7}))
    a_blind_test(store, anna)
    choose(store, anna, fox.id, image.id)
    store.choices.take_back_last(choose(store, anna, image.id, fox.id).profile_id)
    store.preferences.set("tab", "Gallery")
    store.preferences.set("draft", {"comment": "half a sen"}, scope=anna.id)


def statements(connection: sqlite3.Connection) -> Iterator[str]:
    """SQL that makes this database again: tables, rows, and then what watches over them."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    made = [row for row in connection.execute(query) if not row[1].startswith("sqlite_")]
    made = [row for row in made if not row[1].startswith("gallery_words_")]  # FTS5 makes these
    watching = [sql for kind, _, sql in made if kind == "trigger"]
    yield from (sql for kind, _, sql in made if kind != "trigger")
    for kind, name, _ in made:
        if kind == "table":
            yield from inserts(connection, name)
    yield from watching


def inserts(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """The rows of a table."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    if table == "gallery_words":
        names = ["rowid", *names]
    values = " || ', ' || ".join(f"quote({name})" for name in names)
    for (row,) in connection.execute(f"SELECT {values} FROM {table}"):
        yield f"INSERT INTO {table} ({', '.join(names)}) VALUES ({row})"


def main() -> None:
    """Write the dump of today's version."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "studio.db"
        with open_store(path, Path(folder)) as store:
            fill(store)
        connection = sqlite3.connect(path)
        text = "".join(f"{statement};\n" for statement in statements(connection))
        connection.close()
    VERSIONS.mkdir(exist_ok=True)
    (VERSIONS / f"{newest()}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
