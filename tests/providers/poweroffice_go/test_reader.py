"""What of people in PowerOffice Go is seen, and what may be an employee."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.record import Level
from bot.providers.errors import Unavailable
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from sandbox.poweroffice_go import PowerofficeGo
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.connections import employee, go_target, jobs_of, person_of, put
from tests.support.provider_people import TODAY


async def test_an_identity_number_that_is_hidden_cannot_be_read(target: PowerofficeGoTarget, norway: GoClient) -> None:
    made = await put(target, norway, employee())
    read = await target.read(made.target_id)
    assert read is not None
    assert "identity_number" not in read.record[0].values
    norway.switches.shows_identity = True
    seen = await target.read(made.target_id)
    assert seen is not None
    assert seen.identity == person_of(norway)["NationalIdNumber"]


async def test_an_account_that_is_not_shown_is_not_taken_for_none(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    made = await put(target, norway, employee())
    norway.rows["accounts"].clear()
    read = await target.read(made.target_id)
    assert read is not None
    assert "bank_account" not in read.record[0].values


@pytest.mark.parametrize(
    "different",
    [
        {"number": "3999"},
        {"number": "3999", "first_name": "Karoline", "birth_date": None},
        {"number": "3999", "first_name": "X", "last_name": "Y", "work_email": None, "private_email": None},
    ],
    ids=["everything else", "e-mail", "birth date"],
)
async def test_whoever_may_be_an_employee_is_found(
    target: PowerofficeGoTarget, norway: GoClient, different: dict[str, object]
) -> None:
    await put(target, norway, employee())
    found = await target.find(replace(employee(), **different))  # type: ignore[arg-type]
    assert str(person_of(norway)["Id"]) in {person.id for person in found}


async def test_who_came_after_the_first_reading_is_found(
    target: PowerofficeGoTarget, norway: GoClient, go: PowerofficeGo
) -> None:
    await target.find(employee())
    async with go_target(go) as other:
        await put(other, norway, employee())
    found = await target.find(employee(number="3999"))
    assert str(person_of(norway)["Id"]) in {person.id for person in found}


async def test_an_employment_whose_lines_are_missing_is_no_answer(
    target: PowerofficeGoTarget, go: PowerofficeGo, norway: GoClient
) -> None:
    made = await put(target, norway, employee())
    held = jobs_of(norway)[0]
    owner = {"EmployeeId": held["EmployeeId"], "EmploymentId": held["Id"]}
    norway.add("salaries", **owner, FromDate="2026-01-01", RemunerationType="FixedWage", AnnualSalary=1)
    go.faults.truncated_page(keep=1, path="/Salaries$", times=1)
    with pytest.raises(Unavailable):
        await target.read(made.target_id)


@pytest.mark.parametrize(
    ("day", "first"), [("2024-13-01", date(2024, 3, 1)), (None, date(2024, 3, 1)), ("2024-03-01", date(2024, 3, 1))]
)
async def test_a_salary_without_a_day_or_two_of_one_keep_the_employment_out(
    target: PowerofficeGoTarget, norway: GoClient, day: str | None, first: date
) -> None:
    made = await put(target, norway, employee())
    held = jobs_of(norway)[0]
    owner = {"EmployeeId": held["EmployeeId"], "EmploymentId": held["Id"]}
    norway.add("salaries", **owner, FromDate=day, RemunerationType="FixedWage", AnnualSalary=1)
    read = await target.read(made.target_id)
    assert read is not None
    assert set(read.unclear) == {first}


async def test_the_percentage_is_that_of_today(target: PowerofficeGoTarget, norway: GoClient) -> None:
    made = await put(target, norway, employee())
    held = jobs_of(norway)[0]
    owner = {"EmployeeId": held["EmployeeId"], "EmploymentId": held["Id"]}
    for day, share in (("2026-11-01", 70), ("2027-01-01", 20)):
        norway.add("ftes", **owner, FromDate=day, FtePercentage=share)
    read = await target.read(made.target_id)
    assert read is not None
    (part,) = [part for part in read.record if part.level is Level.EMPLOYMENT]
    assert part.values["percentage"] == 70
    assert date(2026, 11, 1) < TODAY < date(2027, 1, 1)
