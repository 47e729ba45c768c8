"""Whether somebody has agreed to a plan: nobody who only writes the database can (`runs.approve` seals it).

The seal holds the run and its workspace (its place), its integration, the plan's digest, who, when and what was
decided; its HMAC is verified before the plan is carried out.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import approval_seal, plan_digest
from storage.approval_seal import BEFORE
from storage.errors import PlanAltered
from storage.models import RunRow, table
from storage.runs import Run
from storage.vault import Vault


async def require(session: AsyncSession, vault: Vault, run: Run) -> str:
    """The digest of the plan that was agreed to, or `BEFORE`. Raises `ApprovalForged` when nobody did who could."""
    rows = table(RunRow).c
    sealed = await session.scalar(sa.select(rows.approval).where(rows.id == run.id))
    return approval_seal.plan_of(
        vault, run.team_id, run.id, run.integration_id, run.approved_by, run.approved_at, sealed
    )


async def require_plan(session: AsyncSession, vault: Vault, run: Run) -> None:
    """See that the run's plan is, to the last change, the one that was agreed to.

    Raises `ApprovalForged`, `PlanAltered`, `WrongOwner`, `Unreadable`.
    """
    agreed = await require(session, vault, run)
    if agreed != BEFORE and agreed != await plan_digest.computed(session, vault, run.id):
        raise PlanAltered(run.id)
