"""How a plan made again differs from the one that was approved; and a person's place in a plan, by their key"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_plan_differences"
down_revision = "0007_enterprises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    op.create_table(
        "plan_differences",
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_plan_differences_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_plan_differences")),
    )
    op.create_index("ix_plan_changes_run_id_person_key", "plan_changes", ["run_id", "person_key"])
