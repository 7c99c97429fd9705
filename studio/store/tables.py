"""The tables. A row has the fields of its noun in `studio.domain`, with the same names, so that
`to_row` and `to_noun` copy them without naming any; what a row has beyond that is said here.

`number` counts up as rows are added and is never used twice: "newest first" and "the latest answer"
are questions about it, since two rows can have the same time but not the same number.
Lists and dictionaries are JSON. Changing anything here needs a migration (see studio/README.md).
"""

import re
from typing import Any, TypeVar

from sqlalchemy import JSON, Column, Index, MetaData, String, text
from sqlalchemy.orm import declared_attr, registry
from sqlmodel import Field, SQLModel

from pipelines.spec import Frozen

# Alembic changes a constraint by its name, so every constraint has one.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
COUNTED = {"sqlite_autoincrement": True}
Noun = TypeVar("Noun", bound=Frozen)


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Base of all rows: `ProfileVersionRow` is a row of the table `profile_version`."""

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__.removesuffix("Row")).lower()


RowType = TypeVar("RowType", bound=Row)


def to_row(row_type: type[RowType], noun: Frozen, **extra: Any) -> RowType:
    """The row that stores `noun`; fields that the table does not have are left out."""
    return row_type(**noun.model_dump(mode="json"), **extra)


def to_noun(noun_type: type[Noun], row: Row, **extra: Any) -> Noun:
    """The noun that `row` stores."""
    values = row.model_dump(include=set(noun_type.model_fields))
    return noun_type.model_validate({**values, **extra})


def json_column(default: str) -> Any:
    """A JSON column; `default` is what rows written by an earlier studio get."""
    return Field(sa_column=Column(JSON, nullable=False, server_default=text(f"'{default}'")))


class ProfileRow(Row, table=True):
    """`studio.domain.Profile`"""

    id: str = Field(primary_key=True)
    name: str = Field(sa_column=Column(String(collation="NOCASE"), nullable=False, unique=True))
    version: int
    strength: float
    parents: list = json_column("[]")
    created: float


class ProfileVersionRow(Row, table=True):
    """`studio.domain.ProfileVersion`"""

    profile_id: str = Field(primary_key=True, foreign_key="profile.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    attributes: list = json_column("[]")
    backend: str
    prompt_version: str
    note: str
    created: float


class PictureRow(Row, table=True):
    """`studio.domain.Picture`"""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    kind: str = Field(index=True)
    path: str
    sha256: str = Field(index=True)
    width: int
    height: int
    caption: str
    deck: str | None = Field(index=True)
    facts: dict = json_column("{}")
    created: float


class RatingRow(Row, table=True):
    """`studio.domain.Rating`. Only `taken_back` may change; a trigger in `search` sees to it."""

    __table_args__ = (Index("ix_rating_picture_id_profile_id", "picture_id", "profile_id"), COUNTED)
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    profile_id: str = Field(foreign_key="profile.id", index=True, ondelete="CASCADE")
    picture_id: str = Field(foreign_key="picture.id")
    verdict: str
    comment: str
    chips: list = json_column("[]")
    client_id: str = Field(unique=True)
    created: float
    taken_back: float | None


class ImageRow(Row, table=True):
    """`studio.domain.ImageRecord` without its `record`: the gallery walks many of these rows, and
    one of them must not fill a page of the file."""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True, foreign_key="picture.id")
    path: str
    prompt: str
    seed: int
    model_id: str = Field(index=True)
    profile_id: str | None = Field(foreign_key="profile.id", index=True, ondelete="SET NULL")
    profile_version: int | None
    strength: float | None
    job_id: str | None = Field(index=True)
    trashed: float | None = Field(index=True)
    created: float


class ImageSettingsRow(Row, table=True):
    """The `record` of an `ImageRow`."""

    id: str = Field(primary_key=True, foreign_key="image.id", ondelete="CASCADE")
    record: dict = json_column("{}")


class JobRow(Row, table=True):
    """`studio.domain.Job`"""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    kind: str
    title: str
    profile_id: str | None = Field(index=True)  # no foreign key: the service removes its folder too
    state: str = Field(index=True)
    params: dict = json_column("{}")
    result: dict = json_column("{}")
    reason: str
    progress: dict = json_column("{}")
    pid: int | None
    pid_started: float | None
    heartbeat: float | None
    created: float
    changed: float = Field(index=True)
    started: float | None
    finished: float | None


class SubjectRow(Row, table=True):
    """`studio.domain.Subject`"""

    id: str = Field(primary_key=True)
    name: str = Field(sa_column=Column(String(collation="NOCASE"), nullable=False, unique=True))
    class_word: str
    token: str = Field(unique=True)
    mirror: bool
    photos: list = json_column("[]")
    snapshot_id: str | None  # no foreign key: the two tables would point at each other
    created: float


class SnapshotRow(Row, table=True):
    """`studio.domain.Snapshot`"""

    id: str = Field(primary_key=True)
    subject_id: str = Field(foreign_key="subject.id", index=True, ondelete="CASCADE")
    job_id: str | None
    model_id: str
    step: int
    path: str
    hash: str = Field(index=True)
    scores: dict = json_column("{}")
    suggested: bool
    created: float


class BlindTestRow(Row, table=True):
    """`studio.domain.BlindTest`"""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    profile_id: str = Field(foreign_key="profile.id", index=True, ondelete="CASCADE")
    profile_version: int
    strength: float
    model_id: str
    looks: int
    created: float


class BlindPairRow(Row, table=True):
    """`studio.domain.BlindPair`"""

    test_id: str = Field(primary_key=True, foreign_key="blind_test.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    prompt: str
    seed: int
    personal: str
    left: str | None = Field(foreign_key="picture.id")
    right: str | None = Field(foreign_key="picture.id")
    gains: dict = json_column("{}")


class BlindAnswerRow(Row, table=True):
    """`studio.domain.BlindAnswer`"""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    test_id: str = Field(foreign_key="blind_test.id", index=True, ondelete="CASCADE")
    pair: int
    choice: str
    client_id: str = Field(unique=True)
    created: float
    taken_back: float | None


class ChoiceRow(Row, table=True):
    """`studio.domain.Choice`. Only `taken_back` may change; a trigger in `search` sees to it."""

    __table_args__ = COUNTED
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    profile_id: str = Field(foreign_key="profile.id", index=True, ondelete="CASCADE")
    left_id: str = Field(foreign_key="picture.id", index=True)
    right_id: str = Field(foreign_key="picture.id", index=True)
    pick: str
    client_id: str = Field(unique=True)
    created: float
    taken_back: float | None


class PreferenceRow(Row, table=True):
    """What the studio remembers for the person: drafts, the last tab, kept settings. `scope` is a
    profile's id, or empty; what belongs to a profile goes with it."""

    scope: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    value: Any = json_column("null")
    changed: float
