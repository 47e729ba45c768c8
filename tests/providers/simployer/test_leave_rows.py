"""Days, hours, types and children as Simployer gives them. Numbers of cases are those of the facts about absence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave import Leave, LeaveDay, LeaveKind, LeaveStatus, LeaveWindow, ParentKind
from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.provider_connections import simployer_source
from tests.support.simployer_leave import FRIDAY, MONDAY, codes, days, read, shown


async def test_a_sick_day_in_full(simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Case 1."""
    leave = desk.request("1001", "Sick leave", MONDAY, status="APPROVED", grade=100)
    snapshot = await read(source)
    employee, sick = simployer.admin.employee("1001")["id"], desk.type("Sick leave")["id"]
    assert list(snapshot.days) == [
        LeaveDay(
            employee_id=employee, day=date(2026, 11, 2), parent_id=leave["id"], parent=ParentKind.LEAVE, type_id=sick,
            status=LeaveStatus.APPROVED, hours=Decimal("7.5"), extent=Decimal(100),
        )
    ]  # fmt: skip
    assert snapshot.leaves == {
        leave["id"]: Leave(
            id=leave["id"], employee_id=employee, type_id=sick, status=LeaveStatus.APPROVED, grade=Decimal(100),
            first_day=date(2026, 11, 2), last_day=date(2026, 11, 2),
        )
    }  # fmt: skip
    assert (snapshot.types[sick].codes, snapshot.types[sick].kind) == (("SYK",), LeaveKind.SICK_LEAVE)
    assert (snapshot.complete, snapshot.findings, snapshot.gone, snapshot.rows_read) == (True, (), frozenset(), 1)
    schedule = snapshot.schedules.on(date(2026, 11, 2), employee)
    assert schedule is not None
    assert (schedule.zone, schedule.hours(date(2026, 11, 2))) == ("Europe/Oslo", Decimal("7.5"))
    assert len(schedule.shifts_of(date(2026, 11, 2))) == 2


async def test_the_sources_rows_are_what_counts_on_holidays(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    """Cases 2, 3 and 4: the source knows no holidays, and nobody else makes up rows or takes them away."""
    window = LeaveWindow(date(2026, 1, 1), date(2026, 1, 31))
    desk.request("2001", "Sick leave", "2026-01-05", "2026-01-07", grade=50, status="APPROVED")
    assert len((await read(source, window)).days) == 3
    simployer.store.habits.holidays.add(date(2026, 1, 6))
    desk.recompute("2001")
    assert shown(await read(source, window)) == [(date(2026, 1, 5), "4"), (date(2026, 1, 7), "4")]


@pytest.mark.parametrize(("grade", "hours"), [(37.5, "2.8125"), (33.33, "2.49975"), (50, "3.75")])
async def test_hours_are_those_of_the_text_and_not_rounded(
    desk: LeaveAdministrator, source: SimployerSource, grade: float, hours: str
) -> None:
    """Cases 6 and 7: never by way of a float, and rounded only when delivered."""
    desk.request("1001", "Sick leave", MONDAY, FRIDAY, grade=grade, status="APPROVED")
    snapshot = await read(source)
    assert {str(day.hours) for day in snapshot.days} == {hours}
    assert len({id(day.hours) for day in snapshot.days}) == 1
    assert next(iter(snapshot.leaves.values())).grade == Decimal(str(grade))


async def test_part_time_is_in_the_hours_already(desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Cases 8, 9 and 10."""
    desk.work_week("1002", "2020-01-01", shifts=[("08:00", "14:00")])
    desk.work_week("1003", "2020-01-01", days=4)
    desk.request("1002", "Vacation", MONDAY, status="APPROVED")
    desk.request("1002", "Sick leave", "2026-11-03", grade=50, status="APPROVED")
    desk.request("1003", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    snapshot = await read(source)
    assert [hours for _, hours in shown(snapshot)] == ["6", "7.5", "3", "7.5", "7.5", "7.5"]
    assert date(2026, 11, 6) not in {day.day for day in snapshot.days}


async def test_part_of_a_day_is_as_long_as_it_was(desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Cases 11, 12, 13 and 45."""
    desk.request("1001", "Vacation", "2026-11-02", half="morning", status="APPROVED")
    desk.request("1001", "Off duty", "2026-11-03", hours=("13:00", "14:20"), status="APPROVED")
    desk.request("1001", "Sick leave", "2026-11-04", hours=("08:00", "10:00"), status="APPROVED")
    desk.request("1001", "Sick leave", "2026-11-04", hours=("13:00", "14:30"), status="APPROVED")
    desk.work_week("1002", "2020-01-01", shifts=[("22:00", "06:00")])
    desk.request("1002", "Sick leave", FRIDAY, status="APPROVED")
    snapshot = await read(source)
    assert shown(snapshot) == list(zip(days(2, 3, 4, 4, 6), ["4", "1.333333", "1.5", "2", "8"], strict=True))
    assert len({day.parent_id for day in snapshot.days if day.day == date(2026, 11, 4)}) == 2


@pytest.mark.parametrize("end", ["far", "null"])
async def test_leave_until_further_notice_has_days_to_the_windows_end(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, end: Any
) -> None:
    """Cases 40 and 41: one without an end is in no filter, and is asked for by its id."""
    simployer.store.habits.open_end = end
    leave = desk.request("1001", "Sick leave", "2026-10-12", "open", status="CONFIRMED")
    snapshot = await read(source)
    assert [day for day, _ in shown(snapshot)] == [day for day in days(*range(1, 31)) if day.weekday() < 5]
    assert snapshot.leaves[leave["id"]].is_open
    assert codes(snapshot) == ({"end_missing"} if end == "null" else set())


@pytest.mark.parametrize("instants", ["utc_midnight", "local_midnight"])
@pytest.mark.parametrize("ends", ["midnight", "last_moment", "next_midnight"])
@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26"), ("2026-12-31", "2027-01-01"), ("2026-07-02",) * 2],
)
async def test_a_day_is_the_one_where_the_employee_works(
    simployer: Simployer, source: SimployerSource, instants: Any, ends: Any, first: str, last: str
) -> None:
    """Cases 42, 43 and 44: at the edges of the window, where the clocks change, and at the turn of the year."""
    simployer.store.habits.instants, simployer.store.habits.ends = instants, ends
    simployer.admin.leave.work_week("1001", "2021-01-01", days=7)
    leave = simployer.admin.leave.request("1001", "Sick leave", first, last, status="APPROVED")
    window = LeaveWindow(date.fromisoformat(first), date.fromisoformat(last))
    snapshot = await read(source, window)
    assert [day for day, _ in shown(snapshot)] == sorted({window.first, window.last})
    found = snapshot.leaves[leave["id"]]
    assert found.first_day == window.first
    assert found.last_day is not None
    assert (found.last_day - window.last).days == (1 if ends == "next_midnight" else 0)
    assert codes(snapshot) == set()
    # The neighbours' rows are in the filter, which is a day wider, and not in the window.
    assert (await read(source, LeaveWindow(date(2026, 2, 1), date(2026, 2, 2)))).days == []


async def test_the_zone_is_the_work_weeks_then_the_countrys_and_never_the_servers(
    simployer: Simployer, desk: LeaveAdministrator
) -> None:
    simployer.store.habits.instants = "local_midnight"
    desk.work_week("1001", "2021-01-01", zone="Europe/Helsinki")
    desk.request("1001", "Sick leave", MONDAY, status="APPROVED")
    desk.request("2001", "Sick leave", "2026-11-03", status="APPROVED")
    for row in simployer.store.rows["work-week"].values():
        if "officeId" in row:
            simployer.store.oddities[row["id"]] = {"timezone": "Atlantis/Nowhere"}
    async with simployer_source(simployer, timezone="America/New_York") as source:
        snapshot = await read(source)
    assert [day for day, _ in shown(snapshot)] == days(2, 3)
    assert codes(snapshot) == {"week_unreadable"}


async def test_another_time_than_midnight_is_its_local_day_and_told_once(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    simployer.store.habits.instants = "local_noon"
    desk.request("1001", "Sick leave", MONDAY, FRIDAY, status="APPROVED")
    snapshot = await read(source)
    assert [day for day, _ in shown(snapshot)] == days(2, 3, 4, 5, 6)
    assert [(finding.code, finding.values) for finding in snapshot.findings] == [("odd_times", {"n": 5})]


async def test_hours_that_cannot_be_are_handed_on_as_they_are(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource
) -> None:
    """Cases 46 and 47: what becomes of them is decided where it is told."""
    leave = desk.request("1001", "Sick leave", MONDAY, "2026-11-04", status="APPROVED")
    for row, hours in zip(desk.rows(leave["id"]), (38, 0, -2), strict=True):
        simployer.store.oddities[row["id"]] = {"hours": hours}
    assert [hours for _, hours in shown(await read(source))] == ["38", "0", "-2"]


async def test_codes_are_what_was_typed(desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Cases 48, 50 and 51: only blanks around a code go, two types may have one code, and one may have none."""
    desk.add_type("First", "SICK_LEAVE", " 0801 ")
    desk.add_type("Second", "SICK_LEAVE", "0801", "801")
    desk.add_type("Third", "WITHOUT_NAME", "syk", disabled=True, archived=True)
    desk.set_code("Vacation", None)
    types = {leave_type.name: leave_type for leave_type in await source.leave_types()}
    assert (types["First"].codes, types["Second"].codes, types["Third"].codes) == (("0801",), ("0801", "801"), ("syk",))
    assert (types["Third"].kind, types["Third"].disabled, types["Third"].archived) == (LeaveKind.OTHER, True, True)
    assert types["Vacation"].codes == types["Off duty"].codes == ()
    assert list(types) == sorted(types, key=str.casefold)
    assert types["Study leave"].archived


async def test_absence_of_a_timesheet_is_told_by_its_parent(desk: LeaveAdministrator, source: SimployerSource) -> None:
    row = desk.from_timesheet("1001", "Off duty", MONDAY, 2.5, status="CONFIRMED")
    (day,) = (await read(source)).days
    assert (day.parent, day.parent_id) == (ParentKind.TIMESHEET_ENTRY, row["parent"]["id"])
    assert (day.status, day.hours, day.child_id) == (LeaveStatus.CONFIRMED, Decimal("2.5"), None)


@pytest.mark.parametrize("no_child", ["", "null", "missing"])
async def test_a_child_is_there_only_where_one_is_named(
    simployer: Simployer, desk: LeaveAdministrator, source: SimployerSource, no_child: Any
) -> None:
    """Cases 34 and 35."""
    simployer.store.habits.no_child = no_child
    child, _other = (desk.add_child("2001", name, "2021-03-09") for name in ("Alva", "Bo"))
    desk.request("2001", "Care of sick child", MONDAY, child=child["id"], status="APPROVED")
    desk.request("2001", "Care of sick child", "2026-11-03", status="APPROVED")
    snapshot = await read(source)
    assert [day.child_id for day in sorted(snapshot.days, key=lambda day: day.day)] == [child["id"], None]
    assert set(snapshot.children) == {child["id"]}
    assert snapshot.children[child["id"]].birth_date == date(2021, 3, 9)
    assert "Alva" not in repr(snapshot)


async def test_what_somebody_wrote_about_it_is_nowhere(desk: LeaveAdministrator, source: SimployerSource) -> None:
    """Case 68: the description does not get past the reader."""
    desk.request("1001", "Sick leave", MONDAY, description="surgery", status="APPROVED")
    snapshot = await read(source)
    everything = [*map(vars_of, snapshot.days), *map(vars_of, snapshot.leaves.values())]
    assert len(everything) == 2
    assert "surgery" not in str(everything)
    assert "7.5" not in repr(snapshot.days)


def vars_of(value: LeaveDay | Leave) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__slots__}
