"""Every request about absence is one that the published description allows, and none that a person has to make."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from bot.domain.leave import LeaveWindow
from bot.providers import tripletex
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from sandbox.standin import Exchange
from tests.contracts.contract import contract
from tests.providers.tripletex.leave_world import LeaveWorld

README = Path(tripletex.__file__ or "").with_name("README.md")
MONDAY = date(2026, 11, 2)
WINDOW = LeaveWindow(date(2026, 10, 1), date(2026, 12, 31))
ALLOWED = {
    ("GET", "/activity"),
    ("GET", "/company/{}"),
    ("GET", "/employee"),
    ("GET", "/employee/{}"),
    ("GET", "/employee/employment/leaveOfAbsence"),
    ("GET", "/employee/employment/leaveOfAbsence/{}"),
    ("GET", "/employee/entitlement"),
    ("GET", "/timesheet/companyHoliday"),
    ("GET", "/timesheet/entry"),
    ("GET", "/timesheet/entry/{}"),
    ("GET", "/timesheet/month/byMonthNumberList"),
    ("GET", "/timesheet/week"),
    ("GET", "/token/session/>whoAmI"),
    ("POST", "/token/session/:create"),
    ("POST", "/employee/employment/leaveOfAbsence"),
    ("PUT", "/employee/employment/leaveOfAbsence/{}"),
    ("POST", "/timesheet/entry"),
    ("PUT", "/timesheet/entry/{}"),
    ("DELETE", "/timesheet/entry/{}"),
}
"""All that is called; the README lists the same."""


async def _whole_life(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> list[Exchange]:
    people = [world.person("1001"), world.person("1003")]
    await leave_target.identify()
    await leave_target.leave_preflight()
    await leave_target.leave_codes()
    await leave_target.leave_choices("vacation_activity")
    await leave_target.closed_days(people, WINDOW)
    await leave_target.holidays(WINDOW)
    made = await leave_target.create_day(world.write(MONDAY))
    assert [page async for page in leave_target.read_days(people, WINDOW, ["801", "802"])]
    changed = await leave_target.update_day(replace(world.write(MONDAY), hours=Decimal("3.25")), made)
    await leave_target.read_day(people[0], world.write(MONDAY).key)
    await leave_target.delete_day(people[0], world.write(MONDAY).key, changed)
    period = await leave_target.create_period(world.period(MONDAY, date(2026, 12, 31), "37.5"))
    await leave_target.read_periods(people)
    period = await leave_target.update_period(world.period(MONDAY, date(2026, 11, 30), "37.5"), period)
    await leave_target.end_on_first_day(world.period(MONDAY, percent="37.5"), period)
    return list(world.system.requests)


async def test_the_description_knows_every_parameter_and_property(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    described = contract("tripletex")
    for asked in await _whole_life(world, leave_target):
        assert (asked.status or 500) < 400, (asked.method, asked.path)
        found = described.faults(asked.method, asked.path.removeprefix("/v2"), asked.query, asked.body)
        assert found == [], (asked.method, asked.path)


async def test_nothing_else_is_called(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    called = {
        (asked.method, "/".join("{}" if part.isdecimal() else part for part in asked.path[3:].split("/")))
        for asked in await _whole_life(world, leave_target)
    }
    assert called == ALLOWED
    assert world.system.forbidden_calls == []
    readme = README.read_text(encoding="utf-8")
    assert [path for _, path in ALLOWED if path.replace("{}", "{id}") not in readme] == []
