"""Days that an administrator tells: until when credentials are good, and how long outcomes are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006_days_told"
down_revision = "0005_late_and_planner"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("integrations", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.create_table(
        "expiries",
        sa.Column("team_id", sa.String(length=255), nullable=False),
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("warn_at", _TIME, nullable=True),
        sa.Column("told", json, nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["workspaces.team_id"], name=op.f("fk_expiries_team_id")),
        sa.PrimaryKeyConstraint("team_id", "integration_id", name=op.f("pk_expiries")),
    )
    op.create_index(op.f("ix_expiries_warn_at"), "expiries", ["warn_at"])
