"""Which workspace an account belongs to; what is connected now belongs to the workspace that connected it first"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0011_account_assignments"
down_revision = "0010_slack_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    made = op.create_table(
        "account_assignments",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("account_key", sa.String(length=400), nullable=False),
        sa.Column("team_id", sa.String(length=255), nullable=False),
        sa.Column("assigned_by", sa.String(length=255), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "account_key", name=op.f("pk_account_assignments")),
    )
    op.create_index(op.f("ix_account_assignments_team_id"), "account_assignments", ["team_id"])
    connected = op.get_bind().execute(
        sa.text(
            "SELECT provider, environment, target_account_id, team_id FROM integrations"
            " WHERE removed_at IS NULL ORDER BY created_at, id"
        )
    )
    whose: dict[tuple[str, str], str] = {}
    for provider, environment, account, team_id in connected:
        for key in _keys(provider, environment, account):
            whose.setdefault((provider, key), team_id)
    now = datetime.now(UTC)
    for (provider, key), team_id in whose.items():
        new = {"provider": provider, "account_key": key, "team_id": team_id, "assigned_by": "migration"}
        op.get_bind().execute(sa.insert(made).values(**new, assigned_at=now))


def _keys(provider: str, environment: str, account: str) -> list[str]:
    """As `storage.account_assignments` names them at this version."""
    keys = [f"account:{environment}:{account}"]
    if provider == "visma_net":
        keys.append(f"tenant_id:{account}")
    if provider == "paxml" and "@" not in account:
        # A folder of the bot's server; with an @ it is one of an SFTP server.
        keys.append(f"folder:{account.rpartition('/')[0]}")
    return keys
