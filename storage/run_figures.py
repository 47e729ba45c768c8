"""Figures of an installation's runs and of its audit, for who operates it: counts and ages, nothing of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.models import AuditAnchorRow, AuditRow, RunRow, table
from storage.run_states import ENDED, RunState

_ENTRY, _ANCHOR = table(AuditRow).c, table(AuditAnchorRow)
_LAST = sa.select(_ENTRY.team_id, sa.func.max(_ENTRY.position).label("at")).group_by(_ENTRY.team_id).subquery()
_CUT = sa.func.coalesce(_ANCHOR.c.cut, 0)
_ENDS = sa.select(sa.func.sum(sa.case((_LAST.c.at > _CUT, _LAST.c.at), else_=_CUT))).select_from(
    _ANCHOR.outerjoin(_LAST, _LAST.c.team_id == _ANCHOR.c.team_id)
)
_UNFINISHED = tuple(state for state in RunState if state not in ENDED)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """`by_state` has every state that is no end. Ages are in seconds, 0 where there is no such run. `audited` counts
    the audit's entries, erased ones too: it never falls, unless somebody has put older ones in place."""

    by_state: Mapping[RunState, int]
    oldest_queued: float
    oldest_unreported: float
    audited: int = 0


async def read(database: Database, now: datetime) -> RunFigures | None:
    """How many runs have not ended, and since when the oldest one waits to begin, and to be told.

    None while the database cannot be read.
    """
    rows = table(RunRow).c
    unfinished = [state.value for state in _UNFINISHED]
    asked = (
        sa.select(rows.state, sa.func.count(), sa.func.min(rows.created_at), sa.func.min(rows.finished_at))
        .where(rows.state.in_(unfinished))
        .group_by(rows.state)
    )
    try:
        async with database.reading() as session:
            found = (await session.execute(asked)).all()
            audited = await session.scalar(_ENDS) or 0
    except (OSError, TimeoutError, SQLAlchemyError):
        return None
    counts, queued, unreported = dict.fromkeys(_UNFINISHED, 0), 0.0, 0.0
    for state, number, created_at, finished_at in found:
        counts[RunState(state)] = number
        if state == RunState.QUEUED.value:
            queued = _age(created_at, now)
        elif state == RunState.REPORTING.value:
            unreported = _age(finished_at or created_at, now)
    return RunFigures(counts, queued, unreported, int(audited))


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
