"""The organisation that a Slack team belongs to, so that a report finds the organisation's token"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_enterprises"
down_revision = "0006_days_told"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("workspaces", sa.Column("enterprise_id", sa.String(length=255), nullable=True))
