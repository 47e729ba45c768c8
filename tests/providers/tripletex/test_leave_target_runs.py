"""Whole runs of absence into Tripletex, planned and carried out as in production, cut off anywhere."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from bot.core.rights_learnt import learning_rights
from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import ClosedDays, CloseReason, DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import ErrorScope, NotPermitted, Unavailable
from bot.providers.kit.one_person import about_one_person
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from tests.providers.target_suite import UNCERTAIN
from tests.providers.tripletex.leave_world import LeaveWorld
from tests.support.leave_office import SICK, VACATION, YEAR, Kill, Killed, LeaveOffice
from tests.support.provider_connections import tripletex_leave

MONDAY = date(2026, 11, 2)
WEEK = [MONDAY + timedelta(at) for at in range(5)]
OCTOBER = date(2026, 10, 29)
Answered = TypeVar("Answered")
CODES = ("801", "802")


class OverHttp:
    """The target as the office knows it: what was read is kept, and every call can be the last one."""

    def __init__(self, leave_target: TripletexLeaveTarget) -> None:
        self._target = leave_target
        self._read: list[TargetDay] = []
        self.kill = Kill()
        self.before_writes: Callable[[], None] | None = None

    async def refresh(self, people: Collection[LeavePerson]) -> None:
        pages = self._target.read_days(list(people), YEAR, CODES)
        self._read = [row async for page in pages for row in page]

    def shown(self) -> list[TargetDay]:
        return self._read

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        return await self._target.closed_days(people, window)

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        if self.before_writes is not None:
            self.before_writes()
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

    def __init__(self, world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
        self.world, self.http = world, OverHttp(leave_target)
        self.inner = LeaveOffice(
            target=self.http,  # type: ignore[arg-type]
            people={"e1": replace(world.person(), employee_id="e1")},
        )
        self.book = self.inner.book

    async def run(self, *, closed: bool = True) -> list[DayOutcome]:
        people = list(self.inner.people.values())
        await self.http.refresh(people)
        if closed:
            self.inner.closed = await self.http.closed_days(people, LeaveWindow(OCTOBER, WEEK[-1]))
        return await self.inner.run()

    def kill_after(self, calls: int) -> None:
        self.http.kill = self.inner.ledger.kill = Kill(calls)

    def stands(self) -> dict[tuple[str, str], float]:
        return self.world.officer.hours("1001")

    def wanted_keys(self) -> list[DayKey]:
        return list(self.inner.wanted)

    def wanted(self) -> dict[tuple[str, str], float]:
        return {(key.day.isoformat(), key.code): float(day.hours) for key, day in self.inner.wanted.items()}


@pytest.fixture
async def office(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> Office:
    return Office(world, leave_target)


def kinds(outcomes: Sequence[DayOutcome]) -> list[DayOutcomeKind]:
    return [outcome.kind for outcome in outcomes]


async def test_16_a_week_arrives_is_corrected_and_rests(office: Office) -> None:
    office.book.put("l1", WEEK[0], WEEK[4], type_id=VACATION)
    assert kinds(await office.run()) == [DayOutcomeKind.CREATED] * 5
    office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
    office.book.put("l2", WEEK[2], WEEK[4], type_id=SICK)
    assert kinds(await office.run()) == [DayOutcomeKind.DELETED] * 3 + [DayOutcomeKind.CREATED] * 3
    assert office.stands() == office.wanted()
    assert {code for _, code in office.stands()} == {"801", "802"}
    before = office.world.writes()
    assert await office.run() == []
    assert office.world.writes() == before


async def test_25_28_what_is_approved_waits_until_it_is_opened(office: Office) -> None:
    office.world.officer.approve_month("1001", "2026-10")
    office.book.put("l1", OCTOBER, WEEK[1])
    outcomes = await office.run()
    assert [outcome.reason for outcome in outcomes if outcome.kind is DayOutcomeKind.HELD] == [CloseReason.MONTH] * 2
    assert set(office.stands()) == {("2026-11-02", "801"), ("2026-11-03", "801")}
    office.world.officer.reopen_month("1001", "2026-10")
    await office.run()
    assert office.stands() == office.wanted()
    assert office.world.system.forbidden_calls == []


@pytest.mark.parametrize("how", ["month", "week"])
async def test_26_what_is_approved_between_plan_and_sending_is_held_and_told(office: Office, how: str) -> None:
    """A new day, an update and a delete, each on a day that was open when it was planned."""
    officer, before = office.world.officer, WEEK[0]
    office.book.put("l1", WEEK[0])
    office.book.put("l2", WEEK[1])
    await office.run()
    stood = office.stands()
    office.book.put("l1", before, percent="50")
    office.book.remove("l2")
    office.book.put("l3", WEEK[2])

    def close() -> None:
        if how == "month":
            officer.approve_month("1001", "2026-11")
        else:
            officer.approve_week("1001", *WEEK[0].isocalendar()[:2])

    office.http.before_writes = close
    outcomes = await office.run()
    assert kinds(outcomes) == [DayOutcomeKind.HELD] * 3
    assert {outcome.reason for outcome in outcomes} <= set(CloseReason)
    assert office.stands() == stood
    assert office.world.system.forbidden_calls == []
    # The next plan says the same, and nothing has been begun.
    office.http.before_writes = None
    assert kinds(await office.run()) == [DayOutcomeKind.HELD] * 3
    if how == "month":
        officer.reopen_month("1001", "2026-11")
    else:
        officer.reopen_week("1001", *WEEK[0].isocalendar()[:2])
    await office.run()
    assert office.stands() == office.wanted()


async def test_28_30_a_late_correction_waits_and_is_forgotten_with_its_cause(office: Office) -> None:
    office.book.put("l1", OCTOBER)
    await office.run()
    office.world.officer.approve_week("1001", 2026, 44)
    office.book.put("l1", OCTOBER, percent="50")
    (held,) = await office.run()
    assert (held.kind, held.reason) == (DayOutcomeKind.HELD, CloseReason.ROW)
    office.book.put("l1", OCTOBER)
    assert await office.run() == []
    office.book.put("l1", OCTOBER, percent="50")
    office.world.officer.reopen_week("1001", 2026, 44)
    assert kinds(await office.run()) == [DayOutcomeKind.UPDATED]
    assert office.stands() == {("2026-10-29", "801"): 3.75}


async def test_52_53_what_payroll_does_is_put_before_a_person(office: Office) -> None:
    office.book.put("l1", WEEK[0], WEEK[1])
    await office.run()
    first, second = office.world.officer.entries("1001")
    office.world.officer.edit(first["id"], 5)
    office.world.officer.remove(second["id"])
    outcomes = await office.run()
    assert {outcome.step.key.day: outcome.reason for outcome in outcomes} == {
        WEEK[0]: ConflictKind.EDITED, WEEK[1]: ConflictKind.REMOVED,
    }  # fmt: skip
    office.book.remove("l1")
    (conflict, *_) = [outcome for outcome in await office.run() if outcome.kind is DayOutcomeKind.CONFLICT]
    assert conflict.reason == ConflictKind.EDITED
    assert office.stands() == {("2026-11-02", "801"): 5}


async def test_54_what_was_typed_before_is_adopted_or_asked_about(office: Office) -> None:
    office.world.officer.type_hours("1001", WEEK[0], "801", 7.5)
    office.world.officer.type_hours("1001", WEEK[1], "801", 7.0)
    office.book.put("l1", WEEK[0], WEEK[1])
    outcomes = await office.run()
    assert {outcome.step.key.day: outcome.kind for outcome in outcomes} == {
        WEEK[0]: DayOutcomeKind.NOTED, WEEK[1]: DayOutcomeKind.CONFLICT,
    }  # fmt: skip
    assert office.world.writes() == []


async def test_hours_that_are_refused_of_one_person_are_theirs_and_of_the_next_one_too_everybodys(
    office: Office,
) -> None:
    office.book.put("l1", WEEK[0], WEEK[1])
    no = {"status": 403, "code": 9000, "message": "You do not have permission to access this feature."}
    fault = office.world.system.faults.status(403, no, method="POST", path="/timesheet/entry", times=None)
    with learning_rights():
        refused = await office.run()
        assert kinds(refused) == [DayOutcomeKind.FAILED] * 2
        assert {str(one.error.text.key) for one in refused if one.error} == {"provider.person_refused"}
        (person,) = office.inner.people.values()
        (key, *_) = office.wanted_keys()
        write = DayWrite(person=replace(person, employee_id="e2"), key=key, hours=Decimal(3), marker="a", reference="b")
        with pytest.raises(NotPermitted) as everybodys, about_one_person("day create", "e2"):
            await office.http.create_day(write)
        assert everybodys.value.scope is ErrorScope.RUN
    fault.times = 0
    assert kinds(await office.run()) == [DayOutcomeKind.CREATED] * 2


@pytest.mark.parametrize("fault", UNCERTAIN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_55_56_whatever_becomes_of_an_answer_nothing_is_lost_or_doubled(
    world: LeaveWorld, method: str, fault: str
) -> None:
    async with tripletex_leave(world.system) as hasty:
        await _settled_in_the_end(Office(world, hasty), method, fault)


async def _settled_in_the_end(office: Office, method: str, fault: str) -> None:
    office.book.put("l1", WEEK[0], WEEK[1])
    if method != "POST":
        await office.run()
        office.book.put("l1", WEEK[0], percent="50")
    UNCERTAIN[fault](office.world.system.faults)(method=method, path="/timesheet/entry", times=1)
    for _ in range(4):
        with contextlib.suppress(Unavailable):
            await office.run()
    assert office.stands() == office.wanted()
    assert office.world.officer.is_unique()


async def test_a_kill_between_any_two_calls_loses_and_doubles_nothing(office: Office) -> None:
    office.book.put("l1", WEEK[0], WEEK[1], type_id=VACATION)
    await office.run(closed=False)
    held = json.loads(json.dumps(office.world.books.snapshot()))
    delivered = copy.deepcopy(office.inner.ledger)
    office.book.put("l1", WEEK[0], type_id=VACATION, percent="50")
    office.book.put("l2", WEEK[1], type_id=SICK)
    calls, killed = 0, True
    while killed:
        office.world.books.restore(json.loads(json.dumps(held)))
        office.inner.ledger = copy.deepcopy(delivered)
        office.kill_after(calls)
        killed = False
        try:
            await office.run(closed=False)
        except Killed:
            killed = True
        office.kill_after(1_000_000)
        await office.run(closed=False)
        assert office.stands() == {("2026-11-02", "802"): 3.75, ("2026-11-03", "801"): 7.5}, calls
        assert office.world.officer.is_unique()
        assert await office.run(closed=False) == [], calls
        calls += 1
    assert calls > 18  # three writes, each read before and noted twice


async def test_a_limit_that_is_met_only_takes_time(office: Office) -> None:
    office.book.put("l1", WEEK[0], WEEK[2])
    fault = office.world.system.faults.rate_limited(reset=0, path="/timesheet/entry$", times=3)
    await office.run()
    assert fault.hits == 3
    assert office.stands() == office.wanted()
    assert {row.hours for row in office.http.shown()} <= {Decimal("7.5")}
