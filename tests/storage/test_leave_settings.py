"""An integration's choices for absence, and the files of its periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage import leave_files, leave_settings, people, problems, schedules
from storage.database import Database
from storage.integrations import Integration
from storage.people import PersonState
from storage.schedules import Schedule
from tests.storage.leave_rows import leave_file

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ABSENCE = "absence"


async def test_choices_are_changed_by_whoever_saw_the_latest(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        assert await leave_settings.get(s, integration.id) is None
        assert not await leave_settings.record_read(s, integration.id, extent="percent", rows_read=3)
        made = await leave_settings.put(s, integration.id, {"enabled": True}, expected=0)
        assert made is not None
        assert made.version == 1
        assert await leave_settings.put(s, integration.id, {}, expected=0) is None
        assert await leave_settings.put(s, integration.id, {}, expected=7) is None
        changed = await leave_settings.put(s, integration.id, {"enabled": False}, expected=1)
        assert changed is not None
        assert (changed.version, changed.settings) == (2, {"enabled": False})


async def test_what_a_run_found_out_stays_beside_the_choices(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await leave_settings.put(s, integration.id, {})
        await leave_settings.record_read(s, integration.id, extent="percent", rows_read=3)
        await leave_settings.record_read(s, integration.id, extent=None, rows_read=5)
        await leave_settings.put(s, integration.id, {"enabled": True})
        found = await leave_settings.get(s, integration.id)
    assert found is not None
    assert (found.extent, found.last_rows, found.version) == ("percent", 5, 2)


async def test_what_was_carried_out_holds_until_the_choices_change(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        assert not await leave_settings.record_synced(s, integration.id, version=1, basis=0)
        await leave_settings.put(s, integration.id, {"enabled": True})
        assert not await leave_settings.record_synced(s, integration.id, version=2, basis=7)
        assert await leave_settings.record_synced(s, integration.id, version=1, basis=7)
        found = (await leave_settings.of(s, [integration.id, "other"]))[integration.id]
        assert (found.synced_basis, found.settings, found.version) == (7, {"enabled": True}, 1)
        changed = await leave_settings.put(s, integration.id, {"enabled": True}, expected=1)
    assert changed is not None
    assert (changed.synced_basis, changed.version) == (None, 2)


async def test_a_file_is_imported_once_and_then_holds_nothing(database: Database, integration: Integration) -> None:
    vault = database.vault
    async with database.session() as s:
        assert await leave_files.latest(s, vault, integration.id, "2026-11") is None
        await leave_files.add(s, vault, leave_file(integration.id))
        await leave_files.add(s, vault, leave_file(integration.id, 2, mode="difference"))
        file = await leave_files.latest(s, vault, integration.id, "2026-11")
        assert file is not None
        assert (file.sequence, file.mode, file.held) == (2, "difference", [["k1", "7.50"]])
        assert await leave_files.set_state(s, file, "imported", expected="made", user_id="U1", forget=True)
        assert not await leave_files.set_state(s, file, "imported", expected="made")
        file = await leave_files.latest(s, vault, integration.id, "2026-11")
        assert file is not None
        assert (file.state, file.held, file.changed_by) == ("imported", None, "U1")
        assert await leave_files.erase_older(s, datetime.now(UTC) - timedelta(days=1)) == 0
        assert await leave_files.erase_older(s, datetime.now(UTC) + timedelta(days=1)) == 2
    with pytest.raises(IntegrityError):
        await add_twice(database, integration)


async def add_twice(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await leave_files.add(s, database.vault, leave_file(integration.id))
        await leave_files.add(s, database.vault, leave_file(integration.id))


async def test_absence_has_a_schedule_problems_and_people_of_its_own(
    database: Database, integration: Integration
) -> None:
    daily = Schedule(
        integration_id=integration.id, weekdays=("mon",), hour=6, minute=0, timezone="UTC", next_run_at=NOW
    )
    absence = Schedule(
        integration_id=integration.id, weekdays=("tue",), hour=7, minute=0, timezone="UTC", next_run_at=NOW,
        resource=ABSENCE,
    )  # fmt: skip
    async with database.session() as s:
        await schedules.put(s, daily)
        await schedules.put(s, absence)
        assert await schedules.get(s, integration.id) == daily
        assert await schedules.get(s, integration.id, resource=ABSENCE) == absence
        assert await schedules.due(s, NOW) == [daily]
        assert await schedules.due(s, NOW, resource=ABSENCE) == [absence]
        assert await schedules.advance(s, [(absence, NOW + timedelta(days=7))]) == 1
        assert await schedules.get(s, integration.id) == daily
        assert await schedules.delete(s, integration.id, resource=ABSENCE)
        assert await schedules.get(s, integration.id) == daily

        await problems.note(s, integration.id, "run1", [("e1", "number.missing")], NOW)
        await problems.note(s, integration.id, "run2", [("e1", "number.missing")], NOW, resource=ABSENCE)
        await problems.note(s, integration.id, "run3", [], NOW, resource=ABSENCE)
        (still,) = (await problems.load(s, integration.id)).values()
        (gone,) = (await problems.load(s, integration.id, resource=ABSENCE)).values()
        assert (still.solved_run, gone.solved_run) == (None, "run3")

        await people.upsert(s, integration.id, [PersonState(source_id="e1", seen_at=NOW, number="1")])
        await people.upsert(s, integration.id, [PersonState(source_id="e1", seen_at=NOW)], resource=ABSENCE)
        assert (await people.load(s, integration.id))["e1"].number == "1"
        assert (await people.load(s, integration.id, resource=ABSENCE))["e1"].number is None
