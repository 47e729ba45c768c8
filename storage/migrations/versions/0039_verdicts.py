"""What comparisons said of people in whom nothing was to be written, so that they need not be made again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039_verdicts"
down_revision = "0034_choice_seals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.create_table(
        "verdicts",
        sa.Column("integration_id", sa.String(32), nullable=False),
        sa.Column("first_id", sa.String(255), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name="fk_verdicts_integration_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("integration_id", "first_id", name="pk_verdicts"),
    )
