"""Who has agreed to which plan: sealed with the key, so that nobody who only writes the database can agree to one.

The seal holds the run and its workspace (its place), the plan's digest, who, when and what was decided; its HMAC is
verified before the plan is carried out.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import approval_seal, plan_digest, runs
from storage.approval_seal import BEFORE
from storage.errors import PlanAltered
from storage.models import RunRow, table
from storage.runs import Run
from storage.vault import Vault


async def approve(
    session: AsyncSession, vault: Vault, run_id: str, user_id: str, now: datetime | None = None
) -> Run | None:
    """Record and seal who approved a waiting run, and which plan; None as for `runs.approve`.

    Raises `PlanAltered` where the plan is not there as it was stored, `WrongOwner`, `Unreadable`.
    """
    run = await runs.approve(session, run_id, user_id, now)
    if run is None:
        return None
    digest = await plan_digest.stored(session, vault, run_id)
    # Of a version before's plan, which has waited since: as it is now.
    digest = digest or await plan_digest.computed(session, vault, run_id)
    rows = table(RunRow)
    sealed = approval_seal.seal(vault, run.team_id, run_id, digest, user_id, run.approved_at)
    await session.execute(sa.update(rows).where(rows.c.id == run_id).values(approval=sealed))
    return run


async def require(session: AsyncSession, vault: Vault, run: Run) -> str:
    """The digest of the plan that was agreed to, or `BEFORE`. Raises `ApprovalForged` when nobody did who could."""
    rows = table(RunRow).c
    sealed = await session.scalar(sa.select(rows.approval).where(rows.id == run.id))
    return approval_seal.plan_of(vault, run.team_id, run.id, run.approved_by, run.approved_at, sealed)


async def require_plan(session: AsyncSession, vault: Vault, run: Run) -> None:
    """See that the run's plan is, to the last change, the one that was agreed to.

    Raises `ApprovalForged`, `PlanAltered`, `WrongOwner`, `Unreadable`.
    """
    agreed = await require(session, vault, run)
    if agreed != BEFORE and agreed != await plan_digest.computed(session, vault, run.id):
        raise PlanAltered(run.id)
