"""Whole runs of absence into Fortnox, planned and carried out as in production, with answers that never come."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Coroutine, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest

from bot.domain.leave import LeaveKind, LeavePerson
from bot.domain.leave_delivery import DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import Unavailable
from bot.providers.fortnox.leave_settings import CODES
from bot.providers.fortnox.leave_target import FortnoxLeaveTarget
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from sandbox.fortnox import Fortnox
from sandbox.fortnox.company import FortnoxCompany
from tests.providers.fortnox.connections import fortnox_leave
from tests.providers.target_suite import UNCERTAIN
from tests.support.leave_office import SICK, VACATION, YEAR, Kill, Killed, LeaveBook, LeaveOffice, leave_type

MONDAY = date(2026, 11, 2)
WEEK = [MONDAY + timedelta(at) for at in range(5)]
Answered = TypeVar("Answered")
TYPES = (leave_type(SICK, LeaveKind.SICK_LEAVE), leave_type(VACATION, LeaveKind.VACATION, "SEM"))
"""One goes by its kind, the other by its code."""


class OverHttp:
    """The target as the office knows it: what was read is kept, and every call can be the last one."""

    def __init__(self, target: FortnoxLeaveTarget) -> None:
        self._target = target
        self._read: list[TargetDay] = []
        self.kill = Kill()

    async def refresh(self, people: Collection[LeavePerson]) -> None:
        codes = [code.value for code in CODES]
        self._read = [row async for page in self._target.read_days(list(people), YEAR, codes) for row in page]

    def shown(self) -> list[TargetDay]:
        return self._read

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        return await self._counted(self._target.read_day(person, key))

    async def create_day(self, write: DayWrite) -> RowReference:
        return await self._counted(self._target.create_day(write))

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        return await self._counted(self._target.update_day(write, row))

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        await self._counted(self._target.delete_day(person, key, row))

    async def _counted(self, call: Coroutine[Any, Any, Answered]) -> Answered:
        try:
            self.kill.step()
        except Killed:
            call.close()
            raise
        answer = await call
        self.kill.step()
        return answer


class Office:
    """One sync after the other of one person, against the stand-in."""

    def __init__(self, company: FortnoxCompany, target: FortnoxLeaveTarget) -> None:
        self.company, self.http = company, OverHttp(target)
        self.inner = LeaveOffice(
            book=LeaveBook(types=TYPES),
            target=self.http,  # type: ignore[arg-type]
            people={"e1": LeavePerson(employee_id="e1", number="2001", target_id="2001", name="Elin Sjögren")},
            codes=CODES,
        )
        self.book = self.inner.book

    async def run(self) -> list[DayOutcome]:
        await self.http.refresh(list(self.inner.people.values()))
        return await self.inner.run()

    def kill_after(self, calls: int) -> None:
        self.http.kill = self.inner.ledger.kill = Kill(calls)

    def stands(self) -> list[tuple[str, str, float]]:
        return sorted((row["Date"], row["CauseCode"], float(row["Hours"])) for row in self.company.absences.values())

    def wanted(self) -> list[tuple[str, str, float]]:
        return sorted((key.day.isoformat(), key.code, float(day.hours)) for key, day in self.inner.wanted.items())


def kinds(outcomes: Sequence[DayOutcome]) -> list[DayOutcomeKind]:
    return [outcome.kind for outcome in outcomes]


async def test_16_a_week_arrives_is_corrected_and_rests(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[4], type_id=VACATION)
        assert kinds(await office.run()) == [DayOutcomeKind.CREATED] * 5
        office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
        office.book.put("l2", WEEK[2], WEEK[4], type_id=SICK)
        assert kinds(await office.run()) == [DayOutcomeKind.DELETED] * 3 + [DayOutcomeKind.CREATED] * 3
        assert office.stands() == office.wanted()
        assert {code for _, code, _ in office.stands()} == {"SJK", "SEM"}
        before = len(fortnox.requests.writes())
        assert await office.run() == []
        assert len(fortnox.requests.writes()) == before


async def test_66_what_was_typed_before_is_adopted_or_asked_about(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    for at, amounts in enumerate(((7.5,), (7.0,), (7.5, 7.5))):
        for copy, amount in enumerate(amounts):
            row = {"EmployeeId": "2001", "CauseCode": "SJK", "Date": WEEK[at].isoformat(), "Hours": amount}
            sweden.absences[f"{at}{copy}"] = {"id": f"{at}{copy}", **row}
    before = dict(sweden.absences)
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[2])
        outcomes = await office.run()
    assert sorted((outcome.step.key.day, outcome.kind) for outcome in outcomes) == [
        (WEEK[0], DayOutcomeKind.NOTED), (WEEK[1], DayOutcomeKind.CONFLICT), (WEEK[2], DayOutcomeKind.CONFLICT),
    ]  # fmt: skip
    assert fortnox.requests.writes() == []
    assert sweden.absences == before


async def test_52_53_what_payroll_does_is_put_before_a_person(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[1])
        await office.run()
        first, second = sorted(sweden.absences, key=lambda one: str(sweden.absences[one]["Date"]))
        sweden.absences[first]["Hours"] = 5
        del sweden.absences[second]
        outcomes = await office.run()
    assert {outcome.step.key.day: outcome.reason for outcome in outcomes} == {
        WEEK[0]: ConflictKind.EDITED, WEEK[1]: ConflictKind.REMOVED,
    }  # fmt: skip
    assert office.stands() == [("2026-11-02", "SJK", 5)]


async def test_29_a_day_that_is_refused_as_paid_waits(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    october = date(2026, 10, 29)
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        sweden.switches.closed_through = date(2026, 10, 31)
        office.book.put("l1", october)
        (held,) = await office.run()
        assert held.kind is DayOutcomeKind.HELD
        assert office.stands() == []
        sweden.switches.closed_through = None
        await office.run()
        assert office.stands() == office.wanted()


@pytest.mark.parametrize("fault", UNCERTAIN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_55_56_whatever_becomes_of_an_answer_nothing_is_lost_or_doubled(
    fortnox: Fortnox, sweden: FortnoxCompany, method: str, fault: str
) -> None:
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[1])
        if method != "POST":
            await office.run()
            if method == "PUT":
                office.book.put("l1", WEEK[0], percent="50")
            else:
                office.book.put("l1", WEEK[0])
        UNCERTAIN[fault](fortnox.faults)(method=method, path="/absencetransactions", times=1)
        for _ in range(4):
            with contextlib.suppress(Unavailable):
                await office.run()
    assert office.stands() == office.wanted()


async def test_a_kill_between_any_two_calls_loses_and_doubles_nothing(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    """Fortnox itself would take a second row under a key: whatever is made twice stands there twice."""
    async with fortnox_leave(fortnox) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
        await office.run()
        held, delivered = deepcopy(sweden.absences), deepcopy(office.inner.ledger)
        # A row is changed, one goes and another comes.
        office.book.put("l1", WEEK[0], type_id=VACATION, percent="50")
        office.book.put("l2", WEEK[1], type_id=SICK)
        calls, killed = 0, True
        while killed:
            sweden.absences.clear()
            sweden.absences.update(deepcopy(held))
            office.inner.ledger = deepcopy(delivered)
            office.kill_after(calls)
            killed = False
            try:
                await office.run()
            except Killed:
                killed = True
            office.kill_after(1_000_000)
            await office.run()
            assert office.stands() == office.wanted(), calls
            assert await office.run() == [], calls
            calls += 1
        assert calls > 18  # three writes, each read before and noted twice
