"""Leaves of absence in Tripletex: made in the employment that covers them, and ended; none is ever deleted.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave_delivery import PeriodKey, RowReference
from bot.providers.errors import (
    CodeRefused,
    NotPermitted,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
)
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from tests.providers.tripletex.leave_world import LeaveWorld

JULY, JUNE = date(2026, 7, 1), date(2027, 6, 30)
NOVEMBER_ENDS, DECEMBER = date(2026, 11, 30), date(2026, 12, 1)
PATH = "/employee/employment/leaveOfAbsence"


def held(world: LeaveWorld, number: str = "1001") -> list[tuple[Any, ...]]:
    names = ("startDate", "endDate", "percentage", "type", "importedLeaveOfAbsenceId", "isWageDeduction")
    return [tuple(row.get(name) for name in names) for row in world.officer.leaves(number)]


async def test_36_a_year_of_parental_leave_is_one_leave(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    assert held(world) == [
        ("2026-07-01", "2027-06-30", 100, "PARENTAL_BENEFITS", "65f0c0ffee0000000000aa01", False)
    ]  # fmt: skip
    (period,) = await leave_target.read_periods([world.person()])
    assert (period.employee_id, period.reference, period.code) == (
        "hr1001", "65f0c0ffee0000000000aa01", "PARENTAL_BENEFITS",
    )  # fmt: skip
    assert (period.first, period.last, period.percent, period.row) == (JULY, JUNE, Decimal(100), made)
    assert world.writes() == [("POST", PATH)]


async def test_37_a_share_is_a_percentage(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    await leave_target.create_period(world.period(JULY, JUNE, "37.5"))
    assert [row[2] for row in held(world)] == [37.5]
    assert world.officer.entries("1001") == []


async def test_40_a_leave_without_an_end_has_none(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    await leave_target.create_period(world.period(JULY))
    assert "endDate" not in world.sent()[0]
    (period,) = await leave_target.read_periods([world.person()])
    assert period.last is None


async def test_38_another_percentage_is_an_end_and_a_new_leave(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    world.officer.leaves("1001")[0]["isWageDeduction"] = True  # payroll has chosen so
    ended = await leave_target.update_period(world.period(JULY, NOVEMBER_ENDS), made)
    await leave_target.create_period(world.period(DECEMBER, JUNE, "50", part=2))
    assert ended == RowReference(made.target_id, "1")
    assert held(world) == [
        ("2026-07-01", "2026-11-30", 100, "PARENTAL_BENEFITS", "65f0c0ffee0000000000aa01", True),
        ("2026-12-01", "2027-06-30", 50, "PARENTAL_BENEFITS", "65f0c0ffee0000000000aa01:2", False),
    ]
    assert [method for method, _ in world.writes()] == ["POST", "PUT", "POST"]


async def test_38_nothing_but_the_end_moves(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    for wrong in (
        world.period(JULY, JUNE, "50"),
        world.period(date(2026, 7, 2), JUNE),
        world.period(JULY, JUNE, code="FURLOUGH"),
        world.period(JULY),
        world.period(JULY, date(2026, 6, 30)),
    ):
        with pytest.raises(Rejected) as refused:
            await leave_target.update_period(wrong, made)
        assert refused.value.advice is not None
    assert await leave_target.update_period(world.period(JULY, JUNE), made) == made
    assert len(world.writes()) == 1


async def test_39_one_that_never_was_ends_on_its_first_day_when_a_person_says_so(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    ended = await leave_target.end_on_first_day(world.period(JULY, JUNE), made)
    assert [row[:2] for row in held(world)] == [("2026-07-01", "2026-07-01")]
    assert await leave_target.end_on_first_day(world.period(JULY, JUNE), ended) == ended
    assert [method for method, _ in world.writes()] == ["POST", "PUT"]


async def test_39_an_end_on_the_first_day_that_is_refused_is_told_and_changes_nothing(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    world.books.switches.leave_of_a_day = False
    made = await leave_target.create_period(world.period(JULY, JUNE))
    with pytest.raises(Rejected) as refused:
        await leave_target.end_on_first_day(world.period(JULY, JUNE), made)
    assert refused.value.advice is not None
    assert [row[:2] for row in held(world)] == [("2026-07-01", "2027-06-30")]
    assert (await leave_target.read_periods([world.person()]))[0].row == made


async def test_deductions_are_chosen_by_code(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    chosen = {"deduct_furlough": "yes", "deduct_parental_benefits": "no"}
    await leave_target.create_period(world.period(JULY, JUNE, settings=chosen))
    other = world.period(JULY, JUNE, code="FURLOUGH", number="1003", settings=chosen)
    await leave_target.create_period(other)
    assert [row[5] for number in ("1001", "1003") for row in held(world, number)] == [False, True]


async def test_a_leave_is_of_the_employment_that_covers_it(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    employee = world.officer.employee("1001")
    (job,) = world.books.children("Employment", employee)
    job["endDate"] = "2026-09-30"
    later = world.books.add("Employment", employee=employee, startDate="2026-10-01", endDate=None)
    await leave_target.create_period(world.period(JULY, date(2026, 9, 30)))
    await leave_target.create_period(world.period(date(2026, 10, 1), JUNE, part=2))
    assert [row["employment"] for row in world.officer.leaves("1001")] == [job["id"], later["id"]]
    found = await leave_target.read_periods([world.person()])
    assert [period.reference for period in found] == ["65f0c0ffee0000000000aa01", "65f0c0ffee0000000000aa01:2"]
    for wrong in (world.period(JULY, JUNE, part=3), world.period(date(2001, 1, 1), date(2001, 1, 2), part=3)):
        with pytest.raises(Rejected):
            await leave_target.create_period(wrong)
    assert len(world.writes()) == 2


@pytest.mark.parametrize("today_only", [False, True])
async def test_a_leave_that_is_there_is_not_made_twice(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, today_only: bool
) -> None:
    world.books.switches.leaves_of_today = today_only
    ahead = world.period(date(2027, 2, 1), JUNE)
    await leave_target.create_period(ahead)
    with pytest.raises(RowExists):
        await leave_target.create_period(ahead)
    assert len(held(world)) == 1


@pytest.mark.parametrize("committed", [True, False])
async def test_an_answer_that_never_came_is_settled_by_reading(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, committed: bool
) -> None:
    world.system.faults.connection_cut(committed=committed, method="POST", path=PATH)
    with pytest.raises(Unavailable) as failed:
        await leave_target.create_period(world.period(JULY, JUNE))
    assert failed.value.sent is True
    assert len(await leave_target.read_periods([world.person()])) == committed
    if committed:
        with pytest.raises(RowExists):
            await leave_target.create_period(world.period(JULY, JUNE))
    else:
        await leave_target.create_period(world.period(JULY, JUNE))
    assert len(held(world)) == 1


async def test_what_payroll_has_typed_is_shown_without_an_id(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    (job,) = world.books.children("Employment", world.officer.employee("1001"))
    world.books.add(
        "LeaveOfAbsence", employment=job["id"], startDate="2026-07-01", percentage=60, type="MILITARY_SERVICE"
    )
    (period,) = await leave_target.read_periods([world.person(), replace(world.person("1003"), target_id=None)])
    assert (period.reference, period.code, period.percent, period.last) == ("", "MILITARY_SERVICE", Decimal(60), None)


async def test_a_leave_that_was_changed_or_removed_is_left_alone(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    row = world.officer.leaves("1001")[0]
    row["version"] += 1
    row["percentage"] = 80
    with pytest.raises(WriteConflict):
        await leave_target.update_period(world.period(JULY, NOVEMBER_ENDS), made)
    with pytest.raises(WriteConflict):
        await leave_target.end_on_first_day(world.period(JULY), made)
    another = replace(world.period(JULY), wanted=replace(world.period(JULY).wanted, key=PeriodKey("other")))
    with pytest.raises(WriteConflict):
        await leave_target.end_on_first_day(another, RowReference(made.target_id, str(row["version"])))
    with pytest.raises(RowGone):
        await leave_target.update_period(world.period(JULY, NOVEMBER_ENDS), RowReference("7", "0"))
    assert len(world.writes()) == 1


async def test_a_change_between_reading_and_writing_is_met(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    made = await leave_target.create_period(world.period(JULY, JUNE))
    row = world.officer.leaves("1001")[0]
    world.system.faults.meanwhile(lambda: row.update(version=5), method="PUT")
    with pytest.raises(WriteConflict):
        await leave_target.update_period(world.period(JULY, NOVEMBER_ENDS), made)
    assert row["endDate"] == "2027-06-30"


async def test_codes_and_shares_that_are_none_are_not_sent(
    world: LeaveWorld, leave_target: TripletexLeaveTarget
) -> None:
    for code in ("LEAVE_OF_ABSENCE", "COMPASSIONATE", "801", "parental_benefits"):
        with pytest.raises(CodeRefused):
            await leave_target.create_period(world.period(JULY, JUNE, code=code))
    for percent in ("0", "100.01"):
        with pytest.raises(Rejected):
            await leave_target.create_period(world.period(JULY, JUNE, percent))
    assert world.writes() == []


async def test_employments_that_are_hidden_are_not_none(world: LeaveWorld, leave_target: TripletexLeaveTarget) -> None:
    world.books.switches.filtered_fields["Employee"] = {"employments"}
    with pytest.raises(Unavailable):
        await leave_target.read_periods([world.person()])


@pytest.mark.parametrize(("status", "error"), [(403, NotPermitted), (422, Rejected), (404, Rejected), (400, Rejected)])
async def test_68_a_refusal_gives_away_neither_type_nor_share(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, status: int, error: type[ProviderError]
) -> None:
    words = "PARENTAL_BENEFITS 37,5: Permisjon med foreldrepenger kan ikke brukes"
    body = {"code": 18000, "message": words, "validationMessages": [{"field": "type", "message": words}]}
    world.system.faults.status(status, body, method="POST", path=PATH)
    with pytest.raises(error) as refused:
        await leave_target.create_period(world.period(JULY, JUNE, "37.5"))
    said = f"{refused.value.verbatim} {refused.value!r} {refused.value.text}"
    assert "kan ikke brukes" in said
    for private in ("PARENTAL", "foreldrepenger", "37,5"):
        assert private not in said


@pytest.mark.parametrize(
    "act",
    [
        lambda leave_target, world: leave_target.create_period(world.period(JULY, JUNE, "12.5")),
        lambda leave_target, world: leave_target.read_periods([world.person()]),
    ],
)
async def test_68_what_is_asked_for_is_in_no_log(
    world: LeaveWorld, leave_target: TripletexLeaveTarget, act: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    await act(leave_target, world)
    logged = "".join(capsys.readouterr())
    assert "leaveOfAbsence" in logged
    for private in ("PARENTAL_BENEFITS", "12.5", "65f0c0ffee"):
        assert private not in logged
