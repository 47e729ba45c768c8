"""Whole runs of leaves of absence into PowerOffice Go, planned and carried out as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave import LeaveDay, LeaveKind, LeavePerson, LeaveStatus
from bot.domain.leave_delivery import CloseReason
from bot.domain.leave_ledger import LedgerState
from bot.providers.errors import Rejected, Unavailable
from bot.providers.poweroffice_go.leave_target import PowerofficeGoLeaveTarget
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.normal_days import NormalRules, normal_leave
from bot.sync.leave.period_applier import PeriodApplier, PeriodOutcome
from bot.sync.leave.period_planner import plan_periods
from bot.sync.leave.routes import routes_of
from bot.sync.leave.wanted_days import leave_runs
from sandbox.poweroffice_go import PowerofficeGo
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.test_leave_periods import LEAVES, leave_target_of, period, person_in
from tests.support.leave_office import KEYS, PARENTAL, SICK, LeaveBook, MemoryLedger, leave_type

MONDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in (9, 11, 12, 13))


class Payroll:
    """One sync after the other of one person, against the stand-in."""

    def __init__(self, norway: GoClient, target: PowerofficeGoLeaveTarget) -> None:
        self.norway, self.target, self.ledger = norway, target, MemoryLedger()
        self.person: LeavePerson = replace(person_in(norway), employee_id="e1", name="Ingrid Solbakken")
        types = (leave_type(PARENTAL, LeaveKind.PARENTAL_LEAVE, "Maternity"), leave_type(SICK, LeaveKind.SICK_LEAVE))
        self.book = LeaveBook(types=types)

    async def run(self) -> list[PeriodOutcome]:
        people, snapshot = {"e1": self.person}, self.book.snapshot()
        routes = routes_of(self.book.types, await self.target.leave_codes(), {})
        normal = normal_leave(snapshot, people, routes, NormalRules(first_day=date(2026, 1, 1)))
        runs, _ = leave_runs(normal, snapshot, people, routes)
        found = await self.target.read_periods([self.person])
        steps, _ = plan_periods(runs, self.ledger.latest(), found, normal, snapshot, KEYS, frozenset(people))
        return await PeriodApplier(self.target, self.ledger, KEYS, "run").apply(self.person, steps)

    async def end(self, key: str) -> None:
        """A person answers that one never was."""
        (entry,) = [entry for entry in self.ledger.latest() if entry.period == key]
        await self.ledger.append([replace(entry, state=LedgerState.TO_END, sequence=entry.sequence + 1)])

    def stands(self) -> list[tuple[str, str, str, float]]:
        names = ("ReportingId", "StartDate", "EndDate", "LeavePercentage")
        return [tuple(row[name] for name in names) for row in self.norway.leaves.rows.values()]


@pytest.fixture
async def payroll(go: PowerofficeGo, norway: GoClient) -> AsyncIterator[Payroll]:
    async with leave_target_of(go) as target:
        yield Payroll(norway, target)


def halved(row: LeaveDay) -> LeaveDay:
    return replace(row, extent=Decimal(50), hours=row.hours / 2)


def kinds(outcomes: list[PeriodOutcome]) -> list[DayOutcomeKind]:
    return [outcome.kind for outcome in outcomes]


async def test_38_a_share_from_thursday_is_an_end_and_a_second_leave(payroll: Payroll, go: PowerofficeGo) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    assert kinds(await payroll.run()) == [DayOutcomeKind.CREATED]
    assert await payroll.run() == []
    payroll.book.rows["l"] = [halved(row) if row.day > WEDNESDAY else row for row in payroll.book.rows["l"]]
    assert kinds(await payroll.run()) == [DayOutcomeKind.UPDATED, DayOutcomeKind.CREATED]
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-11", 100), ("l:2", "2026-11-12", "2026-11-13", 50)]
    go.requests.clear()
    assert await payroll.run() == []
    assert go.requests.writes() == []
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    # Until somebody says so the second part stays, and the first is not drawn over it.
    assert kinds(await payroll.run()) == [DayOutcomeKind.FAILED, DayOutcomeKind.CONFLICT]
    assert payroll.stands()[0] == ("l", "2026-11-09", "2026-11-11", 100)


async def test_39_one_that_is_cancelled_is_asked_about_and_ends_once_somebody_says_so(payroll: Payroll) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    await payroll.run()
    payroll.book.status("l", LeaveStatus.CANCELLED)
    for _ in range(2):
        (asked,) = await payroll.run()
        assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-13", 100)]
    await payroll.end("l")
    assert kinds(await payroll.run()) == [DayOutcomeKind.UPDATED]
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-09", 100)]
    assert await payroll.run() == []


async def test_39_one_of_a_day_is_asked_about_too_though_it_ends_on_its_first_day(payroll: Payroll) -> None:
    payroll.book.put("l", MONDAY, MONDAY, type_id=PARENTAL)
    await payroll.run()
    payroll.book.status("l", LeaveStatus.CANCELLED)
    for _ in range(2):
        (asked,) = await payroll.run()
        assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    await payroll.end("l")
    await payroll.run()
    assert await payroll.run() == []
    assert len(payroll.stands()) == 1


async def test_what_is_ended_and_reported_is_held_and_told(payroll: Payroll, go: PowerofficeGo) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    await payroll.run()
    payroll.norway.leaves.rows[next(iter(payroll.norway.leaves.rows))]["EndedAndReported"] = True
    payroll.book.put("l", MONDAY, WEDNESDAY, type_id=PARENTAL)
    go.requests.clear()
    for _ in range(2):
        (held,) = await payroll.run()
        assert (held.kind, held.reason) == (DayOutcomeKind.HELD, CloseReason.PERIOD)
        assert held.error is not None
    assert go.requests.writes() == []
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    assert await payroll.run() == []


async def test_52_53_what_payroll_has_changed_or_removed_is_asked_about(payroll: Payroll, go: PowerofficeGo) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    await payroll.run()
    (row,) = payroll.norway.leaves.rows.values()
    row["EndDate"] = "2026-11-12"
    go.requests.clear()
    (asked,) = await payroll.run()
    assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.EDITED)
    payroll.norway.leaves.rows.clear()
    (asked,) = await payroll.run()
    assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.REMOVED)
    assert go.requests.writes() == []


async def test_who_was_removed_in_payroll_stops_nobody_else(payroll: Payroll, go: PowerofficeGo) -> None:
    gone = replace(person_in(payroll.norway, "1002"), employee_id="e2")
    del payroll.norway.rows["employees"][int(gone.target_id or 0)]
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    await payroll.run()
    assert [found.employee_id for found in await payroll.target.read_periods([gone, payroll.person])] == ["e1"]
    with pytest.raises(Rejected):
        await payroll.target.create_period(period(gone))
    assert len(go.requests.writes()) == 1


async def test_55_an_answer_that_never_came_is_settled_by_what_stands_there(
    payroll: Payroll, go: PowerofficeGo
) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    go.faults.connection_cut(committed=True, method="POST", path=f"{LEAVES}$", times=1)
    assert kinds(await payroll.run()) == [DayOutcomeKind.CREATED]
    assert await payroll.run() == []
    payroll.book.put("l", MONDAY, WEDNESDAY, type_id=PARENTAL)
    go.faults.connection_cut(method="PATCH", path=f"{LEAVES}/", times=1)
    (failed,) = await payroll.run()
    assert isinstance(failed.error, Unavailable)
    assert kinds(await payroll.run()) == [DayOutcomeKind.UPDATED]
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-11", 100)]


async def test_sickness_has_no_code_there_and_nothing_is_sent(payroll: Payroll, go: PowerofficeGo) -> None:
    assert SICK in routes_of(payroll.book.types, await payroll.target.leave_codes(), {}).unmapped
    payroll.book.put("l", MONDAY, THURSDAY, type_id=SICK)
    assert await payroll.run() == []
    assert go.requests.writes() == []
