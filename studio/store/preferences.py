"""What the studio remembers for the person between visits: drafts, the last tab, kept settings.

A name is a path such as "draft.rate.comment"; a value is anything that JSON can hold. Values that
belong to a profile have its id as `scope` and are deleted with it.
"""

from typing import Any

from sqlmodel import col, delete, select

from studio.domain import now
from studio.store.database import Database
from studio.store.tables import PreferenceRow


class Preferences:
    """Values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, default: Any = None, scope: str = "") -> Any:
        """The value of this name, or `default`."""
        with self._database.reading() as session:
            row = session.get(PreferenceRow, (scope, name))
            return default if row is None else row.value

    def set(self, name: str, value: Any, scope: str = "") -> None:
        """Remember a value."""
        with self._database.writing() as session:
            session.merge(PreferenceRow(scope=scope, name=name, value=value, changed=now()))

    def all(self, prefix: str = "", scope: str = "") -> dict[str, Any]:
        """All values whose name begins with `prefix`, by name."""
        query = select(PreferenceRow).where(
            PreferenceRow.scope == scope,
            col(PreferenceRow.name).startswith(prefix, autoescape=True),
        )
        with self._database.reading() as session:
            return {row.name: row.value for row in session.exec(query)}

    def remove(self, prefix: str, scope: str = "") -> None:
        """Forget every value whose name begins with `prefix`."""
        with self._database.writing() as session:
            session.exec(
                delete(PreferenceRow).where(
                    col(PreferenceRow.scope) == scope,
                    col(PreferenceRow.name).startswith(prefix, autoescape=True),
                )
            )
