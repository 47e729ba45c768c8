"""Whole runs of absence into Spiris Lön, planned and carried out as in production, with answers that never come."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.leave import LeaveKind, LeavePerson
from bot.providers.errors import Unavailable
from bot.providers.spiris_lon.leave_settings import CODES
from bot.providers.spiris_lon.leave_target import SpirisLeaveTarget
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from sandbox.spiris_lon import SpirisLon
from sandbox.spiris_lon.company import SpirisCompany
from tests.providers.fortnox.test_leave_target import OverHttp
from tests.providers.spiris_lon.connections import leave_person, spiris_leave
from tests.providers.target_suite import UNCERTAIN
from tests.support.leave_office import SICK, VACATION, YEAR, Kill, Killed, LeaveBook, LeaveOffice, leave_type

MONDAY = date(2026, 11, 2)
WEEK = [MONDAY + timedelta(at) for at in range(5)]
TYPES = (leave_type(SICK, LeaveKind.SICK_LEAVE), leave_type(VACATION, LeaveKind.VACATION))
"""Both go by their kind."""


class OverSpiris(OverHttp):
    """The same for Spiris' codes."""

    async def refresh(self, people: Collection[LeavePerson]) -> None:
        codes = [code.value for code in CODES]
        self._read = [row async for page in self._target.read_days(list(people), YEAR, codes) for row in page]


class Office:
    """One sync after the other of one person, against the stand-in."""

    def __init__(self, company: SpirisCompany, target: SpirisLeaveTarget) -> None:
        self.company, self.http = company, OverSpiris(target)  # type: ignore[arg-type]
        self.inner = LeaveOffice(
            book=LeaveBook(types=TYPES),
            target=self.http,  # type: ignore[arg-type]
            people={"e1": replace(leave_person(company), employee_id="e1")},
            codes=CODES,
        )
        self.book = self.inner.book

    async def run(self) -> list[DayOutcome]:
        await self.http.refresh(list(self.inner.people.values()))
        return await self.inner.run()

    def kill_after(self, calls: int) -> None:
        self.http.kill = self.inner.ledger.kill = Kill(calls)

    def stands(self) -> list[tuple[str, str, float]]:
        rows = self.company.shortcuts.values()
        return sorted((row["StartDate"][:10], row["kind"], row["MinutesOfDay"] / 60) for row in rows)

    def wanted(self) -> list[tuple[str, str, float]]:
        return sorted((key.day.isoformat(), key.code, float(day.hours)) for key, day in self.inner.wanted.items())


async def test_a_week_arrives_is_corrected_and_rests(spiris: SpirisLon, sweden: SpirisCompany) -> None:
    async with spiris_leave(spiris) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[4], type_id=VACATION)
        assert [outcome.kind for outcome in await office.run()] == [DayOutcomeKind.CREATED] * 5
        office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
        office.book.put("l2", WEEK[2], WEEK[4], type_id=SICK)
        await office.run()
        assert office.stands() == office.wanted()
        assert {kind for _, kind, _ in office.stands()} == {"sickleave", "holiday"}
        before = len(spiris.requests.writes())
        assert await office.run() == []
        assert len(spiris.requests.writes()) == before


async def test_what_payroll_has_imported_is_held(spiris: SpirisLon, sweden: SpirisCompany) -> None:
    async with spiris_leave(spiris) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0])
        await office.run()
        (row,) = sweden.shortcuts.values()
        row["IsRead"] = True
        office.book.put("l1", WEEK[0], percent="50")
        (held,) = await office.run()
    assert held.kind is DayOutcomeKind.HELD
    assert row["MinutesOfDay"] == 450


@pytest.mark.parametrize("fault", UNCERTAIN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_whatever_becomes_of_an_answer_nothing_is_lost_or_doubled(
    spiris: SpirisLon, sweden: SpirisCompany, method: str, fault: str
) -> None:
    async with spiris_leave(spiris) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[1])
        if method != "POST":
            await office.run()
            office.book.put("l1", WEEK[0], percent="50" if method == "PUT" else "100")
        UNCERTAIN[fault](spiris.faults)(method=method, path="/shortcuts/", times=1)
        for _ in range(4):
            with contextlib.suppress(Unavailable):
                await office.run()
    assert office.stands() == office.wanted()


async def test_a_kill_between_any_two_calls_loses_and_doubles_nothing(spiris: SpirisLon, sweden: SpirisCompany) -> None:
    """Spiris itself would take a second shortcut of a day: whatever is made twice stands there twice."""
    async with spiris_leave(spiris) as leave:
        office = Office(sweden, leave)
        office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
        await office.run()
        held, delivered = deepcopy(sweden.shortcuts), deepcopy(office.inner.ledger)
        # A row is changed, one goes and another comes.
        office.book.put("l1", WEEK[0], type_id=VACATION, percent="50")
        office.book.put("l2", WEEK[1], type_id=SICK)
        calls, killed = 0, True
        while killed:
            sweden.shortcuts.clear()
            sweden.shortcuts.update(deepcopy(held))
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
