"""Whether processes of the version before are at work on tables that are about to change under their hands.

As long as the tables are those of the version before, whoever gives a sign of life is of it.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from storage.clock import utc_now
from storage.errors import OlderProcessesRun
from storage.models import ExecutorRow, table

ALIVE_WITHIN = timedelta(seconds=30)
"""Whose last sign of life is older counts as dead, here as for those who take its work over."""


def require_no_older_process(connection: sa.Connection) -> None:
    """Raises `OlderProcessesRun`, which names them. Whoever has stopped in order has said so; one that was killed
    counts as living for half a minute."""
    rows = table(ExecutorRow).c
    if connection.dialect.name == "postgresql":
        now = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    else:
        now = utc_now()
    living = sa.select(rows.executor_id).where(rows.seen_at >= now - ALIVE_WITHIN).order_by(rows.executor_id)
    if found := connection.execute(living).scalars().all():
        raise OlderProcessesRun(found)
