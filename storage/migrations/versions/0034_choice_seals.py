"""What an integration has chosen is sealed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034_choice_seals"
down_revision = "0032_problem_mutes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.add_column("integrations", sa.Column("choices", sa.LargeBinary()))
    op.add_column("leave_settings", sa.Column("choices", sa.LargeBinary()))
