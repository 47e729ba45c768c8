"""Finds the digests that are due and enqueues them; like schedules, each is known by its time and sent once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.core.clock import Clock
from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.jobs.runs.queue import WorkQueue, owner_of
from bot.jobs.scheduling.schedule import WEEKDAYS, SlotSchedule
from storage import digests, integrations
from storage.database import Database
from storage.digests import Digest, Period

log = structlog.get_logger(__name__)

_DAYS = {Period.DAY: 1, Period.WEEK: 7}


class Digests:
    """Enqueues the digests that are due."""

    def __init__(self, database: Database, desk: WorkQueue, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock

    async def tick(self) -> int:
        """Enqueue every digest that is due now; says how many this process moved on."""
        now = self._clock()
        async with self._database.reading() as session:
            due = list(await digests.due(session, now))
        moved = 0
        for row in due:
            try:
                moved += await self._tell(row, now)
            except Exception as error:
                # It stays due; the others must not wait for it.
                log.error("digest_failed", integration_id=row.integration_id, exc_info=error)
        return moved

    async def _tell(self, row: Digest, now: datetime) -> bool:
        schedule = SlotSchedule(row.weekdays, row.hour, row.minute, row.timezone)
        # After downtime one summary stands for all that were missed, from where the first would have begun.
        until = schedule.latest_slot(row.next_at, now, 0)
        since = _before(row.next_at, row)
        async with self._database.reading() as session:
            integration = await integrations.get(session, row.integration_id, removed=True)
        if integration is not None:
            await self._desk.enqueue_digest(digest_id(row, until), owner_of(integration), row.period, since, until)
        async with self._database.session() as session:
            following = schedule.next_fire(until)
            return await digests.advance(session, row.integration_id, row.period, row.next_at, following)


def digests_of(integration_id: str, rules: NotificationPolicy, now: datetime) -> list[Digest]:
    """The summaries that the rules ask for, with the time of the next."""
    hour, minute = (int(part) for part in rules.time.split(":"))
    wanted: list[tuple[Period, tuple[str, ...]]] = []
    if rules.noise is Verbosity.DAILY:
        wanted.append((Period.DAY, WEEKDAYS))
    if rules.weekly:
        wanted.append((Period.WEEK, (rules.weekly,)))
    return [
        Digest(
            integration_id=integration_id,
            period=period,
            weekdays=days,
            hour=hour,
            minute=minute,
            timezone=rules.timezone,
            next_at=SlotSchedule(days, hour, minute, rules.timezone).next_fire(now),
        )
        for period, days in wanted
    ]


def digest_id(row: Digest, until: datetime) -> str:
    """The summary of a period: the same period always names the same summary."""
    return f"digest:{row.integration_id}:{row.period}:{until.astimezone(UTC).strftime('%Y-%m-%dT%H:%MZ')}"


def _before(slot: datetime, row: Digest) -> datetime:
    """The same wall time a day or a week earlier."""
    local = slot.astimezone(ZoneInfo(row.timezone)) - timedelta(days=_DAYS[row.period])
    return local.astimezone(UTC)
