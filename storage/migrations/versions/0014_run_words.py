"""What an outside system said of a run, sealed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_run_words"
down_revision = "0013_schedule_changer"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("runs", sa.Column("words", sa.LargeBinary()))
