"""Which replica is exchanging an installation's token for the next one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_token_rotation"
down_revision = "0017_run_turns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("installations", sa.Column("rotating_until", sa.DateTime(timezone=True)))
