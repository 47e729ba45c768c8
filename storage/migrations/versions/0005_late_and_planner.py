"""How late a missed sync may begin by itself, and who makes the plan of a run"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_late_and_planner"
down_revision = "0004_attention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("schedules", sa.Column("late_hours", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("planner", sa.String(length=32), nullable=True))
