"""What Slack has told already, so that it is acted on once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_slack_deliveries"
down_revision = "0009_traces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.create_table(
        "slack_deliveries",
        sa.Column("delivery_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("delivery_hash", name=op.f("pk_slack_deliveries")),
    )
    op.create_index(op.f("ix_slack_deliveries_received_at"), "slack_deliveries", ["received_at"])
