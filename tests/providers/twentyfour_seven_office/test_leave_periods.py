"""Leaves of absence in 24SevenOffice: made, ended, and rejected where they never were; none is ever deleted.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodKey, PeriodWrite, RowReference, WantedPeriod
from bot.domain.resource import LeaveWay, Resource
from bot.providers import registry
from bot.providers.errors import (
    CodeRefused,
    NotPermitted,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
    WrongAccount,
)
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.leave_target import TwentyFourLeaveTarget
from sandbox.twentyfour_seven_office import COMPANY, OTHER_TOKEN, TOKEN, TwentyfourSevenOffice
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.rules import Document
from tests.contracts.contract import contract
from tests.providers.twentyfour_seven_office.connections import connection

LEAVE = "65f0c0ffee0000000000aa01"
PARENTAL, OTHER, WHOLE_DAYS = "10", "12", "13"
JULY, JUNE = date(2026, 7, 1), date(2027, 6, 30)
NOVEMBER_ENDS, DECEMBER = date(2026, 11, 30), date(2026, 12, 1)
PERSON = LeavePerson(employee_id="hr1001", number="1001", target_id="1001")


@asynccontextmanager
async def leave_target_of(
    so: TwentyfourSevenOffice, token: str = TOKEN, *, expected: str | None = None, **options: str
) -> AsyncIterator[TwentyFourLeaveTarget]:
    async with TwentyFourClient(connection(token, url=so.url, expected=expected, **options)) as client:
        yield TwentyFourLeaveTarget(client)


@pytest.fixture
async def leave_target(so: TwentyfourSevenOffice) -> AsyncIterator[TwentyFourLeaveTarget]:
    async with leave_target_of(so) as opened:
        yield opened


def period(
    first: date = JULY,
    last: date | None = JUNE,
    percent: str = "100",
    *,
    code: str = OTHER,
    part: int = 1,
    leave: str = LEAVE,
    person: LeavePerson = PERSON,
) -> PeriodWrite:
    wanted = WantedPeriod(
        key=PeriodKey(leave, part=part), employee_id=person.employee_id, code=code, first=first, last=last,
        percent=Decimal(percent),
    )  # fmt: skip
    return PeriodWrite(person=person, wanted=wanted)


def held(norway: OfficeCompany) -> list[tuple[Any, ...]]:
    names = ("empId", "startDate", "endDate", "percent", "absenceType", "externalId", "approved")
    return [tuple(row[name] for name in names) for row in norway.absences.rows.values()]


def typed(norway: OfficeCompany, **different: str) -> Document:
    """A period that somebody in payroll has entered."""
    row = {"empId": "1001", "absenceType": OTHER, "startDate": "2026-09-01", "endDate": "2026-09-30", "percent": "100"}
    return norway.write_absence({**row, **different}, "2026-08-01 09:00:00")


def test_absence_is_declared_as_leaves_of_absence_alone() -> None:
    spec = registry.target("twentyfour_seven_office").info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.leave is not None
    assert (spec.leave.ways, spec.leave.period_deletes) == (frozenset({LeaveWay.PERIOD}), True)


async def test_36_a_year_is_one_period_that_is_read_as_it_was_sent(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    made = await leave_target.create_period(period())
    assert held(norway) == [("1001", "2026-07-01", "2027-06-30", "100.00", OTHER, LEAVE, "1")]
    (found,) = await leave_target.read_periods([PERSON])
    assert (found.employee_id, found.reference, found.code) == ("hr1001", LEAVE, OTHER)
    assert (found.first, found.last, found.percent, found.row) == (JULY, JUNE, Decimal(100), made)
    (sent,) = so.requests.writes()
    assert contract("twentyfour_seven_office").faults("POST", "/absence/v2", {}, sent.body) == []
    assert "comment" not in sent.body


async def test_40_a_leave_without_an_end_has_none(leave_target: TwentyFourLeaveTarget, norway: OfficeCompany) -> None:
    await leave_target.create_period(period(last=None))
    assert held(norway)[0][2] == ""
    (found,) = await leave_target.read_periods([PERSON])
    assert found.last is None


async def test_38_66c_another_percentage_is_an_end_and_a_new_period_and_goes_back(
    leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    made = await leave_target.create_period(period(code=PARENTAL))
    norway.absences.rows[made.target_id]["comment"] = "avtalt"  # payroll's own words stay
    ended = await leave_target.update_period(period(last=NOVEMBER_ENDS, code=PARENTAL), made)
    second = await leave_target.create_period(period(DECEMBER, JUNE, "50", code=PARENTAL, part=2))
    assert held(norway) == [
        ("1001", "2026-07-01", "2026-11-30", "100.00", PARENTAL, LEAVE, "1"),
        ("1001", "2026-12-01", "2027-06-30", "50.00", PARENTAL, f"{LEAVE}:2", "1"),
    ]
    # Both are of the one parental leave, which began with its first part.
    assert {row["startdateParental"] for row in norway.absences.rows.values()} == {"2026-07-01"}
    assert norway.absences.rows[made.target_id]["comment"] == "avtalt"
    # While the second part stands, its days would be paid twice.
    with pytest.raises(Rejected) as refused:
        await leave_target.update_period(period(code=PARENTAL), ended)
    assert refused.value.text.key == "twentyfour_seven_office.leave.meets_another"
    await leave_target.end_on_first_day(period(DECEMBER, JUNE, "50", code=PARENTAL, part=2), second)
    await leave_target.update_period(period(code=PARENTAL), ended)
    assert [(row[1], row[2], row[-1]) for row in held(norway)] == [
        ("2026-07-01", "2027-06-30", "1"),
        ("2026-12-01", "2026-12-01", "2"),
    ]
    assert [found.reference for found in await leave_target.read_periods([PERSON])] == [LEAVE]


async def test_39_one_that_never_was_is_rejected_and_may_come_again(
    leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    one_day = period(JULY, JULY)
    made = await leave_target.create_period(one_day)
    await leave_target.end_on_first_day(one_day, made)
    assert [row[-1] for row in held(norway)] == ["2"]
    assert await leave_target.read_periods([PERSON]) == []
    with pytest.raises(RowGone):
        await leave_target.update_period(period(), made)
    again = await leave_target.create_period(one_day)
    assert again.target_id != made.target_id
    assert [row[-1] for row in held(norway)] == ["2", "1"]


async def test_66d_part_of_a_day_is_not_sent_to_a_type_of_whole_days(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    part = period(JULY, JULY, "26.67", code=WHOLE_DAYS)  # 2.00 of 7.5 hours
    with pytest.raises(Rejected) as refused:
        await leave_target.create_period(part)
    assert refused.value.text.key == "twentyfour_seven_office.leave.not_graded"
    assert refused.value.advice is not None
    assert so.requests.writes() == []
    await leave_target.create_period(period(JULY, JULY, "26.67"))
    assert [row[3] for row in held(norway)] == ["26.67"]


async def test_66e_care_of_a_child_that_is_not_known_there_is_not_sent_and_no_child_is_made(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget
) -> None:
    problems = {code.value: code.problem for code in await leave_target.leave_codes()}
    assert problems == {
        "01": "code_sickness_in_payroll", "02": "code_child_in_payroll", "03": "code_sickness_in_payroll",
        "04": "code_days_in_payroll", "10": None, "12": None, "13": None, "14": "code_wants_comment",
    }  # fmt: skip
    for code in ("02", "01", "04", "14", "99"):
        with pytest.raises(CodeRefused):
            await leave_target.create_period(period(JULY, JULY, code=code))
    assert so.requests.writes() == []
    assert so.requests.matching(path="/child/v2") == []


@pytest.mark.parametrize("lost", ["cut", "malformed"])
async def test_55_one_without_an_answer_is_found_by_its_id_and_not_made_twice(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, norway: OfficeCompany, lost: str
) -> None:
    if lost == "cut":
        so.faults.connection_cut(committed=True, method="POST", path="/absence/v2$", times=1)
    else:
        so.faults.malformed_json(method="POST", path="/absence/v2$", times=1)
    with pytest.raises(Unavailable) as failed:
        await leave_target.create_period(period())
    assert failed.value.sent is True
    (found,) = await leave_target.read_periods([PERSON])
    assert found.reference == LEAVE
    with pytest.raises(RowExists):
        await leave_target.create_period(period())
    assert len(norway.absences.rows) == 1


@pytest.mark.parametrize(
    ("there", "stands"),
    [
        ({}, True),
        ({"endDate": ""}, True),
        ({"startDate": "2026-05-01", "endDate": "2026-06-30"}, False),
        ({"absenceType": WHOLE_DAYS}, False),
        ({"approved": "2"}, False),
        ({"empId": "1002"}, False),
    ],
)
async def test_54_what_payroll_has_entered_itself_is_not_sent_beside_it(
    leave_target: TwentyFourLeaveTarget, norway: OfficeCompany, there: dict[str, str], stands: bool
) -> None:
    typed(norway, **there)
    if stands:
        with pytest.raises(RowExists):
            await leave_target.create_period(period())
    else:
        await leave_target.create_period(period())
    assert len(norway.absences.rows) == (1 if stands else 2)


async def test_52_53_what_somebody_has_changed_or_removed_is_left(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    made = await leave_target.create_period(period())
    norway.absences.rows[made.target_id]["lastChanged"] = "2026-11-01 08:00:00"
    so.requests.clear()
    with pytest.raises(WriteConflict):
        await leave_target.update_period(period(last=NOVEMBER_ENDS), made)
    current = RowReference(made.target_id, "2026-11-01 08:00:00")
    norway.absences.rows[made.target_id]["externalId"] = "another"
    with pytest.raises(WriteConflict):
        await leave_target.end_on_first_day(period(), current)
    del norway.absences.rows[made.target_id]
    with pytest.raises(RowGone):
        await leave_target.update_period(period(last=NOVEMBER_ENDS), current)
    assert so.requests.writes() == []


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (period(percent="50"), "fixed_period"),
        (period(first=date(2026, 7, 2)), "fixed_period"),
        (period(code=PARENTAL), "fixed_period"),
        (period(last=None), "open_period"),
        (period(last=date(2026, 6, 1)), "no_period"),
    ],
)
async def test_only_an_end_can_move(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, write: PeriodWrite, why: str
) -> None:
    made = await leave_target.create_period(period())
    so.requests.clear()
    with pytest.raises(Rejected) as refused:
        await leave_target.update_period(write, made)
    assert refused.value.text.key == f"twentyfour_seven_office.leave.{why}"
    assert await leave_target.update_period(period(), made) == made
    assert so.requests.writes() == []


@pytest.mark.parametrize("percent", ["0", "100.5"])
async def test_what_is_no_share_is_not_sent(leave_target: TwentyFourLeaveTarget, percent: str) -> None:
    with pytest.raises(Rejected):
        await leave_target.create_period(period(percent=percent))


async def test_a_second_part_without_its_first_is_not_sent(leave_target: TwentyFourLeaveTarget) -> None:
    with pytest.raises(Rejected) as refused:
        await leave_target.create_period(period(DECEMBER, JUNE, "50", code=PARENTAL, part=2))
    assert refused.value.text.key == "twentyfour_seven_office.leave.no_parental_start"


async def test_a_list_that_is_cut_short_loses_nothing(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, norway: OfficeCompany
) -> None:
    people = [PERSON, *(LeavePerson(employee_id=f"hr{n}", number=n, target_id=n) for n in ("1002", "1003"))]
    for person in people:
        await leave_target.create_period(period(person=person, leave=f"l{person.number}"))
    everybody = [*people, *(LeavePerson(employee_id=f"x{n}", number=str(n), target_id=str(n)) for n in range(20))]
    for asked, path in ((people, "/absence/v2/1001$"), (everybody, "/absence/v2$")):
        so.faults.truncated_page(keep=0, method="GET", path=path, times=1)
        assert {found.reference for found in await leave_target.read_periods(asked)} == {"l1001", "l1002", "l1003"}


@pytest.mark.parametrize("rows", [[{"empId": "1001"}], [{"serialNo": "1", "empId": "1001"}], {"rows": []}])
async def test_what_cannot_be_read_is_no_absence_of_it(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, rows: Any
) -> None:
    so.faults.status(200, rows, method="GET", path="/absence/v2/1001$", times=None)
    with pytest.raises(Unavailable):
        await leave_target.read_periods([PERSON])


async def test_the_check_sees_that_types_are_hidden_and_whose_company_it_is(so: TwentyfourSevenOffice) -> None:
    async with leave_target_of(so) as target:
        assert list(await target.leave_preflight()) == []
        assert (await target.identify()).name == "Polarbønna Norge AS"
        with pytest.raises(KeyError):
            await target.leave_choices("anything")
    so.faults.status(401, {"message": "no"}, method="GET", path="/absencetypes/v2$", times=None)
    async with leave_target_of(so) as target:
        with pytest.raises(NotPermitted):
            await target.leave_preflight()
    async with leave_target_of(so, OTHER_TOKEN, expected=COMPANY) as target:
        with pytest.raises(WrongAccount):
            await target.read_periods([PERSON])


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_68_a_refusal_that_quotes_gives_nothing_away(
    so: TwentyfourSevenOffice, leave_target: TwentyFourLeaveTarget, status: int
) -> None:
    words = f"Not accepted: type {OTHER} Andre permisjoner - lovfestet 62.50 % for {TOKEN}"
    so.faults.status(status, {"message": words}, method="POST", path="/absence/v2$", times=None)
    with pytest.raises(ProviderError) as refused:
        await leave_target.create_period(period(percent="62.5"))
    error = refused.value
    said = f"{error!r} {error} {error.verbatim} {error.text} {error.advice}"
    assert "Not accepted" in said
    assert [word for word in (f" {OTHER} ", "lovfestet", "62.50", TOKEN) if word in said] == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [("text/html", {}), ("application/json", {"absence_content_type": "application/json"})],
)
async def test_a_body_is_called_as_described_unless_the_operator_says_otherwise(
    so: TwentyfourSevenOffice, norway: OfficeCompany, kind: str, options: dict[str, str]
) -> None:
    norway.switches.absence_kinds = (kind,)
    async with leave_target_of(so, **options) as target:
        await target.create_period(period())
    assert len(norway.absences.rows) == 1
