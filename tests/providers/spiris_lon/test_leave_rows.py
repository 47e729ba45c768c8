"""Hours of a day in Spiris Lön: shortcuts of one day, until payroll has imported them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import CloseReason, RowReference, TargetDay, WantedDay
from bot.providers.errors import CodeRefused, DayClosed, Rejected, RowExists, RowGone, Unavailable, WriteConflict
from bot.providers.spiris_lon.leave_rows import hours_of, minutes_of
from bot.providers.spiris_lon.leave_settings import CODES
from bot.providers.spiris_lon.leave_target import SpirisLeaveTarget
from sandbox.spiris_lon import SpirisLon
from sandbox.spiris_lon.company import SpirisCompany
from tests.providers.spiris_lon.connections import day_write as write
from tests.providers.spiris_lon.connections import leave_person as person
from tests.providers.spiris_lon.connections import spiris_leave
from tests.providers.target_suite import UNCERTAIN

MONDAY = date(2026, 11, 2)
NOVEMBER = LeaveWindow(date(2026, 11, 1), date(2026, 11, 30))
ALL = [code.value for code in CODES]


@pytest.fixture
async def leave(spiris: SpirisLon) -> AsyncIterator[SpirisLeaveTarget]:
    async with spiris_leave(spiris) as opened:
        yield opened


def typed(company: SpirisCompany, kind: str = "sickleave", client: str = "somebody", **more: Any) -> str:
    """What somebody has registered in Spiris, or another application; gives its id."""
    days = {"StartDate": "2026-11-02", "EndDate": "2026-11-02"}
    amount = {"ShortcutRegistrationMethod": 1, "MinutesOfDay": 480}
    who = person(company).target_id
    body = {"EmployeeId": who, **days, **amount, **more}
    return str(company.create_shortcut(kind, body, client)["Id"])


async def read(leave: SpirisLeaveTarget, company: SpirisCompany, codes: Collection[str] = ALL) -> list[TargetDay]:
    return [row async for page in leave.read_days([person(company)], NOVEMBER, codes) for row in page]


@pytest.mark.parametrize("code", ALL)
async def test_a_day_is_one_shortcut_that_is_read_changed_and_deleted(
    spiris: SpirisLon, sweden: SpirisCompany, leave: SpirisLeaveTarget, code: str
) -> None:
    wanted = write(sweden, code=code)
    made = await leave.create_day(wanted)
    (row,) = await leave.read_day(wanted.person, wanted.key)
    assert (row.key, row.hours, row.row, row.locked, row.marker) == (wanted.key, Decimal(8), made, False, "3f9a1c2e")
    assert await read(leave, sweden) == [row]
    assert await leave.update_day(write(sweden, code=code, hours="3.75"), made) == made
    (held,) = sweden.shortcuts.values()
    assert (held["MinutesOfDay"], held["Comment"]) == (225, "3f9a1c2e")
    assert (await read(leave, sweden))[0].key.code == code
    for _ in range(2):
        await leave.delete_day(wanted.person, wanted.key, made)
    assert sweden.shortcuts == {}
    assert code not in repr(row)


async def test_holiday_is_earned_as_the_code_says_and_a_change_keeps_what_payroll_has_in_it(
    sweden: SpirisCompany, leave: SpirisLeaveTarget
) -> None:
    made = await leave.create_day(write(sweden, code="onleave"))
    held = sweden.shortcuts[made.target_id]
    assert (held["OtherAbsenceGroup"], held["IsHolidayAccruing"], held["OtherAbsenceQuantityType"]) == (0, False, 0)
    split = {"CostCenter1": [{"Id": "c1", "Percentage": 60}, {"Id": "c2", "Percentage": 40}]}
    held["ProjectCostCenterDistribution"] = split
    await leave.update_day(write(sweden, code="onleave", hours="4.00"), made)
    held = sweden.shortcuts[made.target_id]
    assert (held["IsHolidayAccruing"], held["ProjectCostCenterDistribution"]) == (False, split)


@pytest.mark.parametrize("creates", [False, True])
async def test_the_qualifying_deduction_is_payrolls_unless_the_operator_says_so(
    spiris: SpirisLon, sweden: SpirisCompany, creates: bool
) -> None:
    async with spiris_leave(spiris, creates_karens=creates) as leave:
        made = await leave.create_day(write(sweden))
    assert sweden.shortcuts[made.target_id]["DontCreateKarens"] is not creates


@pytest.mark.parametrize("hours", ["7.50", "2.81", "0.01", "14.06", "23.99"])
async def test_hours_are_whole_minutes_and_stay_what_they_are(
    sweden: SpirisCompany, leave: SpirisLeaveTarget, hours: str
) -> None:
    wanted = write(sweden, hours=hours)
    sent = leave.delivered_hours(WantedDay(key=wanted.key, hours=Decimal(hours)), {})
    assert abs(sent - Decimal(hours)) <= Decimal("0.01")
    await leave.create_day(write(sweden, hours=str(sent)))
    (row,) = await leave.read_day(wanted.person, wanted.key)
    assert row.hours == sent


def test_every_minute_of_a_day_is_hours_and_the_same_minute_again() -> None:
    assert [minutes_of(hours_of(minutes)) for minutes in range(1441)] == list(range(1441))


@pytest.mark.parametrize("hours", ["0.00", "24.01"])
async def test_hours_that_no_day_has_are_not_sent(
    spiris: SpirisLon, sweden: SpirisCompany, leave: SpirisLeaveTarget, hours: str
) -> None:
    with pytest.raises(Rejected):
        await leave.create_day(write(sweden, hours=hours))
    assert spiris.requests.writes() == []


async def test_what_somebody_has_registered_is_theirs(sweden: SpirisCompany, leave: SpirisLeaveTarget) -> None:
    first = typed(sweden)
    with pytest.raises(RowExists):
        await leave.create_day(write(sweden))
    days: dict[str, Any] = {
        "StartDate": "2026-11-04",
        "EndDate": "2026-11-06",
        "ShortcutRegistrationMethod": 2,
        "PercentOfDay": 50,
    }
    more = typed(sweden, **days)
    found = await read(leave, sweden)
    assert [(row.key.day.day, row.hours, row.row.target_id) for row in found] == [
        (2, Decimal(8), first), *((day, Decimal(0), more) for day in (4, 5, 6)),
    ]  # fmt: skip
    with pytest.raises(Rejected):  # another application's
        await leave.update_day(write(sweden, hours="4.00"), RowReference(first))
    assert len(sweden.shortcuts) == 2


async def test_one_that_begins_before_the_window_is_seen(sweden: SpirisCompany, leave: SpirisLeaveTarget) -> None:
    typed(sweden, "holiday", StartDate="2026-11-02", EndDate="2026-11-13")
    window = LeaveWindow(date(2026, 11, 10), date(2026, 11, 11))
    found = [row async for page in leave.read_days([person(sweden)], window, ALL) for row in page]
    assert [row.key.day.day for row in found] == [10, 11]


async def test_what_payroll_has_imported_is_closed(sweden: SpirisCompany, leave: SpirisLeaveTarget) -> None:
    wanted = write(sweden)
    made = await leave.create_day(wanted)
    sweden.shortcuts[made.target_id]["IsRead"] = True
    assert (await read(leave, sweden))[0].locked is True
    with pytest.raises(DayClosed):
        await leave.update_day(write(sweden, hours="4.00"), made)
    with pytest.raises(DayClosed):
        await leave.delete_day(wanted.person, wanted.key, made)
    assert sweden.shortcuts[made.target_id]["MinutesOfDay"] == 480


async def test_days_that_are_locked_for_somebody_are_closed(sweden: SpirisCompany, leave: SpirisLeaveTarget) -> None:
    sweden.complete("2001", LastLockedDeviationDate="2026-11-05T00:00:00")
    people = [person(sweden), person(sweden, "2002")]
    closed = await leave.closed_days(people, NOVEMBER)
    assert closed.reason("hr2001", date(2026, 11, 5)) is CloseReason.PERIOD
    assert closed.reason("hr2001", date(2026, 11, 6)) is None
    assert closed.reason("hr2002", date(2026, 11, 5)) is None


@pytest.mark.parametrize(("values", "why"), [({"State": 0}, "draft"), ({"Type": 1}, "limited")])
async def test_drafts_and_limited_ones_have_no_absence(
    spiris: SpirisLon, sweden: SpirisCompany, leave: SpirisLeaveTarget, values: dict[str, int], why: str
) -> None:
    (row,) = sweden.numbered("2001")
    row |= values
    await leave.closed_days([person(sweden)], NOVEMBER)
    with pytest.raises(Rejected) as refused:
        await leave.create_day(write(sweden))
    assert (refused.value.text.key, spiris.requests.writes()) == (f"spiris_lon.leave.{why}", [])
    async with spiris_leave(spiris) as unread:
        with pytest.raises(Rejected) as told:
            await unread.create_day(write(sweden))
    assert told.value.verbatim


async def test_a_row_that_is_anothers_or_gone_is_left(sweden: SpirisCompany, leave: SpirisLeaveTarget) -> None:
    made = await leave.create_day(write(sweden))
    with pytest.raises(WriteConflict):
        await leave.update_day(write(sweden, day=date(2026, 11, 3)), made)
    del sweden.shortcuts[made.target_id]
    with pytest.raises(RowGone):
        await leave.update_day(write(sweden), made)
    with pytest.raises(CodeRefused):
        await leave.create_day(write(sweden, code="overtime"))


@pytest.mark.parametrize("fault", [one for one in UNCERTAIN if one != "429"])
async def test_a_write_without_an_answer_is_settled_by_reading(
    spiris: SpirisLon, sweden: SpirisCompany, leave: SpirisLeaveTarget, fault: str
) -> None:
    wanted = write(sweden)
    UNCERTAIN[fault](spiris.faults)(method="POST", path="/shortcuts/", times=1)
    with pytest.raises(Unavailable) as failed:
        await leave.create_day(wanted)
    assert failed.value.sent is True
    assert len(await leave.read_day(wanted.person, wanted.key)) == len(sweden.shortcuts) <= 1


async def test_a_refusal_that_quotes_gives_nothing_away(
    spiris: SpirisLon, sweden: SpirisCompany, leave: SpirisLeaveTarget
) -> None:
    spiris.faults.quoting(400, method="POST", path="/shortcuts/")
    with pytest.raises(Rejected) as refused:
        await leave.create_day(write(sweden, hours="7.50"))
    said = f"{refused.value!r} {refused.value.verbatim} {refused.value.text}"
    assert [word for word in ("sickleave", "Sjukfrånvaro", "450", "7.5") if word in said] == []
