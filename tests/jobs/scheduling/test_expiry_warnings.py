"""Warnings that are due: each once, by whichever process looks first, and one for all that were missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

from bot.core.clock import SetClock
from bot.jobs.scheduling.expiry_warnings import next_warning
from storage import expiries
from storage.expiries import Expiry
from tests.support.replica_world import World, until

UNTIL = date(2027, 3, 31)
LONG_BEFORE = datetime(2027, 1, 1, tzinfo=UTC)


async def test_a_warning_is_handed_over_once_however_many_look(anywhere: World) -> None:
    integration = await anywhere.connect()
    warn_at = next_warning(UNTIL, LONG_BEFORE, "Europe/Stockholm")
    one = Expiry(team_id="T1", integration_id=integration.id, until=UNTIL, warn_at=warn_at)
    async with anywhere.database.session() as s:
        await expiries.replace(s, "T1", integration.id, one)
    clock = SetClock(LONG_BEFORE)
    async with anywhere.working(clock) as jobs:
        assert await jobs.expiries.tick() == 0
        # Two warnings were missed: one is given, and the next is the last.
        clock.at = datetime(2027, 3, 25, 12, tzinfo=UTC)
        assert sum(await asyncio.gather(*(jobs.expiries.tick() for _ in range(4)))) == 1
        clock.at = datetime(2027, 3, 30, 7, tzinfo=UTC)
        assert await jobs.expiries.tick() == 1
        clock.forward(days=30)
        assert await jobs.expiries.tick() == 0

        async def both() -> bool:
            return len(anywhere.tellings.of("expiring")) == 2

        await until(both)
    name = f"expiry:T1:{integration.id}:2027-03-31"
    told = anywhere.tellings.of("expiring")
    assert sorted(told) == [[f"{name}:2027-03-01", "2027-03-31"], [f"{name}:2027-03-30", "2027-03-31"]]
