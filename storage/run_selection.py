"""Who was chosen by name for a run, kept with its options: ids, forgotten once the outcomes are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import RunRow, table
from storage.run_states import ENDED, RunState

_ONLY = "only"
_CHOSEN = ('%"only":["%', '%"only": ["%')
"""As either database writes it; an empty list names nobody any more."""


async def forget(
    session: AsyncSession,
    before: datetime,
    *,
    team_id: str | None = None,
    source_ids: Collection[str] | None = None,
) -> int:
    """Take out the ids of runs that ended before a time, or of `source_ids` alone; says of how many runs.

    With `source_ids`, also of runs that are over and still being told of.

    That somebody was chosen stays: a run for some is not told as one for all.
    """
    rows = table(RunRow)
    options = sa.cast(rows.c.options, sa.Text)
    over = ENDED if source_ids is None else ENDED | {RunState.REPORTING}
    old = [rows.c.finished_at < before, rows.c.state.in_([state.value for state in over])]
    if team_id is not None:
        old.append(rows.c.team_id == team_id)
    asked = sa.select(rows.c.id, rows.c.options).where(*old, sa.or_(*(options.like(form) for form in _CHOSEN)))
    changed = 0
    for run_id, kept in (await session.execute(asked)).all():
        left = [one for one in kept[_ONLY] if source_ids is not None and one not in source_ids]
        if left != kept[_ONLY]:
            without = {**kept, _ONLY: left}
            await session.execute(sa.update(rows).where(rows.c.id == run_id).values(options=without))
            changed += 1
    return changed
