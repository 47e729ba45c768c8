"""Until when credentials are good, and whom a warning has reached: each moves on once, whoever looks first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from storage import expiries
from storage.database import Database
from storage.delivery import DeliveryState
from storage.expiries import SOURCE, Expiry
from storage.integrations import Integration
from tests.storage.conftest import TEAM

MORNING = datetime(2027, 1, 2, 8, tzinfo=UTC)


def until(day: date, whose: str, warn_at: datetime | None = MORNING) -> Expiry:
    return Expiry(team_id=TEAM, integration_id=whose, until=day, warn_at=warn_at)


async def test_it_is_due_until_one_process_moves_it_on(database: Database, integration: Integration) -> None:
    one = until(date(2027, 2, 1), integration.id)
    async with database.session() as s:
        await expiries.replace(s, TEAM, integration.id, one)
        assert await expiries.due(s, MORNING - timedelta(seconds=1)) == []
        assert await expiries.due(s, MORNING) == [one]
        assert await expiries.advance(s, one, None)
        assert not await expiries.advance(s, one, None)
        assert await expiries.due(s, MORNING + timedelta(days=400)) == []


async def test_another_day_forgets_what_was_told_and_is_not_moved_on_by_who_saw_the_old_one(
    database: Database, integration: Integration
) -> None:
    old, new = until(date(2027, 2, 1), integration.id), until(date(2027, 3, 1), integration.id)
    async with database.session() as s:
        await expiries.replace(s, TEAM, integration.id, old)
        await expiries.note(s, TEAM, integration.id, DeliveryState(id="expiry:1", reached=("C1",)))
        seen = await expiries.get(s, TEAM, integration.id)
        assert seen is not None
        assert seen.told == DeliveryState(id="expiry:1", reached=("C1",))
        await expiries.replace(s, TEAM, integration.id, new)
        assert await expiries.get(s, TEAM, integration.id) == new
        assert not await expiries.advance(s, seen, None)


async def test_the_source_and_a_target_are_told_apart(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await expiries.replace(s, TEAM, SOURCE, until(date(2027, 2, 1), SOURCE))
        await expiries.replace(s, TEAM, integration.id, until(date(2027, 3, 1), integration.id))
        await expiries.replace(s, TEAM, SOURCE, None)
        assert await expiries.get(s, TEAM, SOURCE) is None
        assert await expiries.get(s, TEAM, integration.id) is not None
