"""What is told of a run as a whole"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025_run_remarks"
down_revision = "0019_leave"
branch_labels = None
depends_on = None

beside_version_before = True
"""A run without remarks has none to tell, as all of the version before."""


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("runs", sa.Column("remarks", sa.JSON().with_variant(JSONB(), "postgresql")))
