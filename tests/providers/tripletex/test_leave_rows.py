"""Hours of a day in Tripletex: read by the page, written once, corrected and deleted by the version that was read.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import DayKey, RowReference
from bot.providers.errors import (
    CredentialsRefused,
    DayClosed,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
    WrongAccount,
)
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from sandbox.tripletex import REVOKED_TOKEN
from tests.providers.tripletex.leave_world import MARKER, LeaveWorld, the_row
from tests.support.provider_connections import tripletex_leave

MONDAY = date(2026, 11, 2)
NOVEMBER = LeaveWindow(date(2026, 11, 1), date(2026, 11, 30))
FRIDAY_OCTOBER = date(2026, 10, 30)


async def test_1_a_day_is_one_row_with_a_tag_that_says_nothing(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    (sent,) = world.sent()
    assert set(sent) == {"employee", "activity", "date", "hours", "comment"}
    assert (sent["date"], sent["hours"], sent["comment"]) == ("2026-11-02", 7.5, MARKER)
    row = await the_row(leave_target, write)
    assert (row.key, row.hours, row.marker, row.locked, row.row) == (write.key, Decimal("7.5"), MARKER, False, made)


async def test_many_people_are_read_by_the_page(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    numbers = [row["employeeNumber"] for row in world.books.rows["Employee"].values() if row["employeeNumber"]][:12]
    days = [date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1), date(2026, 10, 31)]
    for number in numbers:
        for day in days:
            world.officer.type_hours(number, day, "801", 7.5)
        world.officer.type_hours(number, MONDAY, "100", 1)
    people = [world.person(number) for number in numbers]
    away = replace(people[0], employee_id="new", target_id=None)
    world.system.requests.clear()
    rows = [row async for page in leave_target.read_days([*people, away], NOVEMBER, ["801", "802"]) for row in page]
    assert {row.key for row in rows} == {DayKey(f"hr{number}", day, "801") for number in numbers for day in days[:2]}
    asked = [e for e in world.system.requests if e.path.endswith("/timesheet/entry")]
    assert len(asked) == 2  # the page, and the empty one after it
    assert asked[0].query["dateTo"] == ["2026-12-01"]


async def test_too_many_rows_for_one_answer_are_asked_for_in_parts(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [date(2026, 11, day) for day in (2, 3, 4, 5, 6)]
    for number in ("1001", "1003"):
        for day in days:
            world.officer.type_hours(number, day, "801", 7.5)
    people = [world.person("1001"), world.person("1003")]
    await leave_target.leave_codes()  # read before lists are as short as that
    monkeypatch.setattr("sandbox.tripletex.list_query.MOST_ROWS", 3)
    rows = [row async for page in leave_target.read_days(people, NOVEMBER, ["801"]) for row in page]
    assert sorted(row.key.day for row in rows) == sorted(days * 2)


async def test_a_row_that_goes_while_it_is_read_hides_no_other(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.providers.tripletex.leave_rows.ROWS", 4)
    days = [date(2026, 11, day) for day in (2, 3, 4)]
    for number in ("1001", "1003"):
        for day in days:
            world.officer.type_hours(number, day, "801", 7.5)
    gone = world.officer.entries("1001")[0]
    world.system.faults.meanwhile(lambda: world.officer.remove(gone["id"]), path="/timesheet/entry$", nth=2)
    people = [world.person("1001"), world.person("1003")]
    rows = [row async for page in leave_target.read_days(people, NOVEMBER, ["801"]) for row in page]
    left = {DayKey(f"hr{number}", day, "801") for number in ("1001", "1003") for day in days}
    assert {row.key for row in rows} == left - {DayKey("hr1001", days[0], "801")}


@pytest.mark.parametrize("keep", [1, 2])
async def test_a_page_cut_short_loses_no_row(world: LeaveWorld, leave_target: TripletexLeaveTarget, keep: int) -> None:
    for day in (2, 3, 4):
        world.officer.type_hours("1001", date(2026, 11, day), "801", 7.5)
    world.system.faults.truncated_page(keep=keep, path="/timesheet/entry$", times=1)
    rows = [row async for page in leave_target.read_days([world.person()], NOVEMBER, ["801"]) for row in page]
    assert len(rows) == 3


async def test_24_28_a_row_is_changed_whole_and_keeps_what_payroll_has_in_it(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.officer.entries("1001")[0]["comment"] = f"{MARKER} seen by payroll"
    changed = await leave_target.update_day(replace(write, hours=Decimal("3.75")), made)
    body = world.sent()[-1]
    assert set(body) == {"id", "version", "employee", "activity", "date", "hours", "comment"}
    assert (body["hours"], body["comment"]) == (3.75, f"{MARKER} seen by payroll")
    assert changed == RowReference(made.target_id, "1")
    assert world.officer.hours("1001") == {("2026-11-02", "801"): 3.75}
    assert (await the_row(leave_target, write)).marker == MARKER


async def test_a_comment_of_somebodys_own_is_not_read(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.officer.type_hours("1001", MONDAY, "801", 7.5, "operation 2026-11-02 deadbeefs")
    assert (await the_row(leave_target, world.write(MONDAY))).marker == ""


@pytest.mark.parametrize("hours", ["0", "-1", "38"])
async def test_46_47_what_is_no_day_is_not_sent(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, hours: str
) -> None:
    made = await leave_target.create_day(world.write(MONDAY))
    write = replace(world.write(MONDAY), hours=Decimal(hours))
    with pytest.raises(Rejected):
        await leave_target.update_day(write, made)
    with pytest.raises(Rejected):
        await leave_target.create_day(replace(write, key=write.key._replace(code="802")))
    assert len(world.writes()) == 1


async def test_23_a_deleted_row_is_gone_and_stays_gone(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    await leave_target.delete_day(write.person, write.key, made)
    await leave_target.delete_day(write.person, write.key, made)
    assert world.officer.hours("1001") == {}
    assert [e.query for e in world.system.requests.writes() if e.method == "DELETE"] == [{"version": ["0"]}] * 2


async def test_52_what_payroll_changed_is_neither_overwritten_nor_deleted(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.officer.edit(int(made.target_id), 5.0)
    with pytest.raises(WriteConflict):
        await leave_target.update_day(replace(write, hours=Decimal(3)), made)
    with pytest.raises(WriteConflict):
        await leave_target.delete_day(write.person, write.key, made)
    assert world.officer.hours("1001") == {("2026-11-02", "801"): 5.0}
    assert (await the_row(leave_target, write)).hours == 5


async def test_53_what_payroll_removed_is_told(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.officer.remove(int(made.target_id))
    assert await leave_target.read_day(write.person, write.key) == []
    with pytest.raises(RowGone):
        await leave_target.update_day(replace(write, hours=Decimal(3)), made)
    assert len(world.writes()) == 1


async def test_53_a_row_that_goes_between_reading_and_writing(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.system.faults.meanwhile(lambda: world.officer.remove(int(made.target_id)), method="PUT")
    with pytest.raises(RowGone):
        await leave_target.update_day(replace(write, hours=Decimal(3)), made)


async def test_52_a_row_that_changes_between_reading_and_writing(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    world.system.faults.meanwhile(lambda: world.officer.edit(int(made.target_id), 5), method="PUT")
    with pytest.raises(WriteConflict):
        await leave_target.update_day(replace(write, hours=Decimal(3)), made)
    assert world.officer.hours("1001") == {("2026-11-02", "801"): 5}


async def test_a_row_that_is_somebody_elses_now_is_not_changed(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    write = world.write(MONDAY)
    made = await leave_target.create_day(write)
    with pytest.raises(WriteConflict):
        await leave_target.update_day(world.write(date(2026, 11, 3), hours="3"), made)
    assert len(world.writes()) == 1


async def test_54_a_row_typed_by_hand_is_shown_as_it_is(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    typed = world.officer.type_hours("1001", MONDAY, "801", 7.5, "typed")
    row = await the_row(leave_target, world.write(MONDAY))
    assert (row.hours, row.marker, row.row) == (Decimal("7.5"), "", RowReference(str(typed["id"]), "0"))


async def test_56_hours_that_are_there_are_not_doubled(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.officer.type_hours("1001", MONDAY, "801", 7.0)
    with pytest.raises(RowExists):
        await leave_target.create_day(world.write(MONDAY))
    assert world.officer.hours("1001") == {("2026-11-02", "801"): 7.0}


@pytest.mark.parametrize("committed", [True, False])
async def test_55_an_answer_that_never_came_is_settled_by_reading(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, committed: bool
) -> None:
    write = world.write(MONDAY)
    world.system.faults.connection_cut(committed=committed, method="POST", path="/timesheet/entry$")
    with pytest.raises(Unavailable) as failed:
        await leave_target.create_day(write)
    assert failed.value.sent is True
    rows = await leave_target.read_day(write.person, write.key)
    assert [row.hours for row in rows] == ([Decimal("7.5")] if committed else [])
    assert len(world.writes()) == 1


async def test_55_other_hours_than_were_sent_are_no_success(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    world.system.faults.status(201, {"value": {"id": 7, "version": 0, "hours": 1}}, method="POST", path="entry$")
    with pytest.raises(Unavailable) as failed:
        await leave_target.create_day(world.write(MONDAY))
    assert failed.value.sent is True


async def test_comments_that_are_required_are_there(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.books.comments_required = True
    await leave_target.create_day(world.write(MONDAY))


async def test_a_person_who_is_not_there_yet(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    write = world.write(MONDAY)
    with pytest.raises(Rejected):
        await leave_target.create_day(replace(write, person=replace(write.person, target_id=None)))
    assert await leave_target.read_day(replace(write.person, target_id=None), write.key) == []


async def test_60_a_day_without_an_employment_is_this_rows_alone(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    with pytest.raises(Rejected) as refused:
        await leave_target.create_day(world.write(date(2001, 1, 1)))
    assert not isinstance(refused.value, DayClosed)
    assert refused.value.verbatim


async def test_a_revoked_key_and_another_company_write_nothing(world: LeaveWorld) -> None:
    async with tripletex_leave(world.system, REVOKED_TOKEN) as revoked:
        with pytest.raises(CredentialsRefused):
            await revoked.create_day(world.write(MONDAY))
    async with tripletex_leave(world.system, expected="1") as other:
        with pytest.raises(WrongAccount):
            await other.create_day(world.write(MONDAY))
    assert world.writes() == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_68_a_refusal_gives_away_neither_type_nor_hours(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, method: str
) -> None:
    write = world.write(MONDAY, "805", "3.75")
    made = await leave_target.create_day(write)
    words = "Egenmelding (805) 3,75 timer ble avvist: Egenmelding"
    problems = [{"field": "x", "message": words}]
    body = {"code": 18000, "message": words, "validationMessages": problems}
    world.system.faults.status(422, body, method=method, path="/timesheet/entry", times=None)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "POST": lambda: leave_target.create_day(replace(write, key=write.key._replace(day=date(2026, 11, 3)))),
        "PUT": lambda: leave_target.update_day(write, made),
        "DELETE": lambda: leave_target.delete_day(write.person, write.key, made),
    }
    with pytest.raises(ProviderError) as refused:
        await calls[method]()
    error = refused.value
    said = f"{error.verbatim} {error!r} {error} {error.text} {error.advice}"
    assert "avvist" in said
    assert "Egenmelding" not in said
    assert "805" not in said
    if method != "DELETE":
        assert not re.search("3[.,]75", said)


async def test_68_nothing_but_hours_and_a_tag_leaves_us(
    world: LeaveWorld,
    leave_target: TripletexLeaveTarget,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write = replace(world.write(MONDAY, "805"), contributors=("canary-leave",), scheduled=Decimal("7.123"))
    write = replace(write, person=replace(write.person, name="Canary Name", office_id="canary-office"))
    write = replace(write, key=write.key._replace(child="canary-child"))
    made = await leave_target.create_day(write)
    made = await leave_target.update_day(replace(write, hours=Decimal(3)), made)
    await leave_target.delete_day(write.person, write.key, made)
    sent = repr([(e.path, e.query, e.body) for e in world.system.requests]).lower()
    assert "canary" not in sent
    assert "7.123" not in sent
    logged = caplog.text + "".join(capsys.readouterr())
    assert "Egenmelding" not in logged
    # Moments and milliseconds may have any digits.
    assert "805" not in re.sub(r"\d{4}-\d\d-\d\d[T ]\S+|milliseconds=\d+", "", logged)
    assert "805" not in f"{write!r} {made!r}"


async def test_nothing_that_a_person_decides_was_called(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.officer.complete_month("1001", "2026-11")
    made = await leave_target.create_day(world.write(MONDAY))
    await leave_target.delete_day(world.person(), world.write(MONDAY).key, made)
    assert world.system.forbidden_calls == []
