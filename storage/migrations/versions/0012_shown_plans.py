"""With what a plan was made, and with what an integration has synced: whether it has been shown before it is written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_shown_plans"
down_revision = "0011_account_assignments"
branch_labels = None
depends_on = None

_PROVEN = ("tested", "live")


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before.

    Whatever has synced by now has synced with what it has: only a later change asks for a preview.
    """
    op.add_column("integrations", sa.Column("basis", sa.Integer(), nullable=True))
    op.add_column("integrations", sa.Column("synced_basis", sa.Integer(), nullable=True))
    op.add_column("runs", sa.Column("basis", sa.Integer(), nullable=True))
    rows = sa.table(
        "integrations",
        sa.column("state", sa.String()),
        sa.column("paused_from_state", sa.String()),
        sa.column("synced_basis", sa.Integer()),
    )
    proven = sa.or_(rows.c.state.in_(_PROVEN), rows.c.paused_from_state.in_(_PROVEN))
    op.execute(rows.update().where(proven).values(synced_basis=0))
