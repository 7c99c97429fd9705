"""Subjects and their snapshots.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "subject",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(collation="NOCASE"), nullable=False),
        sa.Column("class_word", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("mirror", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("snapshot_id", sa.String(), nullable=True),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subject"),
        sa.UniqueConstraint("name", name="uq_subject_name"),
        sa.UniqueConstraint("token", name="uq_subject_token"),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["subject.id"],
            name="fk_snapshot_subject_id_subject",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
    )
    op.create_index("ix_snapshot_hash", "snapshot", ["hash"])
    op.create_index("ix_snapshot_subject_id", "snapshot", ["subject_id"])
