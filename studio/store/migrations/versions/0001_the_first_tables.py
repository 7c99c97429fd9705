"""The first tables.

Revision 0001, after None.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("result", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("progress", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("pid_started", sa.Float(), nullable=True),
        sa.Column("heartbeat", sa.Float(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
        sa.Column("started", sa.Float(), nullable=True),
        sa.Column("finished", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_job"),
        sa.UniqueConstraint("id", name="uq_job_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_changed", "job", ["changed"])
    op.create_index("ix_job_profile_id", "job", ["profile_id"])
    op.create_index("ix_job_state", "job", ["state"])

    op.create_table(
        "picture",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("deck", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_picture"),
        sa.UniqueConstraint("id", name="uq_picture_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_picture_deck", "picture", ["deck"])
    op.create_index("ix_picture_kind", "picture", ["kind"])
    op.create_index("ix_picture_sha256", "picture", ["sha256"])

    op.create_table(
        "preference",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), server_default=sa.text("'null'"), nullable=False),
        sa.Column("changed", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", name="pk_preference"),
    )
    op.create_table(
        "profile",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(collation="NOCASE"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("parents", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_profile"),
        sa.UniqueConstraint("name", name="uq_profile_name"),
    )
    op.create_table(
        "image",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=True),
        sa.Column("profile_version", sa.Integer(), nullable=True),
        sa.Column("strength", sa.Float(), nullable=True),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("trashed", sa.Float(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["picture.id"], name="fk_image_id_picture"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name="fk_image_profile_id_profile", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_image"),
        sa.UniqueConstraint("id", name="uq_image_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_image_job_id", "image", ["job_id"])
    op.create_index("ix_image_model_id", "image", ["model_id"])
    op.create_index("ix_image_profile_id", "image", ["profile_id"])
    op.create_index("ix_image_trashed", "image", ["trashed"])

    op.create_table(
        "profile_version",
        sa.Column("profile_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attributes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("prompt_version", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name="fk_profile_version_profile_id_profile",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "number", name="pk_profile_version"),
    )
    op.create_table(
        "rating",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=False),
        sa.Column("picture_id", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("chips", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("taken_back", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name="fk_rating_picture_id_picture"
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name="fk_rating_profile_id_profile", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_rating"),
        sa.UniqueConstraint("client_id", name="uq_rating_client_id"),
        sa.UniqueConstraint("id", name="uq_rating_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rating_picture_id_profile_id", "rating", ["picture_id", "profile_id"])
    op.create_index("ix_rating_profile_id", "rating", ["profile_id"])

    op.create_table(
        "image_settings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("record", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["image.id"], name="fk_image_settings_id_image", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_image_settings"),
    )
