"""Hours of a day in Fortnox: read by the page, written once, corrected and deleted by their ids.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import (
    CodeRefused,
    CredentialsRefused,
    DayClosed,
    NotPermitted,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
)
from bot.providers.fortnox.leave_target import FortnoxLeaveTarget
from sandbox.fortnox import COMPANY, NO_LICENCE, NO_RIGHTS, Fortnox
from sandbox.fortnox.company import FortnoxCompany
from tests.providers.fortnox.connections import agree, fortnox_leave
from tests.providers.target_suite import UNCERTAIN
from tests.providers.test_requests import faults

MONDAY = date(2026, 11, 2)
OCTOBER = date(2026, 10, 30)
NOVEMBER = LeaveWindow(date(2026, 11, 1), date(2026, 11, 30))


def person(number: str = "2001") -> LeavePerson:
    return LeavePerson(employee_id=f"hr{number}", number=number, target_id=number, name="Elin Sjögren")


def write(day: date = MONDAY, code: str = "SJK", hours: str = "8.00", number: str = "2001") -> DayWrite:
    key = DayKey(f"hr{number}", day, code)
    return DayWrite(person=person(number), key=key, hours=Decimal(hours), marker="3f9a1c2e", reference="r:1")


def typed(company: FortnoxCompany, day: date = MONDAY, number: str = "2001", code: str = "SJK", **more: Any) -> str:
    """What somebody has typed in Fortnox; gives its id."""
    identifier = f"{len(company.absences):08}-typed"
    row = {"id": identifier, "EmployeeId": number, "CauseCode": code, "Date": day.isoformat(), "Hours": 8, **more}
    company.absences[identifier] = row
    return identifier


def hours(company: FortnoxCompany) -> list[tuple[str, str, Any]]:
    return [(row["Date"], row["CauseCode"], row.get("Hours")) for row in company.absences.values()]


async def read(
    leave: FortnoxLeaveTarget, people: Collection[LeavePerson], codes: Collection[str] = ("SJK", "SEM")
) -> list[TargetDay]:
    return [row async for page in leave.read_days(list(people), NOVEMBER, codes) for row in page]


@pytest.fixture
async def leave(fortnox: Fortnox) -> AsyncIterator[FortnoxLeaveTarget]:
    async with fortnox_leave(fortnox, page_size="4") as opened:
        yield opened


async def test_1_a_day_is_one_row_and_says_nothing_more(
    fortnox: Fortnox, sweden: FortnoxCompany, leave: FortnoxLeaveTarget
) -> None:
    made = await leave.create_day(write())
    (sent,) = fortnox.requests.writes()
    assert sent.body == {
        "AbsenceTransaction": {"EmployeeId": "2001", "CauseCode": "SJK", "Date": "2026-11-02", "Hours": 8}
    }
    (row,) = await leave.read_day(person(), write().key)
    assert (row.key, row.hours, row.marker, row.locked, row.row) == (write().key, Decimal(8), "", False, made)
    assert list(sweden.absences) == [made.target_id]
    assert "SJK" not in repr(row)


async def test_24_28_a_row_is_changed_and_keeps_what_payroll_has_in_it(
    fortnox: Fortnox, sweden: FortnoxCompany, leave: FortnoxLeaveTarget
) -> None:
    made = await leave.create_day(write())
    sweden.absences[made.target_id] |= {"CostCenter": "200", "HolidayEntitling": False, "Extent": 100}
    assert await leave.update_day(write(hours="3.75"), made) == made
    row = sweden.absences[made.target_id]
    assert (row["Hours"], row["CostCenter"], row["HolidayEntitling"], "Extent" in row) == (3.75, "200", False, False)
    await leave.delete_day(person(), write().key, made)
    assert sweden.absences == {}
    await leave.delete_day(person(), write().key, made)
    sent = [e for e in fortnox.requests if "absence" in e.path and (e.status or 500) < 400]
    assert {e.method for e in sent} == {"GET", "POST", "PUT", "DELETE"}
    # Ids of rows from before 2022 have other forms than the described one.
    assert [fault for fault in faults("fortnox", sent) if "uuid" not in fault] == []


async def test_66_one_that_is_there_is_never_made_a_second_time(
    sweden: FortnoxCompany, leave: FortnoxLeaveTarget
) -> None:
    first = typed(sweden)
    with pytest.raises(RowExists):
        await leave.create_day(write())
    assert list(sweden.absences) == [first]
    typed(sweden, Hours=4)
    rows = await leave.read_day(person(), write().key)
    assert [row.hours for row in rows] == [Decimal(8), Decimal(4)]  # both are given, and the core leaves them


async def test_other_codes_days_and_people_are_not_ours(sweden: FortnoxCompany, leave: FortnoxLeaveTarget) -> None:
    typed(sweden, code="SEM")
    typed(sweden, day=date(2026, 11, 3))
    typed(sweden, number="2002")
    typed(sweden, code="NÄR")  # as it occurs, whatever is described
    assert list(await leave.read_day(person(), write().key)) == []
    assert (await leave.create_day(write())).target_id in sweden.absences


async def test_a_share_of_a_day_is_somebodys_own(sweden: FortnoxCompany, leave: FortnoxLeaveTarget) -> None:
    typed(sweden, Hours=None, Extent=50)
    (row,) = await leave.read_day(person(), write().key)
    assert row.hours == 0


@pytest.mark.parametrize("many", [False, True])
async def test_people_are_read_in_as_few_calls_as_may_be(fortnox: Fortnox, sweden: FortnoxCompany, many: bool) -> None:
    people = [person(number) for number in ("2001", "2002", "2003")]
    for one in people:
        for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)):
            typed(sweden, day, one.number)
    for at in range(20 if many else 0):
        typed(sweden, date(2025, 1, 1 + at), "2005")
    away = replace(people[0], employee_id="new", target_id=None)
    fortnox.requests.clear()
    async with fortnox_leave(fortnox, page_size="12") as leave:
        rows = await read(leave, [*people, away])
    wanted = {DayKey(one.employee_id, day, "SJK") for one in people for day in (NOVEMBER.first, NOVEMBER.last)}
    assert {row.key for row in rows} == wanted
    assert len(rows) == 6
    asked = [e for e in fortnox.requests if e.path.endswith("/absencetransactions")]
    assert [bool(e.query.get("employeeid")) for e in asked] == [False, *([True] * 3 if many else [False])]


async def test_a_row_that_goes_between_two_pages_takes_no_other_out_of_sight(
    sweden: FortnoxCompany, leave: FortnoxLeaveTarget
) -> None:
    for place in range(9):
        typed(sweden, date(2026, 11, 1 + place))
    seen: set[date] = set()
    async for rows in leave.read_days([person()], NOVEMBER, ["SJK"]):
        if not seen:
            del sweden.absences[next(iter(sweden.absences))]
        seen.update(row.key.day for row in rows)
    assert {date(2026, 11, 1 + place) for place in range(9)} == seen


@pytest.mark.parametrize("keep", [0, 1, 2])
async def test_a_page_cut_short_loses_no_row(
    fortnox: Fortnox, sweden: FortnoxCompany, leave: FortnoxLeaveTarget, keep: int
) -> None:
    for day in (2, 3, 4):
        typed(sweden, date(2026, 11, day))
    fortnox.faults.truncated_page(keep=keep, path="/absencetransactions$", nth=2, times=1)
    assert len(await read(leave, [person()])) == 3
    fortnox.faults.empty_page(path="/absencetransactions$", times=None)
    with pytest.raises(Unavailable):
        await read(leave, [person()])


@pytest.mark.parametrize("amount", ["0", "-1", "38"])
async def test_46_47_what_is_no_day_is_not_sent(fortnox: Fortnox, leave: FortnoxLeaveTarget, amount: str) -> None:
    with pytest.raises(Rejected) as refused:
        await leave.create_day(write(hours=amount))
    assert refused.value.text.key == "fortnox.leave.no_hours"
    assert fortnox.requests.writes() == []


async def test_somebody_who_is_not_there_yet_waits(fortnox: Fortnox, leave: FortnoxLeaveTarget) -> None:
    nobody = replace(write(), person=replace(person(), target_id=None))
    with pytest.raises(Rejected) as refused:
        await leave.create_day(nobody)
    assert refused.value.text.key == "fortnox.leave.no_person"
    assert list(fortnox.requests) == []


@pytest.mark.parametrize("code", ["XXX", "sjk", "801"])
async def test_a_code_that_fortnox_does_not_have_is_not_sent(
    fortnox: Fortnox, leave: FortnoxLeaveTarget, code: str
) -> None:
    with pytest.raises(CodeRefused):
        await leave.create_day(write(code=code))
    assert fortnox.requests.writes() == []


async def test_a_code_that_fortnox_refuses_is_the_codes(fortnox: Fortnox, leave: FortnoxLeaveTarget) -> None:
    body = {"ErrorInformation": {"error": 1, "message": "Ogiltig orsakskod SJK. (CauseCode)", "code": 2000000}}
    fortnox.faults.status(400, body, method="POST", path="/absencetransactions$")
    with pytest.raises(CodeRefused) as refused:
        await leave.create_day(write())
    assert "SJK" not in f"{refused.value} {refused.value.verbatim} {refused.value!r}"


async def test_29_a_month_that_is_over_is_taken_to_be_closed_when_it_is_refused(
    sweden: FortnoxCompany, leave: FortnoxLeaveTarget
) -> None:
    old, row = write(OCTOBER), RowReference(typed(sweden, OCTOBER))
    assert await leave.update_day(replace(old, hours=Decimal(4)), row) == row  # it is open, so it is done
    sweden.switches.closed_through = MONDAY
    for attempt in (
        leave.update_day(old, row),
        leave.delete_day(person(), old.key, row),
        leave.create_day(write(OCTOBER, "SEM")),
    ):
        with pytest.raises(DayClosed) as closed:
            await attempt
        assert closed.value.verbatim == "Perioden är låst."
    with pytest.raises(Rejected) as refused:
        await leave.create_day(write())  # of this month nobody knows why
    assert not isinstance(refused.value, DayClosed)
    assert hours(sweden) == [("2026-10-30", "SJK", 4)]


async def test_a_row_that_has_gone_or_become_anothers(sweden: FortnoxCompany, leave: FortnoxLeaveTarget) -> None:
    made = await leave.create_day(write())
    sweden.absences[made.target_id]["Date"] = "2026-11-03"
    for attempt in (leave.update_day(write(hours="4"), made), leave.delete_day(person(), write().key, made)):
        with pytest.raises(WriteConflict):
            await attempt
    assert hours(sweden) == [("2026-11-03", "SJK", 8)]
    del sweden.absences[made.target_id]
    with pytest.raises(RowGone):
        await leave.update_day(write(hours="4"), made)


@pytest.mark.parametrize("fault", UNCERTAIN)
async def test_55_a_write_without_an_answer_is_read_and_not_made_twice(
    fortnox: Fortnox, sweden: FortnoxCompany, leave: FortnoxLeaveTarget, fault: str
) -> None:
    UNCERTAIN[fault](fortnox.faults)(method="POST", path="/absencetransactions$", times=1)
    try:
        await leave.create_day(write())
    except Unavailable:
        if not await leave.read_day(person(), write().key):
            await leave.create_day(write())
    assert hours(sweden) == [("2026-11-02", "SJK", 8)]


async def test_other_hours_than_were_sent_are_an_unknown_outcome(fortnox: Fortnox, leave: FortnoxLeaveTarget) -> None:
    body = {"AbsenceTransaction": {"id": "x", "Hours": 7.5}}
    fortnox.faults.status(201, body, method="POST", path="/absencetransactions$")
    with pytest.raises(Unavailable) as failed:
        await leave.create_day(write())
    assert failed.value.sent


@pytest.mark.parametrize("status", [400, 403, 409, 422])
async def test_68_a_refusal_that_quotes_gives_nothing_away(
    fortnox: Fortnox, leave: FortnoxLeaveTarget, status: int
) -> None:
    fortnox.faults.quoting(status, method="POST", path="/absencetransactions$", times=None)
    with pytest.raises(ProviderError) as refused:
        await leave.create_day(write(hours="6.25"))
    said = f"{refused.value.verbatim} {refused.value!r} {refused.value}"
    assert [word for word in ("SJK", "Sjukdom", "6.25", "6,25") if word in said] == []


async def test_the_check_says_what_is_missing(fortnox: Fortnox, leave: FortnoxLeaveTarget) -> None:
    assert list(await leave.leave_preflight()) == []
    assert (await leave.identify()).id == str(COMPANY)
    codes = {code.value: code for code in await leave.leave_codes()}
    assert len(codes) == 22
    assert codes["SEM"].label == "SEM Semester"
    assert await leave.holidays(NOVEMBER) is None
    assert (await leave.closed_days([person()], NOVEMBER)).people == {}
    for tenant in (NO_LICENCE, NO_RIGHTS):
        agree(fortnox, tenant)
        async with fortnox_leave(fortnox, tenant) as other:
            with pytest.raises(NotPermitted):
                await other.leave_preflight()
    fortnox.sign_in.revoke(COMPANY)
    async with fortnox_leave(fortnox) as gone:
        with pytest.raises(CredentialsRefused):
            await gone.create_day(write())
