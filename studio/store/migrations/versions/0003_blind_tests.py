"""Blind tests, their pairs and answers.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "blind_test",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("model_id", sa.String(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name="fk_blind_test_profile_id_profile",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_blind_test"),
        sa.UniqueConstraint("id", name="uq_blind_test_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blind_test_profile_id", "blind_test", ["profile_id"])

    op.create_table(
        "blind_answer",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("test_id", sa.String(), nullable=False),
        sa.Column("pair", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("taken_back", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["blind_test.id"],
            name="fk_blind_answer_test_id_blind_test",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_blind_answer"),
        sa.UniqueConstraint("client_id", name="uq_blind_answer_client_id"),
        sa.UniqueConstraint("id", name="uq_blind_answer_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blind_answer_test_id", "blind_answer", ["test_id"])

    op.create_table(
        "blind_pair",
        sa.Column("test_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("personal", sa.String(), nullable=False),
        sa.Column("left", sa.String(), nullable=True),
        sa.Column("right", sa.String(), nullable=True),
        sa.Column("gains", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["left"], ["picture.id"], name="fk_blind_pair_left_picture"),
        sa.ForeignKeyConstraint(["right"], ["picture.id"], name="fk_blind_pair_right_picture"),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["blind_test.id"],
            name="fk_blind_pair_test_id_blind_test",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("test_id", "number", name="pk_blind_pair"),
    )
