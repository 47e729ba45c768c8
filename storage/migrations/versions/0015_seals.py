"""What a plan holds and who has agreed to it, under seal; and whether everything is sealed for its whole place"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_seals"
down_revision = "0014_run_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before.

    What is sealed already is sealed anew by `storage.renewal`, which has the keys and may be interrupted.
    """
    op.create_table(
        "seal_states",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_seal_states")),
    )
    op.add_column("plans", sa.Column("digest", sa.LargeBinary()))
    op.add_column("runs", sa.Column("approval", sa.LargeBinary()))
