"""Alembic's entry: it runs the revisions on the connection that `studio.store.upgrade` opened.

For writing a new revision it is also run from the command line, see studio/README.md.
"""

from typing import Any, Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from studio.store.tables import Row


def render_item(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """Revisions name plain SQLAlchemy types, so that they outlive the library of the tables."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def include_object(_object: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Leave alone what `studio.store.search` makes."""
    return kind != "table" or not str(name).startswith("gallery_words")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table: Alembic copies it instead
    render_item=render_item,
    include_object=include_object,
    transactional_ddl=True,  # the caller began the transaction, and says BEGIN itself
)
context.run_migrations()
