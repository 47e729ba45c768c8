"""What a human decided of a person is sealed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_decision_seals"
down_revision = "0025_run_remarks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("resolutions", sa.Column("sealed", sa.LargeBinary()))
