"""Stalls of the market."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "m1"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "stalls",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("fee", sa.Numeric(10, 2), nullable=False, server_default="0"),
        sa.Column("opened", sa.Date(), nullable=False, server_default=sa.func.current_date()),
        sa.Column("traits", postgresql.JSONB(), nullable=False, server_default="{}"),
        sa.Column("stage", sa.Enum("planned", "running", name="stage"), nullable=False, server_default="planned"),
    )


def downgrade() -> None:
    op.drop_table("stalls")
