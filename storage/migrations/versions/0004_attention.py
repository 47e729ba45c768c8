"""How much attention an integration asks for: rules, digests, open problems, and the words of a refusal"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004_attention"
down_revision = "0003_days_of_rest"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Forward only: the way back is the backup that was made before."""
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("integrations", sa.Column("attention", json, nullable=True))
    op.add_column("runs", sa.Column("refusal", sa.LargeBinary(), nullable=True))

    op.create_table(
        "digests",
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("weekdays", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("told", json, nullable=True),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_digests_integration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "period", name=op.f("pk_digests")),
    )
    op.create_index(op.f("ix_digests_next_at"), "digests", ["next_at"])

    op.create_table(
        "problems",
        sa.Column("integration_id", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=255), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("first_run", sa.String(length=200), nullable=False),
        sa.Column("solved_run", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_problems_integration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("integration_id", "source_id", "code", name=op.f("pk_problems")),
    )
