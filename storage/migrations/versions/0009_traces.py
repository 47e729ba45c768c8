"""What a person is recognised by without being looked at whole"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_traces"
down_revision = "0008_plan_differences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("people", sa.Column("trace", sa.Text(), nullable=True))
