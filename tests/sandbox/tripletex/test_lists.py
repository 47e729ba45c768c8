"""Tripletex' stand-in: lists, fields, filters, and the traps among them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.companies.generator import Generator
from sandbox.tripletex import GOOD_TOKEN, OTHER_COMPANY_TOKEN, Tripletex, demo, fill
from sandbox.tripletex.api import OPERATIONS
from sandbox.tripletex.company_state import Books
from sandbox.tripletex.models import MODELS, Kind
from tests.contracts.contract import contract, kind
from tests.support.api_calls import noon, tripletex_client, without_nulls

DESCRIBED = contract("tripletex")
LISTS = [path for method, path, _ in OPERATIONS if method == "GET" and "{" not in path and ">" not in path]
ASKED = {
    "/timesheet/entry": "?dateFrom=2026-06-01&dateTo=2026-06-30",
    "/timesheet/month/byMonthNumber": "?employeeIds=10000012&monthYear=2026-06",
    "/timesheet/month/byMonthNumberList": "?employeeIds=10000012&monthYearList=2026-06,2026-07",
    "/timesheet/week": "?employeeIds=10000012&weekYear=2026-24",
}


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


async def values(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["values"]
    return found


async def person(client: httpx.AsyncClient, number: str, fields: str = "*") -> dict[str, Any]:
    (row,) = await values(client, f"/employee?employeeNumber={number}&fields={fields}")
    return row


@pytest.mark.parametrize("path", LISTS)
async def test_lists_conform_to_the_published_description(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path + ASKED.get(path, ""))
    assert answer.status_code == 200
    DESCRIBED.hold_answer("GET", path, without_nulls(answer.json()))


@pytest.mark.parametrize("name", [name for name in MODELS if name != "Currency"])
async def test_every_model_has_the_published_fields_types_and_choices(name: str) -> None:
    properties = DESCRIBED.shapes[name]["properties"]
    assert set(MODELS[name].fields) == set(properties)
    types = {Kind.TEXT: "string", Kind.DAY: "string", Kind.WHOLE: "integer", Kind.NUMBER: "number", Kind.MANY: "array"}
    for field in MODELS[name].fields.values():
        theirs = properties[field.name]
        if field.kind in types:
            assert kind(theirs) == types[field.kind], field.name
        if field.choices:
            assert set(field.choices) == set(theirs) - {""}
        if field.kind in (Kind.REF, Kind.PART):
            assert theirs == f"@{field.model}", field.name


@pytest.mark.parametrize(
    "name",
    [
        "Employee",
        "Employment",
        "EmploymentDetails",
        "StandardTime",
        "LeaveOfAbsence",
        "TimesheetEntry",
        "Activity",
        "CompanyHolidays",
    ],
)
async def test_required_and_lengths_are_the_last_published_ones(name: str) -> None:
    before = DESCRIBED.stated_before[name]
    ours = MODELS[name].fields.values()
    assert {field.name for field in ours if field.required} == set(before["required"])
    for field in ours:
        if field.kind is Kind.TEXT and not field.read_only:
            assert field.longest == before["lengths"].get(field.name), field.name


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in OPERATIONS])
async def test_no_operation_is_invented(method: str, path: str) -> None:
    theirs = path.replace(r":\d+", "")
    assert DESCRIBED.knows(method, theirs) or (method, theirs) == ("DELETE", "/employee/{id}")


async def test_a_star_shows_references_as_stubs(client: httpx.AsyncClient) -> None:
    row = await person(client, "1001")
    department = row["department"]["id"]
    assert row["department"] == {"id": department, "url": f"tripletex.no/v2/department/{department}"}
    assert [set(job) for job in row["employments"]] == [{"id", "url"}]
    assert "changes" not in row
    assert row["userType"] == "NO_ACCESS"
    assert row["phoneNumberHome"] == ""
    assert row["displayName"] == "Ingrid Solbakken"


async def test_a_reference_that_is_named_comes_whole(client: httpx.AsyncClient) -> None:
    row = await person(client, "1001", "department,employments")
    assert row["department"]["name"] == "Administration"
    assert set(row["department"]["departmentManager"] or {}) <= {"id", "url"}
    assert [set(job) for job in row["employments"]] == [{"id", "url"}]


async def test_the_user_type_was_not_always_shown(books: Books, client: httpx.AsyncClient) -> None:
    books.switches.user_type_shown = False
    assert (await person(client, "1001"))["userType"] is None


async def test_the_registers_are_as_long_as_tripletex_own(client: httpx.AsyncClient) -> None:
    codes = {row["isoAlpha2Code"]: row["id"] for row in await values(client, "/country?fields=id,isoAlpha2Code")}
    assert (codes["AF"], codes["NO"], "AN" in codes) == (1, 161, True)
    assert not {"GG", "IM", "JE", "XK"} & set(codes)  # an old list
    assert 235 < len(codes) < 245
    page = await values(client, "/employee/employment/occupationCode")
    assert [(row["id"], row["code"]) for row in page[:3]] == [(1, "1142109"), (2, "1142110"), (3, "5223102")]
    assert len(page) == 1000


async def test_everything_of_a_person_comes_in_one_call_when_it_is_opened(client: httpx.AsyncClient) -> None:
    fields = "employeeNumber,changes,department(name),employments(startDate,division(*),employmentDetails(*))"
    row = await person(client, "1001", fields)
    assert set(row) == {"employeeNumber", "changes", "department", "employments"}
    assert row["department"] == {"name": "Administration"}
    assert [change["changeType"] for change in row["changes"]] == ["CREATE"]
    (job,) = row["employments"]
    assert job["division"]["organizationNumber"] == "314022181"
    assert [(pay["date"], pay["annualSalary"]) for pay in job["employmentDetails"]] == [
        ("2015-08-01", 984000),
        ("2024-05-01", 1176000),
    ]
    assert job["employmentDetails"][1]["monthlySalary"] == 98000


@pytest.mark.parametrize(
    "fields", ["salary", "department(colour)", "employments(", "id)", "firstName(x)", "id,,lastName", "()"]
)
async def test_an_illegal_field_is_refused(client: httpx.AsyncClient, fields: str) -> None:
    answer = await client.get(f"/employee?fields={fields}")
    assert (answer.status_code, answer.json()["code"]) == (400, 11000)
    assert answer.json()["message"].startswith("Illegal field in fields filter: ")


async def test_an_illegal_field_is_named_with_its_model(client: httpx.AsyncClient) -> None:
    message = (await client.get("/division?fields=employee")).json()["message"]
    assert message == (
        "Illegal field in fields filter: employee. employee does not match a field in the model: DivisionDTO"
    )


async def test_pages_join_up_while_full_result_size_misleads(client: httpx.AsyncClient) -> None:
    found: list[int] = []
    while True:
        page = (await client.get(f"/employee?from={len(found)}&count=5")).json()
        more = len(found) + 5 < 17
        assert page["count"] == len(page["values"])
        assert page["fullResultSize"] == page["count"] + more  # never how many there are
        assert page["from"] == len(found)
        found += [row["id"] for row in page["values"]]
        if page["count"] < 5:
            break
    assert len(found) == len(set(found)) == 17


@pytest.mark.parametrize("query", ["from=x", "count=-1", "employeeId=abc"])
async def test_bad_parameters_are_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/employee/employment?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, 21000)


async def test_rows_sort_by_a_field_of_theirs(client: httpx.AsyncClient) -> None:
    names = [row["lastName"] for row in await values(client, "/employee?sorting=-lastName,id")]
    assert names == sorted(names, reverse=True)
    answer = await client.get("/employee?sorting=shoeSize")
    assert (answer.status_code, answer.json()["code"]) == (422, 17000)


async def test_filters_equal_or_contain(client: httpx.AsyncClient) -> None:
    assert len(await values(client, "/employee?lastName=HANS")) == 2
    assert await values(client, "/employee?employeeNumber=100") == []
    assert [row["departmentNumber"] for row in await values(client, "/department?departmentNumber=2")] == [
        "12",
        "20",
        "22",
    ]
    assert len(await values(client, "/department?isInactive=true")) == 1
    assert len(await values(client, "/employee/employment/occupationCode?code=5221")) == 1
    assert [row["code"] for row in await values(client, "/employee/employment/occupationCode?code=3115")] == ["0113115"]
    assert await values(client, "/employee/employment/occupationCode?code=3323") == []


async def test_employments_without_an_employee_are_one_row(client: httpx.AsyncClient) -> None:
    assert len(await values(client, "/employee/employment")) == 1
    ids = [str(row["id"]) for row in await values(client, "/employee")]
    assert len(await values(client, f"/employee/employment?employeeId={','.join(ids)}")) == 17


async def test_lists_about_an_employee_default_to_the_token_owner(client: httpx.AsyncClient) -> None:
    owner = (await client.get("/token/session/>whoAmI")).json()["value"]["employeeId"]
    rights = await values(client, "/employee/entitlement?fields=name,employee")
    assert {row["employee"]["id"] for row in rights} == {owner}
    assert "AUTH_COMPANY_WAGE_ADMIN" in {row["name"] for row in rights}
    other = await person(client, "1001")
    assert await values(client, f"/employee/entitlement?employeeId={other['id']}") == []


async def test_rights_filter_silently(books: Books, client: httpx.AsyncClient) -> None:
    ingrid = await person(client, "1001", "id,employments(id)")
    books.switches.filtered = {"Employment"}
    books.switches.filtered_fields = {"Employee": {"nationalIdentityNumber", "bankAccountNumber"}}
    row = await person(client, "1001", "*,employments(*)")
    assert row["employments"] == []
    assert not {"nationalIdentityNumber", "bankAccountNumber"} & set(row)
    assert await values(client, f"/employee/employment?employeeId={ingrid['id']}") == []
    assert (await client.get(f"/employee/employment/{ingrid['employments'][0]['id']}")).status_code == 404


@pytest.mark.parametrize("path", ["/employee/1", "/employee/abc", "/payroll", "/employee/employment/details/9"])
async def test_nothing_there_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (404, 6000, "Object not found")
    assert answer.json()["validationMessages"] is None


async def test_more_than_ten_thousand_rows_are_refused_however_few_are_asked_for() -> None:
    async with Tripletex() as tripletex:
        books = tripletex.open_company(7, "Stor AS", "314022114")
        generator = Generator(10_001)
        fill(books, generator.company(), generator)
        tripletex.issue_token(GOOD_TOKEN, books, next(iter(books.rows["Employee"])))
        async with tripletex_client(tripletex) as client:
            answer = await client.get("/employee?count=1&fields=id")
            assert (answer.status_code, answer.json()["code"]) == (422, 23000)
            assert answer.json()["message"] == "Result set too large. Limit of 10.000 reached."
            department = next(iter(books.rows["Department"]))
            page = await client.get(f"/employee?count=1&fields=id&departmentId={department}")
            assert page.status_code == 200


async def test_it_outlives_a_restart(tripletex: Tripletex, client: httpx.AsyncClient, tmp_path: Path) -> None:
    ingrid = await person(client, "1001")
    await client.put(f"/employee/{ingrid['id']}", json={"phoneNumberHome": "40000900", "userType": "NO_ACCESS"})
    tripletex.revoke(OTHER_COMPANY_TOKEN)
    tripletex.save(tmp_path / "tripletex.json")
    later = demo(tripletex.clock().date(), clock=tripletex.clock)
    assert later.load(tmp_path / "tripletex.json")
    assert later.sessions.tokens[OTHER_COMPANY_TOKEN].revoked
    async with later, tripletex_client(later) as again:
        for fields in ("*", "*,employments(*,employmentDetails(*))"):
            assert await person(again, "1001", fields) == await person(client, "1001", fields)
        assert (await person(again, "1001"))["phoneNumberHome"] == "40000900"


async def test_the_screen_shows_what_the_api_does(tripletex: Tripletex) -> None:
    screen = tripletex.tables()
    table = screen["tables"][0]
    assert len(table["rows"]) == 17
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    row = next(row for row in table["rows"] if row[0] == "1001")
    assert row[1] == "Ingrid Solbakken"
    assert "1,176,000" in row
    assert json.dumps(screen)
