"""How often a run's work was set for another time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_run_turns"
down_revision = "0016_audit_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("runs", sa.Column("turn", sa.Integer()))
