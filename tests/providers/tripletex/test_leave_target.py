"""Which days and codes of Tripletex are open, what the check after connecting sees, and hours of vacation.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import CloseReason, DayKey, WantedDay
from bot.domain.resource import Capability, LeaveWay, Resource
from bot.providers import registry
from bot.providers.declaration import LockSignal
from bot.providers.errors import (
    CodeRefused,
    DayClosed,
    NotPermitted,
    Unavailable,
)
from bot.providers.leave_protocol import ConvertsHours
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from sandbox.tripletex.texts import Text
from tests.providers.tripletex.leave_world import LeaveWorld, the_row
from tests.support.provider_connections import tripletex_leave

MONDAY = date(2026, 11, 2)
NOVEMBER = LeaveWindow(date(2026, 11, 1), date(2026, 11, 30))
FRIDAY_OCTOBER = date(2026, 10, 30)


def test_absence_is_declared_as_rows_that_are_replaced() -> None:
    spec = registry.target("tripletex").info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.leave is not None
    assert (spec.capability, spec.leave.lock_signal) == (Capability.REPLACE_DAY, LockSignal.READ)
    assert (spec.leave.ways, spec.leave.period_deletes) == (frozenset(LeaveWay), False)
    deductions = [field for field in spec.settings if field.key.startswith("deduct_")]
    assert {field.default for field in deductions} == {"no"}
    assert len(deductions) == 7


async def test_the_account_is_named_and_nothing_is_amiss(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.books.add("Entitlement", employee=world.officer.employee("1002"), name="AUTH_HOURS_COMPANY", entitlementId=9)
    assert (await leave_target.identify()).name == "Polarbønna Norge AS"
    assert list(await leave_target.leave_preflight()) == []
    assert world.writes() == []


@pytest.mark.parametrize("answer", ["400", "403", "409", "422"])
async def test_28_a_day_that_was_approved_meanwhile_waits_and_is_written_when_it_is_opened(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.books.switches.closed_answer = answer  # type: ignore[assignment]
    # Said in words that nobody provides for: the month's own status tells.
    monkeypatch.setattr("sandbox.tripletex.timesheet_api.texts.CLOSED", Text("Nei.", "No."))
    write = world.write(FRIDAY_OCTOBER)
    made = await leave_target.create_day(write)
    halved = replace(write, hours=Decimal("3.75"))
    world.system.faults.meanwhile(lambda: world.officer.approve_month("1001", "2026-10"), method="PUT")
    with pytest.raises(DayClosed) as closed:
        await leave_target.update_day(halved, made)
    assert closed.value.advice is not None
    assert closed.value.advice.values == {"month": "2026-10", "number": "1001"}
    with pytest.raises(DayClosed):
        await leave_target.update_day(halved, made)  # seen at once now, as the row is locked
    with pytest.raises(DayClosed):
        await leave_target.delete_day(write.person, write.key, made)
    with pytest.raises(DayClosed):
        await leave_target.create_day(world.write(FRIDAY_OCTOBER, "802"))
    assert world.officer.hours("1001") == {("2026-10-30", "801"): 7.5}
    world.officer.reopen_month("1001", "2026-10")
    await leave_target.update_day(halved, made)
    assert world.officer.hours("1001") == {("2026-10-30", "801"): 3.75}


async def test_words_alone_can_tell_that_a_day_is_closed(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    made = await leave_target.create_day(world.write(MONDAY))
    body = {"status": 400, "code": 4000, "message": "Uken er låst."}
    world.system.faults.status(400, body, method="DELETE")
    with pytest.raises(DayClosed):
        await leave_target.delete_day(world.person(), world.write(MONDAY).key, made)


async def test_a_refusal_on_a_complete_month_is_taken_for_a_lock(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    world.officer.complete_month("1001", "2026-11")
    await leave_target.create_day(world.write(MONDAY))
    world.system.faults.status(400, {"code": 4000, "message": "Nei."}, method="POST", path="entry$")
    with pytest.raises(DayClosed):
        await leave_target.create_day(world.write(date(2026, 11, 3)))


async def test_25_26_27_what_is_closed_is_decided_day_by_day(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    officer, people = world.officer, [world.person(number) for number in ("1001", "1003", "1004", "1002")]
    officer.approve_month("1001", "2026-10")
    officer.approve_week("1003", 2026, 44)
    officer.approve_month("1004", "2026-11", date(2026, 11, 12))
    officer.complete_month("1002", "2026-11")
    window = LeaveWindow(date(2026, 10, 26), date(2026, 11, 15))
    world.system.requests.clear()
    closed = await leave_target.closed_days(people, window)
    thursday, sunday = date(2026, 10, 29), date(2026, 11, 1)
    assert [closed.reason("hr1001", day) for day in (thursday, FRIDAY_OCTOBER, sunday, MONDAY)] == [
        CloseReason.MONTH, CloseReason.MONTH, None, None,
    ]  # fmt: skip
    assert [closed.reason("hr1003", day) for day in (date(2026, 10, 25), thursday, sunday, MONDAY)] == [
        None, CloseReason.WEEK, CloseReason.WEEK, None,
    ]  # fmt: skip
    assert closed.reason("hr1004", date(2026, 11, 12)) is CloseReason.MONTH
    assert closed.reason("hr1004", date(2026, 11, 13)) is None
    assert [date(2026, 11, 13) in span for span in closed.warned["hr1004"]] == [True]
    assert closed.reason("hr1002", MONDAY) is None
    assert any(MONDAY in span for span in closed.warned["hr1002"])
    assert "hr1002" not in closed.people
    assert len(list(world.system.requests)) <= 4 + 2  # months, three weeks, and signing in


async def test_weeks_of_approved_months_are_not_asked_for(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    for number in ("1001", "1003"):
        world.officer.approve_month(number, "2026-09")
    world.officer.approve_month("1001", "2026-10")
    people = [world.person("1001"), world.person("1003")]
    await leave_target.closed_days(people, LeaveWindow(date(2026, 9, 1), date(2026, 10, 31)))
    asked = [e.query for e in world.system.requests if e.path.endswith("/timesheet/week")]
    weeks = ["2026-40", "2026-41", "2026-42", "2026-43", "2026-44"]
    assert sorted(week for query in asked for week in query["weekYear"]) == weeks
    assert {query["employeeIds"][0] for query in asked} == {str(world.officer.employee("1003"))}


async def test_25_days_that_are_open_are_written(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.officer.approve_month("1001", "2026-10")
    await leave_target.create_day(world.write(MONDAY))
    with pytest.raises(DayClosed):
        await leave_target.create_day(world.write(FRIDAY_OCTOBER))
    assert world.officer.hours("1001") == {("2026-11-02", "801"): 7.5}


async def test_more_people_than_an_address_can_name(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    people = [world.person()]
    for number in range(5000, 5150):
        row = world.books.add("Employee", firstName="A", lastName="B", employeeNumber=str(number), isContact=False)
        people.append(replace(people[0], employee_id=f"hr{number}", number=str(number), target_id=str(row["id"])))
    world.officer.approve_month("5149", "2026-11")
    world.officer.type_hours("5149", MONDAY, "801", 7.5)
    closed = await leave_target.closed_days(people, LeaveWindow(MONDAY, MONDAY))
    assert list(closed.people) == ["hr5149"]
    rows = [row async for page in leave_target.read_days(people, NOVEMBER, ["801"]) for row in page]
    assert [row.key.employee_id for row in rows] == ["hr5149"]


async def test_paid_rows_are_shown_as_locked(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.officer.pay(int(made.target_id))
    assert (await the_row(leave_target, write)).locked is True
    with pytest.raises(DayClosed):
        await leave_target.update_day(replace(write, hours=Decimal(3)), made)
    with pytest.raises(DayClosed):
        await leave_target.delete_day(write.person, write.key, made)


async def test_49_a_number_that_is_not_one_activitys_is_no_code(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    officer = world.officer
    officer.change_activity("803", isDisabled=True)
    officer.activity("804", "Barns sykdom")
    officer.activity("805", isDisabled=True)
    officer.activity("FURLOUGH")
    codes = {code.value: code for code in await leave_target.leave_codes() if code.way is LeaveWay.DAY}
    assert "100" not in codes  # hours on a project
    assert "" not in codes
    assert "FURLOUGH" not in codes
    problems = {value: code.problem for value, code in codes.items() if code.problem}
    assert problems == {"803": "code_disabled", "804": "code_twice"}
    assert codes["801"].label == "801 Sykdom med lønn"
    for code in ("803", "804", "100", "0801", "801x"):
        with pytest.raises(CodeRefused):
            await leave_target.create_day(world.write(MONDAY, code))
    await leave_target.create_day(world.write(MONDAY, "805"))
    assert len(world.writes()) == 1


async def test_48_numbers_are_compared_as_they_stand(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.officer.activity("F1")
    values = [code.value for code in await leave_target.leave_codes()]
    assert "F1" in values
    assert "f1" not in values
    with pytest.raises(CodeRefused):
        await leave_target.create_day(world.write(MONDAY, "f1"))


async def test_49_an_activity_that_is_turned_off_meanwhile_blocks_its_code(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    await leave_target.leave_codes()
    world.officer.change_activity("801", isDisabled=True)
    with pytest.raises(CodeRefused) as refused:
        await leave_target.create_day(world.write(MONDAY))
    assert refused.value.verbatim == "activity.id: Aktiviteten kan ikke benyttes."


async def test_the_reserved_codes_are_leaves_of_absence(leave_target: TripletexLeaveTarget) -> None:
    periods = {code.value for code in await leave_target.leave_codes() if code.way is LeaveWay.PERIOD}
    assert periods == {
        "FURLOUGH", "PARENTAL_BENEFITS", "MILITARY_SERVICE", "OTHER_NOT_STATUTORILY_REQUIRED",
        "OTHER_STATUTORILY_REQUIRED", "EDUCATIONAL_NOT_STATUTORILY_REQUIRED", "EDUCATIONAL_STATUTORILY_REQUIRED",
    }  # fmt: skip


async def test_rows_of_a_code_that_is_blocked_are_still_read(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    await leave_target.create_day(world.write(MONDAY))
    world.officer.change_activity("801", isDisabled=True)
    async with tripletex_leave(world.system) as again:
        assert (await the_row(again, world.write(MONDAY))).hours == Decimal("7.5")


async def test_days_off_are_the_companys_whole_ones(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    days = await leave_target.holidays(LeaveWindow(date(2026, 12, 1), date(2027, 1, 31)))
    assert set(days or ()) == {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}
    world.system.faults.status(403, {"code": 9000}, path="companyHoliday")
    assert await leave_target.holidays(NOVEMBER) is None


@pytest.mark.parametrize(
    ("settings", "code", "hours", "scheduled", "delivered"),
    [
        ({}, "802", "6.00", "6", "6.00"),
        ({"vacation_activity": "802", "vacation_day_hours": "7,5"}, "802", "6.00", "6", "7.50"),
        ({"vacation_activity": "802", "vacation_day_hours": "7.5"}, "802", "3.00", "6", "3.75"),
        ({"vacation_activity": "802", "vacation_day_hours": "7.5"}, "801", "6.00", "6", "6.00"),
        ({"vacation_activity": "802", "vacation_day_hours": "7.5"}, "802", "6.00", None, "6.00"),
        ({"vacation_activity": "802", "vacation_day_hours": "7.5"}, "802", "6.00", "0", "6.00"),
        ({"vacation_activity": "802", "vacation_day_hours": "many"}, "802", "6.00", "6", "6.00"),
        ({"vacation_day_hours": "7.5"}, "802", "6.00", "6", "6.00"),
    ],
)
async def test_8_vacation_can_be_sent_in_days_of_one_length(
    leave_target: TripletexLeaveTarget,
    settings: dict[str, str],
    code: str,
    hours: str,
    scheduled: str | None,
    delivered: str,
) -> None:
    assert isinstance(leave_target, ConvertsHours)
    day = WantedDay(
        key=DayKey("hr1001", MONDAY, code),
        hours=Decimal(hours),
        scheduled=None if scheduled is None else Decimal(scheduled),
    )
    assert leave_target.delivered_hours(day, settings) == Decimal(delivered)


async def test_8_the_choice_of_vacation_is_among_the_activities(leave_target: TripletexLeaveTarget) -> None:
    choices = await leave_target.leave_choices("vacation_activity")
    assert ("802", "802 Ferie") in [(choice.value, choice.label) for choice in choices]


async def test_a_token_that_is_shown_no_activities_is_refused(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    world.books.switches.filtered.add("Activity")
    with pytest.raises(NotPermitted):
        await leave_target.leave_codes()


async def test_hours_that_are_silently_left_out_are_not_taken_for_none(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    people = [world.person("1001"), world.person("1003")]
    assert [page async for page in leave_target.read_days(people, NOVEMBER, ["801"])] == []
    world.officer.type_hours("1003", MONDAY, "802", 2)
    assert [page async for page in leave_target.read_days(people, NOVEMBER, ["801"])] == []
    half = LeaveWindow(date(2026, 11, 9), date(2026, 11, 13))
    assert [page async for page in leave_target.read_days(people, half, ["801"])] == []
    world.books.switches.filtered.add("TimesheetEntry")
    for window in (NOVEMBER, half):
        with pytest.raises(NotPermitted):
            assert [page async for page in leave_target.read_days(people, window, ["801"])]


@pytest.mark.parametrize(
    "change",
    [
        {"hours": None}, {"hours": "7.5"}, {"version": None}, {"date": "x"}, {"employee": None},
        {"employee": {"id": 7}},
        {"activity": {}},
    ],
)  # fmt: skip
async def test_a_row_that_cannot_be_read_is_not_left_out(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, change: dict[str, Any]
) -> None:
    (activity,) = [row["id"] for row in world.books.rows["Activity"].values() if row["number"] == "801"]
    row = {
        "id": 1, "version": 0, "date": "2026-11-02", "hours": 7.5, "locked": False, "comment": "",
        "employee": {"id": world.officer.employee("1001")}, "activity": {"id": activity},
    }  # fmt: skip
    world.system.faults.status(200, {"values": [row | change]}, path="/timesheet/entry$", times=1)
    with pytest.raises(Unavailable) as failed:
        assert [page async for page in leave_target.read_days([world.person()], NOVEMBER, ["801"])]
    assert failed.value.sent is False


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("byMonthNumberList", {"monthYear": "11/2026"}),
        ("byMonthNumberList", {"monthYear": None}),
        ("/timesheet/week", {"week": 54}),
        ("/timesheet/week", {"year": None}),
    ],
)
async def test_a_status_that_cannot_be_read_is_not_an_open_day(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, path: str, change: dict[str, Any]
) -> None:
    status = {"employee": {"id": world.officer.employee("1001")}, "approved": True, "completed": True} | change
    world.system.faults.status(200, {"values": [status]}, path=path, times=1)
    with pytest.raises(Unavailable):
        await leave_target.closed_days([world.person()], LeaveWindow(MONDAY, MONDAY))


@pytest.mark.parametrize("path", ["/timesheet/entry", "/timesheet/month/byMonthNumberList"])
async def test_hours_that_may_not_be_read_stop_absence(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, path: str
) -> None:
    world.system.faults.status(403, {"code": 9000}, method="GET", path=path, times=None)
    with pytest.raises(NotPermitted):
        await leave_target.leave_preflight()


async def test_lesser_lacks_are_told(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    for path in ("/timesheet/week", "leaveOfAbsence"):
        world.system.faults.status(403, {"code": 9000}, method="GET", path=path, times=None)
    for row in world.books.rows["Activity"].values():
        row["number"] = ""
    for row in world.books.rows["Entitlement"].values():
        row["name"] = "AUTH_EMPLOYEE_INFO"
    codes = [finding.code for finding in await leave_target.leave_preflight()]
    assert codes == [
        "tripletex_absence_hidden", "tripletex_absence_hidden", "tripletex_no_activity_numbers",
        "tripletex_rights_missing",
    ]  # fmt: skip
    assert (await leave_target.closed_days([world.person()], NOVEMBER)).people == {}
