"""What was delivered of leave is kept entry by entry, and why stays sealed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from storage import integrations, leave_ledger, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.leave_ledger import PERIOD, StoredLeaveEntry
from storage.models import LeaveEntryRow, table
from storage.vault import Vault
from tests.storage.conftest import TEAM, new_integration
from tests.storage.leave_rows import DAY, leave_entry

LATER = datetime.now(UTC) + timedelta(days=1)


async def test_the_latest_entry_counts_and_the_others_stay(database: Database, integration: Integration) -> None:
    vault, own = database.vault, integration.id
    async with database.session() as s:
        first, second = leave_entry(), leave_entry(sequence=2, content="c2", state="withdrawn", target_id=None)
        await leave_ledger.append(s, vault, own, [first, leave_entry("k2", day=date(2026, 11, 3))])
        await leave_ledger.append(s, vault, own, [second])
        found = {entry.key: entry for entry in await leave_ledger.latest(s, vault, own)}
        assert {key: (entry.sequence, entry.state, entry.target_id) for key, entry in found.items()} == {
            "k1": (2, "withdrawn", None),
            "k2": (1, "delivered", "r1"),
        }
        assert [entry.content for entry in await leave_ledger.history(s, vault, own, "k1")] == ["c1", "c2"]
        assert found["k2"].contributors == ("leave-1",)
        assert leave_ledger.open_detail(vault, own, found["k2"]) == {"code": "801", "hours": "7.50"}


async def test_a_number_is_given_once(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await leave_ledger.append(s, database.vault, integration.id, [leave_entry()])
    more = [leave_entry("k2"), leave_entry(content="other")]
    with pytest.raises(IntegrityError):
        await append(database, integration, more)
    async with database.reading() as s:
        assert len(await leave_ledger.latest(s, database.vault, integration.id)) == 1


async def append(database: Database, integration: Integration, entries: list[StoredLeaveEntry]) -> None:
    async with database.session() as s:
        await leave_ledger.append(s, database.vault, integration.id, entries)


async def test_only_the_days_and_the_integration_that_are_asked_for(
    database: Database, integration: Integration
) -> None:
    vault = database.vault
    async with database.session() as s:
        other = await integrations.create(s, vault, new_integration(target_account_id="999"))
        days = [leave_entry(f"k{at}", day=DAY + timedelta(at)) for at in range(5)]
        await leave_ledger.append(s, vault, integration.id, [*days, leave_entry("p", unit=PERIOD)])
        await leave_ledger.append(s, vault, other.id, [leave_entry()])
        found = await leave_ledger.latest(s, vault, integration.id, first=DAY + timedelta(1), last=DAY + timedelta(3))
        assert sorted(entry.key for entry in found) == ["k1", "k2", "k3"]
        (period,) = await leave_ledger.latest(s, vault, integration.id, unit=PERIOD)
        assert period.key == "p"
        await integrations.remove(s, other.id)
        assert await leave_ledger.latest(s, vault, other.id) == []


async def test_many_entries_come_a_page_at_a_time(
    database: Database, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leave_ledger, "_PAGE", 3)
    async with database.session() as s:
        for sequence in (1, 2):
            entries = [leave_entry(f"k{at}", sequence, content=str(sequence)) for at in range(5)]
            await leave_ledger.append(s, database.vault, integration.id, entries)
        found = await leave_ledger.latest(s, database.vault, integration.id)
    assert [(entry.key, entry.content) for entry in found] == [(f"k{at}", "2") for at in range(5)]


async def test_nothing_in_clear_says_why_or_how_long(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        private = {"code": "canary-code", "hours": "7.50"}
        await leave_ledger.append(s, database.vault, integration.id, [leave_entry(detail=private)])
        row = (await s.execute(sa.select(table(LeaveEntryRow)))).one()
    assert "canary" not in repr(row)
    assert "7.50" not in repr(row)


async def test_without_the_old_key_entries_are_named_anew(address: str) -> None:
    old, new = Vault.generate_key(), Vault.generate_key()
    database = Database(address, Vault([new, old]))
    try:
        async with database.session() as s:
            await workspaces.ensure(s, TEAM)
            own = (await integrations.create(s, database.vault, new_integration())).id
            await leave_ledger.append(s, database.vault, own, [leave_entry()])
            assert await leave_ledger.stale(s, database.vault, own) == []
        alone = Vault([new])
        async with database.session() as s:
            (entry,) = await leave_ledger.stale(s, alone, own)
            assert not entry.current
            assert await leave_ledger.rekey(s, alone, own, [(entry, "k-new", "c-new", "")]) == 1
            (again,) = await leave_ledger.latest(s, alone, own)
        assert (again.key, again.content, again.current) == ("k-new", "c-new", True)
    finally:
        await database.close()


async def test_old_days_go_and_what_goes_on_stays(database: Database, integration: Integration) -> None:
    vault, own = database.vault, integration.id
    async with database.session() as s:
        old = date(2025, 1, 1)
        entries = [leave_entry("old", day=old), leave_entry("new")]
        entries += [leave_entry("going on", day=old, unit=PERIOD)]
        entries += [leave_entry("going on", 2, day=old, unit=PERIOD)]
        await leave_ledger.append(s, vault, own, entries)
        assert await leave_ledger.erase_older(s, DAY, kept_since=datetime(2020, 1, 1, tzinfo=UTC)) == 0
        assert await leave_ledger.erase_older(s, DAY, kept_since=LATER) == 2
        assert [entry.key for entry in await leave_ledger.latest(s, vault, own)] == ["new"]
        (period,) = await leave_ledger.history(s, vault, own, "going on")
        assert period.sequence == 2
