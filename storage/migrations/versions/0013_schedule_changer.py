"""Who has changed a schedule last, and which files of a run are in Slack"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_schedule_changer"
down_revision = "0012_shown_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before. What was is read from the audit."""
    op.add_column("schedules", sa.Column("changed_by", sa.String(length=255), nullable=True))
    op.execute(
        "UPDATE schedules SET changed_by = (SELECT audit.actor_id FROM audit"
        " WHERE audit.integration_id = schedules.integration_id AND audit.action IN"
        " ('integration.created', 'schedule.changed', 'schedule.enabled_untested')"
        " ORDER BY audit.id DESC LIMIT 1)"
    )
    op.create_table(
        "run_files",
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_files_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "file_id", name=op.f("pk_run_files")),
    )
