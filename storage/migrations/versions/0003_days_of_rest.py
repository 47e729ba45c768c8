"""A schedule may rest on public holidays and over a period"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_days_of_rest"
down_revision = "0002_several_look_alikes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("schedules", sa.Column("holidays", sa.String(40), nullable=True))
    op.add_column("schedules", sa.Column("paused_from", sa.Date(), nullable=True))
    op.add_column("schedules", sa.Column("paused_until", sa.Date(), nullable=True))
