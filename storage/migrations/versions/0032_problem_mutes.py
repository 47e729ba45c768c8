"""Until when a known problem of one person is not told each time, and what it was when somebody said so"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032_problem_mutes"
down_revision = "0028_decision_seals"
branch_labels = None
depends_on = None

beside_version_before = True
"""Whoever does not know mutes tells every problem, as before."""


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("problems", sa.Column("muted_until", sa.Date()))
    op.add_column("problems", sa.Column("muted_as", sa.String(64)))
