"""Whole runs of leaves of absence into 24SevenOffice, planned and carried out as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave import LeaveDay, LeaveKind, LeavePerson, LeaveStatus
from bot.domain.leave_ledger import LedgerState
from bot.providers.errors import Unavailable
from bot.providers.twentyfour_seven_office.leave_target import TwentyFourLeaveTarget
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.normal_days import NormalRules, normal_leave
from bot.sync.leave.period_applier import PeriodApplier, PeriodOutcome
from bot.sync.leave.period_planner import plan_periods
from bot.sync.leave.routes import routes_of
from bot.sync.leave.wanted_days import leave_runs
from sandbox.twentyfour_seven_office import TwentyfourSevenOffice
from sandbox.twentyfour_seven_office.company import OfficeCompany
from tests.providers.twentyfour_seven_office.test_leave_periods import leave_target_of
from tests.support.leave_office import CARE, KEYS, PARENTAL, LeaveBook, MemoryLedger, leave_type

MONDAY, WEDNESDAY, FRIDAY = (date(2026, 11, day) for day in (9, 11, 13))
PERSON = LeavePerson(employee_id="e1", number="1001", target_id="1001", name="Ingrid Solbakken")


class Payroll:
    """One sync after the other of one person, against the stand-in."""

    def __init__(self, company: OfficeCompany, target: TwentyFourLeaveTarget) -> None:
        self.company, self.target, self.ledger = company, target, MemoryLedger()
        types = (leave_type(PARENTAL, LeaveKind.PARENTAL_LEAVE, "10"), leave_type(CARE, LeaveKind.CHILDCARE, "02"))
        self.book = LeaveBook(types=types)

    async def run(self) -> list[PeriodOutcome]:
        people, snapshot = {"e1": PERSON}, self.book.snapshot()
        routes = routes_of(self.book.types, await self.target.leave_codes(), {})
        normal = normal_leave(snapshot, people, routes, NormalRules(first_day=date(2026, 1, 1)))
        runs, _ = leave_runs(normal, snapshot, people, routes)
        found = await self.target.read_periods([PERSON])
        steps, _ = plan_periods(
            runs, self.ledger.latest(), found, normal, snapshot, KEYS, frozenset(people), deletes=True
        )
        return await PeriodApplier(self.target, self.ledger, KEYS, "run").apply(PERSON, steps)

    async def end(self, key: str) -> None:
        """A person answers that one never was."""
        (entry,) = [entry for entry in self.ledger.latest() if entry.period == key]
        await self.ledger.append([replace(entry, state=LedgerState.TO_END, sequence=entry.sequence + 1)])

    def stands(self) -> list[tuple[str, str, str, str]]:
        rows = self.company.absences.rows.values()
        names = ("externalId", "startDate", "endDate", "percent")
        return [tuple(row[name] for name in names) for row in rows if row["approved"] != "2"]


@pytest.fixture
async def payroll(so: TwentyfourSevenOffice, norway: OfficeCompany) -> AsyncIterator[Payroll]:
    async with leave_target_of(so) as target:
        yield Payroll(norway, target)


def halved(row: LeaveDay) -> LeaveDay:
    return replace(row, extent=Decimal(50), hours=row.hours / 2)


def kinds(outcomes: list[PeriodOutcome]) -> list[DayOutcomeKind]:
    return [outcome.kind for outcome in outcomes]


async def test_66c_a_share_from_thursday_is_a_second_part_that_goes_once_it_is_decided(payroll: Payroll) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    payroll.book.rows["l"] = [halved(row) if row.day > WEDNESDAY else row for row in payroll.book.rows["l"]]
    assert kinds(await payroll.run()) == [DayOutcomeKind.CREATED] * 2
    assert payroll.stands() == [
        ("l", "2026-11-09", "2026-11-11", "100.00"),
        ("l:2", "2026-11-12", "2026-11-13", "50.00"),
    ]
    assert await payroll.run() == []
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    # Until somebody says so the second part stays, and the first is not drawn over it.
    assert kinds(await payroll.run()) == [DayOutcomeKind.FAILED, DayOutcomeKind.CONFLICT]
    assert payroll.stands()[0] == ("l", "2026-11-09", "2026-11-11", "100.00")
    await payroll.end("l:2")
    await payroll.run()
    await payroll.run()
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-13", "100.00")]
    assert await payroll.run() == []


async def test_39_a_day_that_is_cancelled_is_asked_about_rejected_and_forgotten(payroll: Payroll) -> None:
    payroll.book.put("l", MONDAY, MONDAY, type_id=PARENTAL)
    await payroll.run()
    payroll.book.status("l", LeaveStatus.CANCELLED)
    (asked,) = await payroll.run()
    assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert len(payroll.stands()) == 1
    await payroll.end("l")
    assert kinds(await payroll.run()) == [DayOutcomeKind.UPDATED]
    assert payroll.stands() == []
    assert await payroll.run() == []


async def test_55_an_answer_that_never_came_is_settled_by_what_stands_there(
    payroll: Payroll, so: TwentyfourSevenOffice
) -> None:
    payroll.book.put("l", MONDAY, FRIDAY, type_id=PARENTAL)
    so.faults.connection_cut(committed=True, method="POST", path="/absence/v2$", times=1)
    assert kinds(await payroll.run()) == [DayOutcomeKind.CREATED]
    assert await payroll.run() == []
    payroll.book.put("l", MONDAY, WEDNESDAY, type_id=PARENTAL)
    so.faults.connection_cut(method="POST", path="/absence/v2$", times=1)
    (failed,) = await payroll.run()
    assert isinstance(failed.error, Unavailable)
    assert kinds(await payroll.run()) == [DayOutcomeKind.UPDATED]
    assert payroll.stands() == [("l", "2026-11-09", "2026-11-11", "100.00")]


async def test_66e_a_sick_child_is_told_and_nothing_is_sent(payroll: Payroll, so: TwentyfourSevenOffice) -> None:
    routes = routes_of(payroll.book.types, await payroll.target.leave_codes(), {})
    assert routes.blocked == {CARE: "code_child_in_payroll"}
    payroll.book.put("l", MONDAY, MONDAY, type_id=CARE)
    assert await payroll.run() == []
    assert so.requests.writes() == []
