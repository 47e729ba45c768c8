"""A run of leave on a real database: planned, applied, and found again by the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.findings import Finding
from bot.domain.leave import LeaveSnapshot, LeaveType, LeaveWindow
from bot.domain.leave_settings import LeaveRoute, LeaveSettings
from bot.domain.resource import Capability, Resource
from bot.jobs.cluster.retention import Retention
from bot.jobs.leave.apply_leave import LeaveApplier, LeaveResult
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.jobs.leave.plan_leave import LeavePlanned, LeaveRequest, plan_leave
from bot.jobs.policy import Policy
from bot.providers.declaration import LeaveLimits, ResourceSpec
from bot.sync.leave.day_plan import StepKind
from bot.sync.leave.probes import ExtentScale
from storage import integrations, leave_settings, people, rotation, workspaces
from storage.database import Database
from storage.integrations import Integration
from storage.people import PersonState
from storage.vault import Vault
from tests.storage.conftest import TEAM, new_integration
from tests.support.employees import employee
from tests.support.fake_target import MemorySource
from tests.support.leave_office import SICK, VACATION, YEAR, Kill, Killed, LeaveBook, ModelTarget, key

MONDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 6)
SPEC = ResourceSpec(resource=Resource.ABSENCE, capability=Capability.REPLACE_DAY, leave=LeaveLimits())
OLD, NEW = Vault.generate_key(), Vault.generate_key()


class BookSource(MemorySource):
    """People, and the leave of a book."""

    def __init__(self, book: LeaveBook) -> None:
        super().__init__([replace(employee(at), source_id=f"e{at}") for at in (1, 2, 3)])
        self.book = book
        self.asked: frozenset[str] = frozenset()
        self.read = 0

    async def leave_types(self) -> Sequence[LeaveType]:
        return self.book.types

    async def leave_snapshot(
        self,
        window: LeaveWindow,
        employee_ids: frozenset[str] | None = None,
        parents: frozenset[str] = frozenset(),
    ) -> LeaveSnapshot:
        self.asked = parents
        self.read += 1
        self.book.window = window
        found = self.book.snapshot()
        days = [row for row in found.days if employee_ids is None or row.employee_id in employee_ids]
        return replace(found, gone=parents - set(found.leaves), days=days)

    async def leave_preflight(self) -> Sequence[Finding]:
        return []


class Office:
    """An integration with absence, its source and its target."""

    def __init__(self, database: Database, integration: Integration) -> None:
        self.database, self.integration = database, integration
        self.source, self.target = BookSource(LeaveBook(window=YEAR)), ModelTarget()
        self.kill = Kill()
        self.runs = 0

    async def plan(self, **more: object) -> LeavePlanned:
        request = LeaveRequest(
            integration=self.integration, spec=SPEC, countries=("NO",), today=date(2026, 11, 10), **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return await plan_leave(self.database, self.source, self.target, request)

    async def run(self, **more: object) -> LeaveResult:
        planned = await self.plan(**more)
        self.runs += 1
        result = LeaveResult()
        applier = LeaveApplier(
            database=self.database, integration_id=self.integration.id, run_id=f"run{self.runs}", gate=_go, own=_go
        )
        await applier.apply(self.target, planned, result)
        await applier.close(planned)
        return result


async def _go() -> None:
    return


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([OLD]))
    await database.migrate()
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        integration = await integrations.create(s, database.vault, new_integration(scope={"kind": "everyone"}))
        now = datetime(2026, 11, 1, tzinfo=UTC)
        placed = [PersonState(source_id=f"e{at}", seen_at=now, target_id=f"p{at}") for at in (1, 2)]
        await people.upsert(s, integration.id, placed)
        await leave_settings.put(s, integration.id, LeaveSettings(enabled=True).to_json())
    yield Office(database, integration)
    await database.close()


async def test_a_run_is_found_again_by_the_next(office: Office) -> None:
    for at in (1, 2, 3):
        office.source.book.put(f"l{at}", MONDAY, FRIDAY, employee=f"e{at}")
    result = await office.run()
    planned = await office.plan()
    assert {found.employee_id for found in office.target.rows} == {"e1", "e2"}
    assert (planned.days.unchanged, list(planned.days.steps), planned.days.writes) == (10, [], 0)
    assert [(finding.code, finding.employee_id) for finding in planned.findings] == [("not_placed", "e3")]
    assert office.source.asked == {"l1", "l2"}
    summary = result.summary(planned)
    assert {each: dict(about.days) for each, about in summary.people.items() if about.days} == {
        "e1": {"created": 5}, "e2": {"created": 5},
    }  # fmt: skip
    async with office.database.reading() as s:
        stored = await leave_settings.get(s, office.integration.id)
    assert stored is not None
    assert (stored.extent, stored.last_rows) == (ExtentScale.PERCENT.value, 15)


async def test_a_rerun_of_some_says_nothing_of_others(office: Office) -> None:
    for at in (1, 2):
        office.source.book.put(f"l{at}", MONDAY, FRIDAY, employee=f"e{at}")
    await office.run()
    office.source.book.remove("l1")
    office.source.book.remove("l2")
    planned = await office.plan(only=frozenset({"e1"}))
    assert {(step.kind, step.key.employee_id) for step in planned.days.steps} == {(StepKind.DELETE, "e1")}
    assert planned.days.marks < (await office.plan()).days.marks


async def test_a_kill_anywhere_is_settled_by_the_next_run(office: Office) -> None:
    office.source.book.put("l1", MONDAY, date(2026, 11, 3))
    await office.run()
    office.source.book.put("l1", MONDAY, date(2026, 11, 3), type_id=VACATION)
    for calls in range(14):
        office.target.kill = Kill(calls)
        try:
            await office.run()
        except Killed:
            office.target.kill = Kill()
            continue
        break
    await office.run()
    assert office.target.hours().keys() == {key(MONDAY, "802"), key(date(2026, 11, 3), "802")}
    assert (await office.plan()).days.writes == 0


async def test_what_cannot_be_trusted_takes_nothing_back(office: Office) -> None:
    office.source.book.put("l1", MONDAY, FRIDAY)
    await office.run()
    async with office.database.session() as s:
        await leave_settings.record_read(s, office.integration.id, extent=ExtentScale.FRACTION.value, rows_read=5)
    planned = await office.plan()
    assert planned.stop is not None
    assert planned.stop.code == "extent_contradiction"
    assert list(planned.days.steps) == []


async def test_what_is_closed_by_hand_is_held(office: Office) -> None:
    settings = LeaveSettings(enabled=True, closed_through=date(2026, 11, 3), routes={SICK: LeaveRoute("803")})
    async with office.database.session() as s:
        await leave_settings.put(s, office.integration.id, settings.to_json())
    office.source.book.put("l1", MONDAY, FRIDAY)
    await office.run()
    assert {found.day.day: found.code for found in office.target.rows} == dict.fromkeys((4, 5, 6), "803")


async def test_without_the_old_key_what_was_delivered_is_known_still(office: Office, tmp_path: Path) -> None:
    office.source.book.put("l1", MONDAY, FRIDAY)
    await office.run()
    address = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    both = Database(address, Vault([NEW, OLD]))
    await rotation.rotate(both)
    await both.close()
    office.database = Database(address, Vault([NEW]))
    office.source.book.remove("l1")
    result = await office.run()
    assert not office.target.rows
    assert len(result.days) == 5
    assert await LedgerStore(office.database, office.integration.id).rename() == 0
    await office.database.close()


async def test_what_payroll_is_long_done_with_is_forgotten_and_nothing_else(office: Office) -> None:
    office.source.book.put("l1", MONDAY, FRIDAY)
    await office.run()
    policy = replace(Policy(), outcomes_kept=timedelta())
    retention = Retention(office.database, NoWork(), NoRuns(), lambda: datetime(2028, 1, 15, tzinfo=UTC), policy)  # type: ignore[arg-type]
    await retention.clean()
    ledger = LedgerStore(office.database, office.integration.id)
    assert len(await ledger.days(YEAR)) == 5
    settings = LeaveSettings(enabled=True, closed_through=date(2026, 11, 3))
    async with office.database.session() as s:
        await leave_settings.put(s, office.integration.id, settings.to_json())
    await retention.clean()
    assert sorted(entry.day.day for entry in await ledger.days(YEAR)) == [4, 5, 6]


class NoWork:
    async def forget(self, before: datetime) -> int:
        return 0


class NoRuns:
    async def expire_approvals(self) -> None:
        return
