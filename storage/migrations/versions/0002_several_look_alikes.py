"""An employee may be told from several look-alikes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002_several_look_alikes"
down_revision = "0001_ground"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("resolutions", sa.Column("others", json, nullable=True))
