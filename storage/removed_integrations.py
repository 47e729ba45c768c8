"""What is left of integrations that were removed, for whoever connects the same account again."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import IntegrationRow, table


async def safeguards_of(
    session: AsyncSession, team_id: str, provider: str, environment: str, account_id: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`attention` and `thresholds` that were left when the workspace last removed its integration with an account."""
    rows = table(IntegrationRow).c
    same = (rows.team_id == team_id, rows.provider == provider, rows.environment == environment)
    removed = sa.select(rows.attention, rows.thresholds).where(
        *same, rows.target_account_id == account_id, rows.removed_at.is_not(None)
    )
    found = (await session.execute(removed.order_by(rows.removed_at.desc()).limit(1))).one_or_none()
    return (dict(found.attention or {}), dict(found.thresholds or {})) if found else ({}, {})
