"""Tripletex' stand-in: employments, salary rows, standard time and leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from tests.contracts.contract import contract
from tests.support.api_calls import noon, tripletex_client, without_nulls

DESCRIBED = contract("tripletex")


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    clock = noon(2026, 6, 15)
    async with demo(clock().date(), clock=clock) as system:
        yield system


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


@pytest.fixture
async def client(tripletex: Tripletex) -> AsyncIterator[httpx.AsyncClient]:
    async with tripletex_client(tripletex) as client:
        yield client


@pytest.fixture
async def newcomer(books: Books, client: httpx.AsyncClient) -> int:
    """An employee with a date of birth and no job."""
    body = {
        "firstName": "Runa",
        "lastName": "Solem",
        "employeeNumber": "3002",
        "userType": "NO_ACCESS",
        "dateOfBirth": "1990-01-31",
        "department": {"id": next(iter(books.rows["Department"]))},
    }
    return int((await client.post("/employee", json=body)).json()["value"]["id"])


def job_for(books: Books, employee: int, **more: Any) -> dict[str, Any]:
    division = next(iter(books.rows["Division"]))
    return {"employee": {"id": employee}, "startDate": "2026-06-01", "division": {"id": division}, **more}


async def employ(client: httpx.AsyncClient, books: Books, employee: int, **more: Any) -> dict[str, Any]:
    answer = await client.post("/employee/employment", json=job_for(books, employee, **more))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["value"]
    return made


async def rows(client: httpx.AsyncClient, job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/employee/employment/details?employmentId={job['id']}")).json()[
        "values"
    ]
    return found


def problems(answer: httpx.Response) -> list[tuple[str | None, str]]:
    assert answer.status_code == 422, answer.text
    return [(one["field"], one["message"]) for one in answer.json()["validationMessages"]]


async def test_an_employment_is_made_with_its_defaults(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    answer = await client.post("/employee/employment", json=job_for(books, newcomer))
    assert answer.status_code == 201
    DESCRIBED.hold_answer("POST", "/employee/employment", without_nulls(answer.json()), 201)
    made = answer.json()["value"]
    assert (made["version"], made["isMainEmployer"], made["taxDeductionCode"]) == (0, True, "loennFraHovedarbeidsgiver")
    second = await client.get(f"/employee/employment/{made['id']}")
    assert second.json()["value"] == made


async def test_employments_and_salary_rows_move_the_employees_version(
    books: Books, client: httpx.AsyncClient, newcomer: int
) -> None:
    async def version() -> int:
        return int((await client.get(f"/employee/{newcomer}")).json()["value"]["version"])

    assert await version() == 0
    job = await employ(client, books, newcomer)
    assert await version() == 1
    pay = {"employment": {"id": job["id"]}, "date": "2026-06-01", "percentageOfFullTimeEquivalent": 100}
    row = (await client.post("/employee/employment/details", json=pay)).json()["value"]
    assert await version() == 2
    for _ in range(2):  # one that changes nothing moves it too
        await client.put(f"/employee/employment/details/{row['id']}", json={"annualSalary": 560000})
    assert await version() == 4


async def test_an_empty_body_lacks_a_start_date_first(client: httpx.AsyncClient) -> None:
    assert problems(await client.post("/employee/employment", json={})) == [("startDate", "Kan ikke være null.")]
    answer = await client.post("/employee/employment", json={"startDate": "2026-06-01"})
    assert problems(answer) == [("employee", "Kan ikke være null.")]


@pytest.mark.parametrize("required", [True, False])
async def test_a_unit_is_needed_in_most_companies(
    books: Books, client: httpx.AsyncClient, newcomer: int, required: bool
) -> None:
    books.switches.division_required = required
    answer = await client.post("/employee/employment", json=job_for(books, newcomer, division=None))
    if required:
        text = "Arbeidsforholdet må knyttes til en virksomhet/underenhet."
        assert problems(answer) == [("division.id", text)]
    else:
        assert answer.status_code == 201


async def test_a_job_needs_a_date_of_birth(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    books.rows["Employee"][newcomer]["dateOfBirth"] = None
    answer = await client.post("/employee/employment", json=job_for(books, newcomer))
    assert problems(answer) == [("employee.dateOfBirth", "Feltet må fylles ut.")]


@pytest.mark.parametrize("locked", [True, False])
async def test_the_unit_stays_in_most_companies(
    books: Books, client: httpx.AsyncClient, newcomer: int, locked: bool
) -> None:
    books.switches.division_locked = locked
    first, second = books.rows["Division"]
    job = await employ(client, books, newcomer)
    path = f"/employee/employment/{job['id']}"
    assert (await client.put(path, json={"division": {"id": first}})).status_code == 200
    answer = await client.put(path, json={"division": {"id": second}})
    if locked:
        assert problems(answer) == [("division.id", "Virksomheten kan ikke endres.")]
    else:
        assert answer.json()["value"]["division"]["id"] == second


@pytest.mark.parametrize("refuse", [True, False])
async def test_jobs_may_not_overlap_unless_they_may(
    books: Books, client: httpx.AsyncClient, newcomer: int, refuse: bool
) -> None:
    books.switches.refuse_overlap = refuse
    await employ(client, books, newcomer, endDate="2026-08-31")
    overlapping = await client.post("/employee/employment", json=job_for(books, newcomer, startDate="2026-08-31"))
    assert overlapping.status_code == (422 if refuse else 201)
    if refuse:
        assert problems(overlapping)[0][0] == "startDate"
        await employ(client, books, newcomer, startDate="2026-09-01")


async def test_a_job_ends_with_a_reason(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    job = await employ(client, books, newcomer)
    path = f"/employee/employment/{job['id']}"
    backwards = await client.put(path, json={"endDate": "2026-05-01"})
    assert [field for field, _ in problems(backwards)] == ["endDate"]
    body = {"version": 0, "endDate": "2026-06-30", "employmentEndReason": "EMPLOYMENT_END_EMPLOYEE"}
    ended = (await client.put(path, json=body)).json()["value"]
    assert (ended["version"], ended["endDate"], ended["employmentEndReason"]) == (1, *list(body.values())[1:])
    stale = await client.put(path, json=body)
    assert (stale.status_code, stale.json()["code"]) == (409, 8000)


@pytest.mark.parametrize("switch", [True, False])
async def test_a_first_salary_row_may_come_by_itself(
    books: Books, client: httpx.AsyncClient, newcomer: int, switch: bool
) -> None:
    books.switches.first_details_row = switch
    job = await employ(client, books, newcomer)
    assert [row["date"] for row in await rows(client, job)] == (["2026-06-01"] if switch else [])
    pay = {"employment": {"id": job["id"]}, "date": "2026-06-01", "percentageOfFullTimeEquivalent": 100}
    answer = await client.post("/employee/employment/details", json=pay)
    if switch:
        assert problems(answer) == [("date", "Finnes fra før.")]
    else:
        assert answer.status_code == 201


async def test_a_row_that_came_with_the_job_is_not_doubled(
    books: Books, client: httpx.AsyncClient, newcomer: int
) -> None:
    pay = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 50, "annualSalary": 480000}
    job = await employ(client, books, newcomer, employmentDetails=[pay])
    (row,) = await rows(client, job)
    assert (row["percentageOfFullTimeEquivalent"], row["monthlySalary"]) == (50, 40000)


async def test_salary_rows_are_a_dated_history(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    job = await employ(client, books, newcomer)
    pay = {"employment": {"id": job["id"]}, "percentageOfFullTimeEquivalent": 80, "annualSalary": 540000}
    early = await client.post("/employee/employment/details", json={**pay, "date": "2026-05-31"})
    assert problems(early) == [("date", "Dato på lønnsraden er før arbeidsforholdets startdato.")]
    made = await client.post("/employee/employment/details", json={**pay, "date": "2026-09-01"})
    assert made.status_code == 201
    DESCRIBED.hold_answer("POST", "/employee/employment/details", without_nulls(made.json()), 201)
    twice = await client.post("/employee/employment/details", json={**pay, "date": "2026-09-01"})
    assert problems(twice) == [("date", "Finnes fra før.")]
    row = made.json()["value"]
    changed = await client.put(f"/employee/employment/details/{row['id']}", json={"annualSalary": 560000})
    assert (changed.json()["value"]["version"], changed.json()["value"]["annualSalary"]) == (1, 560000)
    assert [one["date"] for one in await rows(client, job)] == ["2026-09-01"]


async def test_an_hourly_wage_is_made_with_the_row_and_left_alone_by_a_correction(
    books: Books, client: httpx.AsyncClient, newcomer: int
) -> None:
    job = await employ(client, books, newcomer)
    pay = {"employment": {"id": job["id"]}, "date": "2026-06-01", "percentageOfFullTimeEquivalent": 80}
    row = (await client.post("/employee/employment/details", json={**pay, "annualSalary": 500000})).json()["value"]
    assert (row["hourlyWage"], row["monthlySalary"]) == (256, 41666.67)
    half = {**pay, "date": "2026-07-01", "annualSalary": 488475}
    assert (await client.post("/employee/employment/details", json=half)).json()["value"]["hourlyWage"] == 251
    path = f"/employee/employment/details/{row['id']}"
    changed = (await client.put(path, json={"annualSalary": 520000})).json()["value"]
    assert (changed["annualSalary"], changed["hourlyWage"]) == (520000, 256)


async def test_a_code_in_the_place_of_an_id_is_stored_as_nothing(
    books: Books, client: httpx.AsyncClient, newcomer: int
) -> None:
    job = await employ(client, books, newcomer)
    pay = {"employment": {"id": job["id"]}, "date": "2026-06-01", "percentageOfFullTimeEquivalent": 80}
    row = (await client.post("/employee/employment/details", json=pay)).json()["value"]
    path = f"/employee/employment/details/{row['id']}"
    answer = await client.put(path, json={"occupationCode": {"code": "3323"}})
    assert (answer.status_code, answer.json()["value"]["occupationCode"]) == (200, None)


@pytest.mark.parametrize("switch", [True, False])
async def test_a_new_row_takes_over_what_is_left_out_or_does_not(
    books: Books, client: httpx.AsyncClient, newcomer: int, switch: bool
) -> None:
    books.switches.row_takes_over = switch
    first = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 100, "annualSalary": 500000}
    job = await employ(client, books, newcomer, employmentDetails=[first])
    pay = {"employment": {"id": job["id"]}, "date": "2026-09-01", "percentageOfFullTimeEquivalent": 80}
    row = (await client.post("/employee/employment/details", json=pay)).json()["value"]
    assert (row["annualSalary"], row["percentageOfFullTimeEquivalent"]) == (500000 if switch else 0, 80)


async def test_a_new_row_inherits_nothing(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    code = (await client.get("/employee/employment/occupationCode?code=5221126")).json()["values"][0]
    first = {
        "date": "2026-06-01",
        "percentageOfFullTimeEquivalent": 100,
        "occupationCode": {"id": code["id"]},
        "remunerationType": "MONTHLY_WAGE",
    }
    job = await employ(client, books, newcomer, employmentDetails=[first])
    pay = {"employment": {"id": job["id"]}, "date": "2026-09-01", "percentageOfFullTimeEquivalent": 100}
    row = (await client.post("/employee/employment/details", json=pay)).json()["value"]
    assert (row["occupationCode"], row["remunerationType"]) == (None, "NOT_CHOSEN")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occupationCode", "5221126"),
        ("employmentType", "TEMPORARY"),
        ("percentageOfFullTimeEquivalent", "80"),
        ("remunerationType", 1),
    ],
)
async def test_wrong_types_do_not_map(client: httpx.AsyncClient, field: str, value: Any) -> None:
    answer = await client.post("/employee/employment/details", json={field: value})
    assert answer.json()["code"] == 16000
    assert problems(answer) == [(field, "Verdien er ikke av korrekt type for dette feltet.")]


async def test_the_start_may_not_pass_the_second_row(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    first = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 100}
    job = await employ(client, books, newcomer, employmentDetails=[first])
    pay = {"employment": {"id": job["id"]}, "date": "2026-09-01", "percentageOfFullTimeEquivalent": 100}
    await client.post("/employee/employment/details", json=pay)
    path = f"/employee/employment/{job['id']}"
    assert [field for field, _ in problems(await client.put(path, json={"startDate": "2026-09-02"}))] == ["startDate"]
    assert (await client.put(path, json={"startDate": "2026-05-01"})).status_code == 200


async def test_the_latest_salary_is_the_one_in_force(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    first = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 100}
    job = await employ(client, books, newcomer, employmentDetails=[first])
    pay = {"employment": {"id": job["id"]}, "date": "2026-09-01", "percentageOfFullTimeEquivalent": 100}
    await client.post("/employee/employment/details", json=pay)
    fields = "lastSalaryChangeDate,latestSalary(date)"
    shown = (await client.get(f"/employee/employment/{job['id']}?fields={fields}")).json()["value"]
    assert shown == {"lastSalaryChangeDate": "2026-06-01", "latestSalary": {"date": "2026-06-01"}}


async def test_standard_time_is_the_persons_own(client: httpx.AsyncClient, newcomer: int) -> None:
    body = {"employee": {"id": newcomer}, "fromDate": "2026-06-01", "hoursPerDay": 6}
    made = await client.post("/employee/standardTime", json=body)
    assert made.status_code == 201
    assert (await client.get("/employee/standardTime")).json()["values"] == []  # the token owner's
    mine = (await client.get(f"/employee/standardTime?employeeId={newcomer}")).json()["values"]
    assert [row["hoursPerDay"] for row in mine] == [6]
    missing = await client.post("/employee/standardTime", json={"employee": {"id": newcomer}})
    assert [field for field, _ in problems(missing)] == ["fromDate", "hoursPerDay"]


async def test_leave_is_of_an_employment(books: Books, client: httpx.AsyncClient, newcomer: int) -> None:
    job = await employ(client, books, newcomer)
    body = {
        "employment": {"id": job["id"]},
        "startDate": "2025-06-01",
        "endDate": "2025-06-30",
        "percentage": 50,
        "type": "PARENTAL_BENEFITS",
        "importedLeaveOfAbsenceId": "67000001",
    }
    made = await client.post("/employee/employment/leaveOfAbsence", json=body)
    assert made.status_code == 201
    path = "/employee/employment/leaveOfAbsence"
    listed = (await client.get(f"{path}?employmentIds={job['id']}")).json()["values"]
    assert [row["importedLeaveOfAbsenceId"] for row in listed] == ["67000001"]  # long over, and still listed
    shorter = await client.put(f"{path}/{made.json()['value']['id']}", json={"endDate": "2025-06-15"})
    assert shorter.json()["value"]["endDate"] == "2025-06-15"
    lacking = await client.post(path, json={"employment": {"id": job["id"]}, "startDate": "2026-06-01"})
    assert problems(lacking) == [("percentage", "Kan ikke være null.")]


@pytest.mark.parametrize(("second", "status"), [("2026-03-01", 422), ("2026-06-01", 422), ("2026-07-01", 201)])
async def test_employments_that_come_with_a_person_may_not_overlap_either(
    books: Books, client: httpx.AsyncClient, second: str, status: int
) -> None:
    jobs = [job_for(books, 0, startDate="2026-01-01", endDate="2026-06-30"), job_for(books, 0, startDate=second)]
    for job in jobs:
        del job["employee"]
    body = {
        "firstName": "Runa",
        "lastName": "Solem",
        "employeeNumber": "3003",
        "userType": "NO_ACCESS",
        "dateOfBirth": "1990-01-31",
        "department": {"id": next(iter(books.rows["Department"]))},
        "employments": jobs,
    }
    assert (await client.post("/employee", json=body)).status_code == status
