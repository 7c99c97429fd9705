"""Choices between two pictures.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "choice",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("profile_id", sa.String(), nullable=False),
        sa.Column("left_id", sa.String(), nullable=False),
        sa.Column("right_id", sa.String(), nullable=False),
        sa.Column("pick", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("taken_back", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["left_id"], ["picture.id"], name="fk_choice_left_id_picture"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name="fk_choice_profile_id_profile",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["right_id"], ["picture.id"], name="fk_choice_right_id_picture"),
        sa.PrimaryKeyConstraint("number", name="pk_choice"),
        sa.UniqueConstraint("client_id", name="uq_choice_client_id"),
        sa.UniqueConstraint("id", name="uq_choice_id"),
        sqlite_autoincrement=True,
    )
    for column in ("left_id", "profile_id", "right_id"):
        op.create_index(f"ix_choice_{column}", "choice", [column])
