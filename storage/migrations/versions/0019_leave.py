"""Absence beside employees: what a run, plan, outcome, problem, person and schedule is about, and a ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019_leave"
down_revision = "0018_token_rotation"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_NAMED = ("runs", "plans", "outcomes")
_KEYED = {
    "people": ("integration_id", "resource", "source_id"),
    "problems": ("integration_id", "resource", "source_id", "code"),
    "schedules": ("integration_id", "resource"),
}
"""Tables in which one thing of an integration may now be there for either resource, and their keys."""


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before. Everything there is about employees."""
    for name in (*_NAMED, *_KEYED):
        op.add_column(name, sa.Column("resource", sa.String(40), nullable=False, server_default="employees"))
    for name, key in _KEYED.items():
        with op.batch_alter_table(name) as rows:
            rows.drop_constraint(f"pk_{name}", type_="primary")
            rows.create_primary_key(f"pk_{name}", list(key))
    op.create_table(
        "leave_ledger",
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(length=255), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=255), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.String(length=255), nullable=True),
        sa.Column("target_version", sa.String(length=255), nullable=True),
        sa.Column("contributors", _JSON, nullable=False),
        sa.Column("period", sa.String(length=255), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("key_mark", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _integration("leave_ledger"),
        sa.PrimaryKeyConstraint("integration_id", "key", "sequence", name=op.f("pk_leave_ledger")),
    )
    op.create_index("ix_leave_ledger_integration_id_day", "leave_ledger", ["integration_id", "unit", "day"])
    op.create_table(
        "leave_files",
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _integration("leave_files"),
        sa.PrimaryKeyConstraint("integration_id", "period", "sequence", name=op.f("pk_leave_files")),
    )
    op.create_table(
        "leave_settings",
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("extent", sa.String(length=40), nullable=True),
        sa.Column("last_rows", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _integration("leave_settings"),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_leave_settings")),
    )


def _integration(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["integration_id"],
        ["integrations.id"],
        name=op.f(f"fk_{name}_integration_id"),
        ondelete="CASCADE",
    )
