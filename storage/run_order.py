"""In which order runs of one account begin, where some of them wait for a time and not in the queue."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import IntegrationRow, RunRow
from storage.run_states import UNDER_WAY, RunState
from storage.runs import Run


async def is_behind(session: AsyncSession, run: Run) -> bool:
    """Whether a run that is about to begin has to wait for another of its target's account, of any integration.

    For one that is under way and whose own work waits for its time meanwhile; and for one that waits to begin, too, and
    was there before. The run whose plan it makes again waits for it.
    """
    account = ("provider", "environment", "target_account_id")
    own, others = aliased(IntegrationRow), aliased(IntegrationRow)
    began = sa.func.coalesce(RunRow.approved_at, RunRow.created_at)
    waits = sa.or_(
        RunRow.state == RunState.QUEUED.value,
        sa.and_(RunRow.state == RunState.WAITING_APPROVAL.value, RunRow.approved_by.is_not(None)),
    )
    # An approval forgets the turns before it: what was approved and is planned anew waits for that, and for no turn.
    first = sa.and_(RunRow.turn.is_not(None), waits, began < (run.approved_at or run.created_at))
    found = (
        sa.select(RunRow.id)
        .join(others, others.id == RunRow.integration_id)
        .join(own, sa.and_(*(getattr(own, name) == getattr(others, name) for name in account)))
        .where(own.id == run.integration_id, RunRow.id.not_in([run.id, run.options.shown_run or run.id]))
        .where(sa.or_(RunRow.state.in_([state.value for state in UNDER_WAY]), first))
        .limit(1)
    )
    return await session.scalar(found) is not None
