"""Tripletex' stand-in: hours, what is approved of them, and the refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.payroll_officer import PayrollOfficer
from tests.contracts.contract import contract
from tests.support.api_calls import noon, tripletex_client, without_nulls

DESCRIBED = contract("tripletex")
MONDAY = date(2026, 11, 2)


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    clock = noon(2026, 11, 20)
    async with demo(clock().date(), clock=clock) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


@pytest.fixture
def officer(books: Books) -> PayrollOfficer:
    return PayrollOfficer(books)


@pytest.fixture
async def client(tripletex: Tripletex) -> AsyncIterator[httpx.AsyncClient]:
    async with tripletex_client(tripletex) as client:
        yield client


def activity(books: Books, number: str) -> int:
    (found,) = [row["id"] for row in books.rows["Activity"].values() if row["number"] == number]
    return int(found)


def body(books: Books, *, number: str = "1001", day: date = MONDAY, code: str = "801", **more: Any) -> dict[str, Any]:
    references = {
        "employee": {"id": PayrollOfficer(books).employee(number)},
        "activity": {"id": activity(books, code)},
    }
    return {**references, "date": day.isoformat(), "hours": 7.5, "comment": "0a1b2c3d", **more}


async def post(client: httpx.AsyncClient, sent: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/timesheet/entry", json=sent)
    assert answer.status_code == 201, answer.text
    DESCRIBED.hold_answer("POST", "/timesheet/entry", without_nulls(answer.json()), 201)
    made: dict[str, Any] = answer.json()["value"]
    return made


async def listed(client: httpx.AsyncClient, query: str) -> httpx.Response:
    return await client.get(f"/timesheet/entry?{query}")


async def test_a_row_is_made_changed_and_deleted(client: httpx.AsyncClient, books: Books) -> None:
    made = await post(client, body(books))
    assert (made["version"], made["hours"], made["locked"], made["project"]) == (0, 7.5, False, None)
    path = f"/timesheet/entry/{made['id']}"
    same = await client.put(path, json=body(books, id=made["id"], version=0))
    assert same.json()["value"]["version"] == 0
    changed = await client.put(path, json=body(books, id=made["id"], version=0, hours=3.755))
    assert (changed.json()["value"]["version"], changed.json()["value"]["hours"]) == (1, 3.75)
    stale = await client.put(path, json=body(books, id=made["id"], version=0, hours=2))
    assert (stale.status_code, stale.json()["code"]) == (409, 8000)
    stale = await client.delete(f"{path}?version=0")
    assert (stale.status_code, stale.json()["code"]) == (409, 8000)
    assert (await client.delete(f"{path}?version=1")).status_code == 204
    gone = await client.delete(f"{path}?version=1")
    assert (gone.status_code, gone.json()["code"]) == (404, 6000)


async def test_a_put_nulls_what_it_leaves_out(client: httpx.AsyncClient, books: Books) -> None:
    made = await post(client, body(books))
    sent = body(books, id=made["id"], version=0, hours=0)
    del sent["comment"]
    changed = (await client.put(f"/timesheet/entry/{made['id']}", json=sent)).json()["value"]
    assert (changed["hours"], changed["comment"]) == (0, "")


async def test_one_row_for_employee_day_activity_and_project(client: httpx.AsyncClient, books: Books) -> None:
    made = await post(client, body(books))
    again = await client.post("/timesheet/entry", json=body(books, hours=2))
    assert (again.status_code, again.json()["code"]) == (409, 7000)
    other = await post(client, body(books, code="802", hours=2))
    moved = body(books, id=other["id"], version=0)
    refused = await client.put(f"/timesheet/entry/{other['id']}", json=moved)
    assert (refused.status_code, refused.json()["code"]) == (409, 7000)
    assert made["id"] != other["id"]
    assert PayrollOfficer(books).is_unique()


async def test_the_last_day_of_a_range_is_not_in_it(client: httpx.AsyncClient, books: Books) -> None:
    made = await post(client, body(books))
    found = await listed(client, "dateFrom=2026-11-02&dateTo=2026-11-03")
    assert [row["id"] for row in found.json()["values"]] == [made["id"]]
    assert found.json()["sumAllHours"] == 7.5
    DESCRIBED.hold_answer("GET", "/timesheet/entry", without_nulls(found.json()))
    assert (await listed(client, "dateFrom=2026-11-01&dateTo=2026-11-02")).json()["values"] == []
    same = await listed(client, "dateFrom=2026-11-02&dateTo=2026-11-02")
    assert (same.status_code, same.json()["code"]) == (422, 15000)
    assert (await listed(client, "dateFrom=2026-11-02")).status_code == 422


async def test_rows_are_found_by_people_activities_and_comment(client: httpx.AsyncClient, books: Books) -> None:
    await post(client, body(books))
    await post(client, body(books, number="1002", code="802", comment=""))
    span = "dateFrom=2026-11-01&dateTo=2026-12-01"
    for query, hits in (
        (f"employeeId={body(books)['employee']['id']}", 1),
        (f"activityId={activity(books, '801')},{activity(books, '802')}", 2),
        ("comment=1b2c", 1),
        ("projectId=7", 0),
    ):
        assert len((await listed(client, f"{span}&{query}")).json()["values"]) == hits, query


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"activity": {"id": 7}}, "activity.id"),
        ({"employee": {"id": 7}}, "employee.id"),
        ({"date": "1999-01-01"}, "date"),
        ({"hours": -1}, "hours"),
        ({"hours": None}, "hours"),
        ({"code": "x"}, "code"),
        ({"type": "SICK"}, "type"),
    ],
)
async def test_refusals(client: httpx.AsyncClient, books: Books, change: dict[str, Any], field: str) -> None:
    answer = await client.post("/timesheet/entry", json=body(books) | change)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["validationMessages"]] == [field]


async def test_activities_that_cannot_be_used(client: httpx.AsyncClient, books: Books, officer: PayrollOfficer) -> None:
    officer.change_activity("801", isDisabled=True)
    for code in ("801", "100"):
        refused = await client.post("/timesheet/entry", json=body(books, code=code))
        assert [(p["field"], p["message"]) for p in refused.json()["validationMessages"]] == [
            ("activity.id", "Aktiviteten kan ikke benyttes.")
        ]
    assert (await client.post("/timesheet/entry", json=body(books, code="802", hours=38))).status_code == 201


async def test_activities_are_found_by_their_whole_number(client: httpx.AsyncClient, officer: PayrollOfficer) -> None:
    officer.activity("8011", isDisabled=True)
    found = (await client.get("/activity?number=801")).json()["values"]
    assert [(row["number"], row["isGeneral"], row["isDisabled"]) for row in found] == [("801", True, False)]
    found = (await client.get("/activity?isInactive=true")).json()["values"]
    assert [row["number"] for row in found] == ["8011"]
    found = (await client.get("/activity?isGeneral=false")).json()["values"]
    assert [row["number"] for row in found] == ["100"]


@pytest.mark.parametrize(("switch", "status"), [("400", 400), ("403", 403), ("409", 409), ("422", 422)])
async def test_an_approved_month_takes_nothing_until_its_day(
    client: httpx.AsyncClient, books: Books, officer: PayrollOfficer, switch: Any, status: int
) -> None:
    books.switches.closed_answer = switch
    made = await post(client, body(books, day=date(2026, 11, 12)))
    officer.approve_month("1001", "2026-11", date(2026, 11, 12))
    path = f"/timesheet/entry/{made['id']}"
    assert (await client.get(path)).json()["value"]["locked"] is True
    sent = body(books, day=date(2026, 11, 12), id=made["id"], version=0, hours=2)
    assert (await client.put(path, json=sent)).status_code == status
    assert (await client.delete(f"{path}?version=0")).status_code == status
    assert (await client.post("/timesheet/entry", json=body(books))).status_code == status
    await post(client, body(books, day=date(2026, 11, 13)))
    query = f"employeeIds={made['employee']['id']}&monthYear=2026-11"
    answer = await client.get(f"/timesheet/month/byMonthNumber?{query}")
    DESCRIBED.hold_answer("GET", "/timesheet/month/byMonthNumber", without_nulls(answer.json()))
    (month,) = answer.json()["values"]
    assert (month["approved"], month["approvedUntilDate"], month["monthYear"]) == (True, "2026-11-12", "2026-11")
    officer.reopen_month("1001", "2026-11")
    assert (await client.delete(f"{path}?version=0")).status_code == 204


async def test_a_week_is_approved_by_itself_across_months(
    client: httpx.AsyncClient, books: Books, officer: PayrollOfficer
) -> None:
    officer.approve_week("1001", 2026, 44)
    employee = officer.employee("1001")
    answer = await client.get(f"/timesheet/week?employeeIds={employee}&weekYear=2026-44")
    DESCRIBED.hold_answer("GET", "/timesheet/week", without_nulls(answer.json()))
    (week,) = answer.json()["values"]
    assert (week["year"], week["week"], week["approved"]) == (2026, 44, True)
    assert (await client.post("/timesheet/entry", json=body(books, day=date(2026, 10, 30)))).status_code == 422
    await post(client, body(books))
    assert (await client.get(f"/timesheet/week?employeeIds={employee}&weekYear=44")).status_code == 422


async def test_complete_closes_nothing_unless_the_customer_has_it_so(
    client: httpx.AsyncClient, books: Books, officer: PayrollOfficer
) -> None:
    officer.complete_month("1001", "2026-11")
    await post(client, body(books))
    books.switches.completed_locks = True
    assert (await client.post("/timesheet/entry", json=body(books, code="802"))).status_code == 422


async def test_what_was_paid_is_locked(client: httpx.AsyncClient, books: Books, officer: PayrollOfficer) -> None:
    made = await post(client, body(books))
    officer.pay(made["id"])
    assert (await client.delete(f"/timesheet/entry/{made['id']}")).status_code == 422


async def test_comments_can_be_required(client: httpx.AsyncClient, books: Books) -> None:
    books.comments_required = True
    settings = (await client.get("/timesheet/settings")).json()["value"]
    assert settings["requireCommentsOnRegisteredHoursAllProjects"] is True
    assert (await client.post("/timesheet/entry", json=body(books, comment=""))).status_code == 422
    await post(client, body(books))


async def test_vacation_is_counted_in_days_of_seven_and_a_half_hours(
    client: httpx.AsyncClient, books: Books, officer: PayrollOfficer
) -> None:
    await post(client, body(books, code="802", hours=4))
    query = f"employeeIds={officer.employee('1001')}&monthYearList=2026-10,2026-11"
    october, november = (await client.get(f"/timesheet/month/byMonthNumberList?{query}")).json()["values"]
    assert october["vacationSummary"]["vacationTakenInPeriod"] == 0
    assert round(november["vacationSummary"]["vacationTakenInPeriod"], 4) == 0.5333


async def test_the_company_has_days_off(client: httpx.AsyncClient) -> None:
    found = (await client.get("/timesheet/companyHoliday?years=2026")).json()["values"]
    assert {(row["date"], row["percentage"]) for row in found} >= {("2026-05-17", 1.0), ("2026-12-24", 0.5)}


@pytest.mark.parametrize("word", ["approve", "unapprove", "complete", "reopen"])
@pytest.mark.parametrize("span", ["month", "week"])
async def test_what_a_person_decides_is_noted_when_a_program_does_it(
    tripletex: Tripletex, client: httpx.AsyncClient, span: str, word: str
) -> None:
    await client.put(f"/timesheet/{span}/:{word}")
    assert [call.path for call in tripletex.forbidden_calls] == [f"/v2/timesheet/{span}/:{word}"]


async def test_a_person_acts_on_the_page(tripletex: Tripletex, books: Books, officer: PayrollOfficer) -> None:
    row = officer.type_hours("1001", MONDAY, "801", 7.5)
    url = tripletex.url.removesuffix("/v2") + "/timesheets"
    company = {"company": "40917001"}
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        assert "801 Sykdom med lønn" in (await browser.get(url)).text
        for form in (
            {"do": "change", "entry": str(row["id"]), "hours": "5"},
            {"do": "approve", "number": "1001", "month": "2026-11", "until": "2026-11-02"},
            {"do": "approve week", "number": "1001", "week": "2026-45"},
        ):
            assert (await browser.post(url, data=company | form)).status_code == 200
        assert officer.hours("1001") == {("2026-11-02", "801"): 5}
        assert books.timesheets.locked(row)
        for form in (
            {"do": "reopen", "number": "1001", "month": "2026-11"},
            {"do": "reopen week", "number": "1001", "week": "2026-45"},
            {"do": "remove", "entry": str(row["id"])},
        ):
            assert (await browser.post(url, data=company | form)).status_code == 200
        assert officer.hours("1001") == {}
        assert (await browser.post(url, data=company | {"do": "pay", "entry": "1"})).status_code == 400


async def test_hours_are_kept_from_start_to_start(tripletex: Tripletex, officer: PayrollOfficer) -> None:
    row = officer.type_hours("1001", MONDAY, "801", 7.5)
    officer.pay(row["id"])
    kept = tripletex.snapshot()
    officer.remove(row["id"])
    tripletex.restore(kept)
    assert officer.hours("1001") == {("2026-11-02", "801"): 7.5}
    assert tripletex.companies[40917001].timesheets.locked(row)
    del kept["companies"]["40917001"]["rows"]["Activity"]  # as a state of before has none
    tripletex.restore(kept)
    assert "Ferie" in [row["name"] for row in tripletex.companies[40917001].rows["Activity"].values()]
    assert any(table["title"].endswith("hours") for table in tripletex.tables()["tables"])
