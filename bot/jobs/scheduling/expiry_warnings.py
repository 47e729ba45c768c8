"""Warns before credentials stop being good, of which an administrator has told the day; each warning is given once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.core.clock import Clock
from bot.jobs.policy import Policy
from bot.jobs.runs.queue import WorkQueue
from storage import expiries
from storage.database import Database
from storage.expiries import Expiry

log = structlog.get_logger(__name__)

WARN_DAYS = (30, 7, 1)
"""How many days before the last good day somebody is warned."""

WARN_TIME = time(9)
"""When on these days, in the installation's zone: people are at work, and the morning's syncs are over."""


class ExpiryWarnings:
    """Enqueues the warnings that are due."""

    def __init__(self, database: Database, desk: WorkQueue, clock: Clock, policy: Policy) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._policy = policy

    async def tick(self) -> int:
        """Enqueue every warning that is due now; says how many this process moved on."""
        now = self._clock()
        async with self._database.reading() as session:
            due = list(await expiries.due(session, now))
        moved = 0
        for one in due:
            try:
                moved += await self._warn(one, now)
            except Exception as error:
                # It stays due; the others must not wait for it.
                log.error("expiry_failed", team=one.team_id, integration=one.integration_id, exc_info=error)
        return moved

    async def _warn(self, expiry: Expiry, now: datetime) -> bool:
        # After downtime one warning stands for all that were missed.
        await self._desk.enqueue_expiry_warning(warning_id(expiry), expiry.team_id, expiry.integration_id, expiry.until)
        async with self._database.session() as session:
            return await expiries.advance(session, expiry, next_warning(expiry.until, now, self._policy.timezone))


def next_warning(until: date, after: datetime, timezone: str) -> datetime | None:
    """When the next warning is due, in UTC; None when there is none any more."""
    zone = ZoneInfo(timezone)
    times = [datetime.combine(until - timedelta(days=days), WARN_TIME, zone).astimezone(UTC) for days in WARN_DAYS]
    return next((each for each in times if each > after), None)


def warning_id(expiry: Expiry) -> str:
    """One warning of one day: whoever hands it over, it is the same."""
    due = expiry.warn_at.astimezone(UTC).strftime("%Y-%m-%d") if expiry.warn_at else ""
    return f"expiry:{expiry.team_id}:{expiry.integration_id}:{expiry.until.isoformat()}:{due}"
