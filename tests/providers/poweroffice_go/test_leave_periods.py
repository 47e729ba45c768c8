"""Leaves of absence in PowerOffice Go: made and ended in the employment that covers them; none is ever deleted.

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
    DayClosed,
    NotPermitted,
    ProviderError,
    Rejected,
    RowExists,
    RowGone,
    Unavailable,
    WriteConflict,
    WrongAccount,
)
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.leave_target import PowerofficeGoLeaveTarget
from sandbox.poweroffice_go import CLIENT_KEY, MISSING_RIGHTS_KEY, OTHER_CLIENT_KEY, PowerofficeGo
from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.rules import Document
from tests.contracts.contract import contract
from tests.providers.poweroffice_go.connections import connection

LEAVE = "65f0c0ffee0000000000aa01"
PARENTAL, OTHER = "Maternity", "OtherStatutory"
JULY, JUNE = date(2026, 7, 1), date(2027, 6, 30)
NOVEMBER_ENDS, DECEMBER = date(2026, 11, 30), date(2026, 12, 1)
LEAVES = r"/Employments/\d+/Leaves"


@asynccontextmanager
async def leave_target_of(
    go: PowerofficeGo, key: str = CLIENT_KEY, *, expected: str | None = None, **options: str
) -> AsyncIterator[PowerofficeGoLeaveTarget]:
    async with PowerofficeGoClient(connection(key, url=go.url, expected=expected, **options)) as client:
        yield PowerofficeGoLeaveTarget(client)


@pytest.fixture
async def leave_target(go: PowerofficeGo) -> AsyncIterator[PowerofficeGoLeaveTarget]:
    async with leave_target_of(go) as opened:
        yield opened


def person_in(norway: GoClient, number: str = "1001") -> LeavePerson:
    (found,) = norway.by_number(number)
    return LeavePerson(employee_id=f"hr{number}", number=number, target_id=str(found["Id"]))


@pytest.fixture
def person(norway: GoClient) -> LeavePerson:
    return person_in(norway)


def period(
    person: LeavePerson,
    first: date = JULY,
    last: date | None = JUNE,
    percent: str = "100",
    *,
    code: str = OTHER,
    part: int = 1,
    leave: str = LEAVE,
    **settings: str,
) -> PeriodWrite:
    wanted = WantedPeriod(
        key=PeriodKey(leave, part=part), employee_id=person.employee_id, code=code, first=first, last=last,
        percent=Decimal(percent),
    )  # fmt: skip
    return PeriodWrite(person=person, wanted=wanted, settings=settings)


def job_of(norway: GoClient, person: LeavePerson) -> Document:
    (job,) = norway.of("employments", EmployeeId=int(person.target_id or 0))
    return job


def typed(norway: GoClient, person: LeavePerson, **different: Any) -> Document:
    """A leave that somebody in payroll has entered."""
    row = {"StartDate": "2026-09-01", "EndDate": "2026-09-30", "LeavePercentage": 100, "TypeOfLeave": OTHER}
    return norway.leaves.create(job_of(norway, person), {**row, **different})


def held(norway: GoClient) -> list[tuple[Any, ...]]:
    names = ("StartDate", "EndDate", "LeavePercentage", "TypeOfLeave", "ReportingId")
    return [tuple(row[name] for name in names) for row in norway.leaves.rows.values()]


def test_absence_is_declared_as_leaves_of_absence_that_only_end() -> None:
    spec = registry.target("poweroffice_go").info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.leave is not None
    assert (spec.leave.ways, spec.leave.period_deletes) == (frozenset({LeaveWay.PERIOD}), False)


async def test_36_a_year_is_one_leave_that_is_read_as_it_was_sent(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    made = await leave_target.create_period(period(person, percent="62.5", adjust_other_statutory="yes"))
    assert held(norway) == [("2026-07-01", "2027-06-30", 62.5, OTHER, LEAVE)]
    (found,) = await leave_target.read_periods([person])
    assert (found.employee_id, found.reference, found.code) == ("hr1001", LEAVE, OTHER)
    assert (found.first, found.last, found.percent, found.row) == (JULY, JUNE, Decimal("62.5"), made)
    (sent,) = go.requests.writes()
    path = "/Employees/Employments/{employmentId}/Leaves"
    assert contract("poweroffice_go").faults("POST", path, {}, sent.body) == []
    (row,) = norway.leaves.rows.values()
    assert (row["AdjustFixedWage"], row["ExcludeEmployeeFromPayroll"], row["EndedAndReported"]) == (True, False, False)


async def test_40_a_leave_without_an_end_has_none(
    leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    await leave_target.create_period(period(person, last=None, adjust_maternity="yes"))
    assert held(norway)[0][1] is None
    assert [row["AdjustFixedWage"] for row in norway.leaves.rows.values()] == [False]  # not chosen for this kind
    (found,) = await leave_target.read_periods([person])
    assert found.last is None


async def test_38_66c_another_percentage_is_an_end_and_a_new_leave(
    leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    made = await leave_target.create_period(period(person, code=PARENTAL))
    ended = await leave_target.update_period(period(person, last=NOVEMBER_ENDS, code=PARENTAL), made)
    second = period(person, DECEMBER, JUNE, "50", code=PARENTAL, part=2)
    await leave_target.create_period(second)
    assert held(norway) == [
        ("2026-07-01", "2026-11-30", 100, PARENTAL, LEAVE),
        ("2026-12-01", "2027-06-30", 50, PARENTAL, f"{LEAVE}:2"),
    ]
    # While the second part stands, its days would count twice.
    with pytest.raises(Rejected) as refused:
        await leave_target.update_period(period(person, code=PARENTAL), ended)
    assert refused.value.text.key == "poweroffice_go.leave.meets_another"


async def test_39_one_that_never_was_ends_on_its_first_day_and_is_not_deleted(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    made = await leave_target.create_period(period(person))
    ended = await leave_target.end_on_first_day(period(person), made)
    assert held(norway) == [("2026-07-01", "2026-07-01", 100, OTHER, LEAVE)]
    go.requests.clear()
    assert await leave_target.end_on_first_day(period(person), ended) == ended
    assert go.requests.writes() == []


@pytest.mark.parametrize("lost", ["cut", "malformed"])
async def test_55_one_without_an_answer_is_found_by_its_id_and_not_made_twice(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson, lost: str
) -> None:
    if lost == "cut":
        go.faults.connection_cut(committed=True, method="POST", path=f"{LEAVES}$", times=1)
    else:
        go.faults.malformed_json(method="POST", path=f"{LEAVES}$", times=1)
    with pytest.raises(Unavailable) as failed:
        await leave_target.create_period(period(person))
    assert failed.value.sent is True
    (found,) = await leave_target.read_periods([person])
    assert found.reference == LEAVE
    with pytest.raises(RowExists):
        await leave_target.create_period(period(person))
    assert len(norway.leaves.rows) == 1


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ({}, RowExists),
        ({"EndDate": None}, RowExists),
        ({"StartDate": "2026-05-01", "EndDate": "2026-06-30"}, None),
        ({"StartDate": "2026-05-01", "EndDate": "2026-07-01"}, RowExists),
        ({"TypeOfLeave": "Military"}, Rejected),
        ({"TypeOfLeave": "Military", "LeavePercentage": 40}, None),
        ({"ReportingId": LEAVE, "StartDate": "2026-05-01", "EndDate": "2026-06-30"}, RowExists),
    ],
)
async def test_54_what_payroll_has_entered_itself_is_not_sent_beside_it(
    leave_target: PowerofficeGoLeaveTarget,
    norway: GoClient,
    person: LeavePerson,
    there: dict[str, Any],
    why: type[ProviderError] | None,
) -> None:
    typed(norway, person, **there)
    if why is not None:
        with pytest.raises(why):
            await leave_target.create_period(period(person, percent="60"))
    else:
        await leave_target.create_period(period(person, percent="60"))
    assert len(norway.leaves.rows) == (1 if why else 2)


async def test_shares_are_added_day_by_day(
    leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    typed(norway, person, TypeOfLeave="Military", LeavePercentage=50, StartDate="2026-07-01", EndDate="2026-08-31")
    typed(norway, person, TypeOfLeave=PARENTAL, LeavePercentage=50, StartDate="2026-09-01", EndDate="2026-10-31")
    await leave_target.create_period(period(person, percent="50"))
    assert len(norway.leaves.rows) == 3


async def test_52_53_what_somebody_has_changed_or_removed_is_left(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    made = await leave_target.create_period(period(person))
    (row,) = norway.leaves.rows.values()
    row["LastChangedDateTimeOffset"] = "2026-11-01T08:00:00+00:00"
    go.requests.clear()
    with pytest.raises(WriteConflict):
        await leave_target.update_period(period(person, last=NOVEMBER_ENDS), made)
    current = RowReference(made.target_id, "2026-11-01T08:00:00+00:00")
    row["ReportingId"] = "POGO_another"
    with pytest.raises(WriteConflict):
        await leave_target.end_on_first_day(period(person), current)
    norway.leaves.rows.clear()
    with pytest.raises(RowGone):
        await leave_target.update_period(period(person, last=NOVEMBER_ENDS), current)
    for strange in ("", "7", "7/../9", f"999999/{made.target_id.partition('/')[2]}"):
        with pytest.raises(RowGone):
            await leave_target.update_period(period(person), RowReference(strange, ""))
    assert go.requests.writes() == []


async def test_what_is_ended_and_reported_is_not_changed(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    made = await leave_target.create_period(period(person))
    (row,) = norway.leaves.rows.values()
    row["EndedAndReported"] = True
    go.requests.clear()
    (found,) = await leave_target.read_periods([person])
    assert found.locked is True
    for write in (leave_target.update_period, leave_target.end_on_first_day):
        with pytest.raises(DayClosed) as refused:
            await write(period(person, last=NOVEMBER_ENDS), made)
        assert refused.value.advice is not None
    assert await leave_target.update_period(period(person), made) == made
    assert go.requests.writes() == []


@pytest.mark.parametrize(
    ("different", "why"),
    [
        ({"percent": "50"}, "fixed_period"),
        ({"first": date(2026, 7, 2)}, "fixed_period"),
        ({"code": PARENTAL}, "fixed_period"),
        ({"last": None}, "open_period"),
        ({"last": date(2026, 6, 1)}, "no_period"),
    ],
)
async def test_only_an_end_can_move(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, person: LeavePerson, different: dict[str, Any], why: str
) -> None:
    made = await leave_target.create_period(period(person))
    go.requests.clear()
    with pytest.raises(Rejected) as refused:
        await leave_target.update_period(period(person, **different), made)
    assert refused.value.text.key == f"poweroffice_go.leave.{why}"
    assert await leave_target.update_period(period(person), made) == made
    assert go.requests.writes() == []


@pytest.mark.parametrize(
    ("different", "error"),
    [
        ({"percent": "0"}, Rejected),
        ({"percent": "100.5"}, Rejected),
        ({"last": date(2026, 6, 1)}, Rejected),
        ({"first": date(1990, 1, 1)}, Rejected),
        ({"code": "Sick"}, CodeRefused),
        ({"code": "maternity"}, CodeRefused),
    ],
)
async def test_what_go_has_no_room_for_is_not_sent(
    go: PowerofficeGo,
    leave_target: PowerofficeGoLeaveTarget,
    person: LeavePerson,
    different: dict[str, Any],
    error: type[ProviderError],
) -> None:
    with pytest.raises(error):
        await leave_target.create_period(period(person, **different))
    assert go.requests.writes() == []


async def test_60_a_leave_beyond_the_employment_or_over_two_is_told(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    job = job_of(norway, person)
    job |= {"EndDate": "2026-11-30", "EndDateReason": "EmployeeHasResigned"}
    norway.add(
        "employments", **{k: v for k, v in job.items() if k not in ("Id", "EndDate")} | {"StartDate": "2026-12-01"}
    )
    with pytest.raises(Rejected) as refused:
        await leave_target.create_period(period(person))
    assert refused.value.text.key == "poweroffice_go.leave.no_employment"
    assert go.requests.writes() == []
    await leave_target.create_period(period(person, last=NOVEMBER_ENDS))
    await leave_target.create_period(period(person, DECEMBER, None, part=2))
    assert {row["EmploymentId"] for row in norway.leaves.rows.values()} == {
        row["Id"] for row in norway.of("employments", EmployeeId=int(person.target_id or 0))
    }
    assert [found.reference for found in await leave_target.read_periods([person])] == [LEAVE, f"{LEAVE}:2"]


async def test_a_client_that_gives_ids_of_its_own_is_told_and_gets_no_second_leave(
    leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson
) -> None:
    norway.leaves.keeps_reported_id = False
    with pytest.raises(Rejected) as refused:
        await leave_target.create_period(period(person))
    assert refused.value.text.key == "poweroffice_go.leave.not_kept"
    with pytest.raises(RowExists):
        await leave_target.create_period(period(person))
    assert len(norway.leaves.rows) == 1


async def test_a_list_that_is_cut_short_loses_nothing_and_many_are_read_by_one_list(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, norway: GoClient
) -> None:
    people = [person_in(norway, number) for number in ("1001", "1002", "1003")]
    for each in people:
        await leave_target.create_period(period(each, leave=f"l{each.number}"))
    everybody = [*people, *(LeavePerson(employee_id=f"x{n}", number=str(n), target_id=f"9{n}") for n in range(20))]
    for asked in (people, everybody):
        go.faults.truncated_page(keep=0, method="GET", path=f"{LEAVES}$", times=1)
        with pytest.raises(Unavailable):
            await leave_target.read_periods(asked)
        go.requests.clear()
        assert {found.reference for found in await leave_target.read_periods(asked)} == {"l1001", "l1002", "l1003"}
        assert len(go.requests.matching(path="/v2/Employees/Employments")) == (2 if asked is everybody else 0)
    assert await leave_target.read_periods([LeavePerson(employee_id="e", number="1", target_id=None)]) == []


@pytest.mark.parametrize(
    "broken", [{"StartDate": None}, {"StartDate": "soon"}, {"LeavePercentage": None}, {"TypeOfLeave": None}]
)
async def test_what_cannot_be_read_is_no_absence_of_it(
    leave_target: PowerofficeGoLeaveTarget, norway: GoClient, person: LeavePerson, broken: dict[str, Any]
) -> None:
    typed(norway, person)
    next(iter(norway.leaves.rows.values())).update(broken)
    with pytest.raises(Unavailable):
        await leave_target.read_periods([person])


async def test_the_check_names_the_privilege_that_is_missing_and_whose_client_it_is(
    go: PowerofficeGo, norway: GoClient, person: LeavePerson
) -> None:
    async with leave_target_of(go) as target:
        assert list(await target.leave_preflight()) == []
        assert (await target.identify()).name == "Polarbønna Norge AS"
        assert len(await target.leave_codes()) == 6
        with pytest.raises(KeyError):
            await target.leave_choices("anything")
    norway.privileges -= {"EmploymentLeave_Full"}
    norway.privileges |= {"EmploymentLeave"}
    async with leave_target_of(go) as target:
        with pytest.raises(NotPermitted) as refused:
            await target.leave_preflight()
        assert dict(refused.value.text.values)["what"] == "EmploymentLeave_Full"
        assert await target.read_periods([person]) == []
    async with leave_target_of(go, MISSING_RIGHTS_KEY) as target:  # salaries are no matter of absence
        assert list(await target.leave_preflight()) == []
    async with leave_target_of(go, OTHER_CLIENT_KEY, expected=norway.id) as target:
        with pytest.raises(WrongAccount):
            await target.read_periods([person])


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
async def test_68_a_refusal_that_quotes_gives_nothing_away(
    go: PowerofficeGo, leave_target: PowerofficeGoLeaveTarget, person: LeavePerson, status: int
) -> None:
    words = f"Not accepted: {OTHER}, Andre lovfestede, 62.50 % for {CLIENT_KEY}"
    go.faults.status(status, {"Detail": words}, method="POST", path=f"{LEAVES}$", times=None)
    with pytest.raises(ProviderError) as refused:
        await leave_target.create_period(period(person, percent="62.5"))
    error = refused.value
    said = f"{error!r} {error} {error.verbatim} {error.text} {error.advice}"
    assert [word for word in (OTHER, "lovfestede", "62.50", CLIENT_KEY) if word in said] == []
