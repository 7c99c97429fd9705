"""What the database derives or guards by itself: the gallery's search index, and triggers.

None of this is in a migration: it holds nothing that could not be made again, and a trigger that
names a table stops that table from being rebuilt. Every upgrade removes all of it and installs it
anew.
"""

from sqlalchemy import Connection

SPOKEN = """(
    SELECT group_concat(comment, ' ') FROM rating WHERE picture_id = {id} AND taken_back IS NULL
)"""
WORDS = "INSERT INTO gallery_words (rowid, prompt, caption, comments)"

# Words are found from their beginning, without case and accents, in rowid order: FTS5 gives the
# newest hits first without sorting, which keeps a page of a common word as quick as any other.
INDEX = """
    CREATE VIRTUAL TABLE gallery_words USING fts5
    (prompt, caption, comments, tokenize = "unicode61 remove_diacritics 2")
"""

TRIGGERS = {
    "image_added": f"""
        AFTER INSERT ON image BEGIN
            {WORDS} SELECT NEW.number, NEW.prompt, caption, {SPOKEN.format(id="NEW.id")}
            FROM picture WHERE id = NEW.id;
        END""",
    "image_removed": """
        AFTER DELETE ON image BEGIN
            DELETE FROM gallery_words WHERE rowid = OLD.number;
        END""",
    "picture_captioned": """
        AFTER UPDATE OF caption ON picture BEGIN
            UPDATE gallery_words SET caption = NEW.caption
            WHERE rowid = (SELECT number FROM image WHERE id = NEW.id);
        END""",
    **{
        f"rating_{name}": f"""
        AFTER {event} ON rating BEGIN
            UPDATE gallery_words SET comments = {SPOKEN.format(id=f"{row}.picture_id")}
            WHERE rowid = (SELECT number FROM image WHERE id = {row}.picture_id);
        END"""
        for name, event, row in (
            ("added", "INSERT", "NEW"),
            ("taken_back", "UPDATE OF taken_back", "NEW"),
            ("removed", "DELETE", "OLD"),
        )
    },
    "choice_is_append_only": """
        BEFORE UPDATE OF number, id, profile_id, left_id, right_id, pick, client_id, created
        ON choice BEGIN
            SELECT RAISE(ABORT, 'choices are never rewritten');
        END""",
    "rating_is_append_only": """
        BEFORE UPDATE OF number, id, profile_id, picture_id, verdict, comment, chips, client_id,
        created ON rating BEGIN
            SELECT RAISE(ABORT, 'ratings are never rewritten');
        END""",
}


def remove(connection: Connection) -> None:
    """Drop the index and the triggers, whatever they were."""
    old = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for (name,) in connection.exec_driver_sql(old).all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    connection.exec_driver_sql("DROP TABLE IF EXISTS gallery_words")


def install(connection: Connection) -> None:
    """Make the index and the triggers from the tables."""
    connection.exec_driver_sql(INDEX)
    connection.exec_driver_sql(
        f"{WORDS} SELECT image.number, prompt, caption, {SPOKEN.format(id='image.id')} "
        "FROM image JOIN picture ON picture.id = image.id"
    )
    for name, body in TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")


def rebuild(connection: Connection) -> None:
    """Forget the words of deleted rows: FTS5 only marks them as gone until it next merges."""
    connection.exec_driver_sql("INSERT INTO gallery_words (gallery_words) VALUES ('rebuild')")


def query(words: str) -> str:
    """An FTS5 query for text that a person typed: each word must occur, as a beginning."""
    typed = words.replace("\0", " ").split()  # SQLite reads a text up to its first zero
    typed = [word for word in typed if any(letter.isalnum() for letter in word)]
    return " ".join('"' + word.replace('"', '""') + '"*' for word in typed)
