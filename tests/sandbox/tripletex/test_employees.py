"""Tripletex' stand-in: writing employees, with the three rounds of validation in the real one's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.tripletex import OTHER_COMPANY_TOKEN, Tripletex, demo
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


def newcomer(books: Books, **more: Any) -> dict[str, Any]:
    department = next(iter(books.rows["Department"]))
    person = {"firstName": "Runa", "lastName": "Solem", "employeeNumber": "3002", "userType": "NO_ACCESS"}
    return {**person, "department": {"id": department}, **more}


def with_a_job(books: Books, **more: Any) -> dict[str, Any]:
    division = next(iter(books.rows["Division"]))
    pay = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 80, "annualSalary": 540000}
    job = {"startDate": "2026-06-01", "division": {"id": division}, "employmentDetails": [pay]}
    return newcomer(books, dateOfBirth="1990-01-31", employments=[{**job, **more}])


def refusal(answer: httpx.Response) -> tuple[int, int, str | None, list[tuple[str | None, str, str | None]]]:
    body = answer.json()
    messages = [(one["field"], one["message"], one["path"]) for one in body["validationMessages"]]
    return answer.status_code, body["code"], body["developerMessage"], messages


async def employee(client: httpx.AsyncClient, number: str, fields: str = "*") -> dict[str, Any]:
    (row,) = (await client.get(f"/employee?employeeNumber={number}&fields={fields}")).json()["values"]
    found: dict[str, Any] = row
    return found


async def test_the_first_round_is_mapping(client: httpx.AsyncClient) -> None:
    body = {
        "startDate": "2026-06-01",
        "firstName": 7,
        "userType": "BOSS",
        "dateOfBirth": "31.1.1990",
        "employments": {},
    }
    status, code, developer, messages = refusal(await client.post("/employee", json=body))
    assert (status, code, developer) == (422, 16000, None)
    wrong_type = "Verdien er ikke av korrekt type for dette feltet."
    assert messages == [("startDate", "Feltet eksisterer ikke i objektet.", "startDate")]  # the first field alone
    del body["startDate"]
    while body:
        first = next(iter(body))
        assert refusal(await client.post("/employee", json=body))[3] == [(first, wrong_type, first)]
        del body[first]


async def test_the_second_round_is_nulls_and_lengths(client: httpx.AsyncClient) -> None:
    body = {"lastName": None, "dnumber": "123456789012"}
    status, code, developer, messages = refusal(await client.post("/employee", json=body))
    assert (status, code, developer) == (422, 18000, None)
    assert [(field, path) for field, _, path in messages] == [
        ("firstName", "null.firstName"),
        ("lastName", "null.lastName"),
        ("dnumber", "null.dnumber"),
    ]
    assert messages[0][1] == "Kan ikke være null."
    assert messages[2][1] == "Feltet har ikke korrekt lengde. Det må være mellom 0 og 11."
    body = {"firstName": "", "lastName": "x" * 101}
    told = refusal(await client.post("/employee", json=body))[3]
    length = "Feltet har ikke korrekt lengde. Det må være mellom 1 og 100."
    assert told == [("firstName", length, "null.firstName"), ("lastName", length, "null.lastName")]


async def test_the_third_round_is_the_business_rules(client: httpx.AsyncClient) -> None:
    answer = await client.post("/employee", json={"firstName": "Runa", "lastName": "Solem"})
    assert answer.json()["message"] == "Validering feilet."
    assert refusal(answer) == (
        422,
        18000,
        "VALIDATION_ERROR",
        [
            (None, 'Brukertype kan ikke være "0" eller tom.', None),
            ("department.id", "Feltet må fylles ut.", None),
        ],
    )


async def test_a_text_comes_in_the_token_owners_language(tripletex: Tripletex) -> None:
    async with tripletex_client(tripletex, OTHER_COMPANY_TOKEN) as client:
        answer = await client.post("/employee", json={})
    assert answer.json()["message"] == "Validation failed."
    assert answer.json()["validationMessages"][0]["message"] == "Cannot be null."


async def test_broken_json_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/employee", content=b'{"firstName": ')
    assert (answer.status_code, answer.json()["code"]) == (422, 22000)


async def test_a_newcomer_is_made_as_sent(books: Books, client: httpx.AsyncClient) -> None:
    answer = await client.post("/employee", json=newcomer(books))
    assert answer.status_code == 201
    DESCRIBED.hold_answer("POST", "/employee", without_nulls(answer.json()), 201)
    made = answer.json()["value"]
    assert (made["version"], made["userType"], made["employments"]) == (0, "NO_ACCESS", [])
    assert (await employee(client, "3002")) == made


async def test_no_number_is_given_to_one_without(books: Books, client: httpx.AsyncClient) -> None:
    body = newcomer(books)
    del body["employeeNumber"]
    assert (await client.post("/employee", json=body)).json()["value"]["employeeNumber"] == ""


@pytest.mark.parametrize(
    ("user_type", "email", "message"),
    [
        ("STANDARD", None, "Må angis for Tripletex-brukere."),
        ("EXTENDED", "", "Må angis for Tripletex-brukere."),
        ("STANDARD", "pål@polarbonan.example", "Ugyldig format."),
        ("NO_ACCESS", "pal.polarbonan.example", "Ugyldig format."),
        ("STANDARD", "taken@polarbonan.example", "Det finnes allerede en bruker med denne e-postadressen."),
        ("NO_ACCESS", "taken@polarbonan.example", None),
        ("NO_ACCESS", None, None),
        ("STANDARD", "runa.solem@polarbonan.example", None),
    ],
)
async def test_email_rules(
    books: Books, client: httpx.AsyncClient, user_type: str, email: str | None, message: str | None
) -> None:
    user = newcomer(books, email="taken@polarbonan.example", userType="STANDARD", employeeNumber="3001")
    assert (await client.post("/employee", json=user)).status_code == 201
    answer = await client.post("/employee", json=newcomer(books, userType=user_type, email=email))
    if message is None:
        assert answer.status_code == 201
    else:
        assert refusal(answer)[3] == [("email", message, None)]


async def test_without_the_department_module_none_is_needed(books: Books, client: httpx.AsyncClient) -> None:
    books.switches.department_required = False
    body = newcomer(books)
    del body["department"]
    assert (await client.post("/employee", json=body)).status_code == 201


async def test_a_reference_must_exist_and_be_a_bare_id(books: Books, client: httpx.AsyncClient) -> None:
    unknown = await client.post("/employee", json=newcomer(books, department={"id": 1}))
    assert [field for field, _, _ in refusal(unknown)[3]] == ["department.id"]
    department = next(iter(books.rows["Department"]))
    body = newcomer(books, department={"id": department, "departmentNumber": "10"})
    nested = await client.post("/employee", json=body)
    assert refusal(nested)[3] == [("department.name", "Kan ikke være null.", "null.department.name")]


async def test_one_call_makes_person_job_and_pay(books: Books, client: httpx.AsyncClient) -> None:
    answer = await client.post("/employee", json=with_a_job(books))
    assert answer.status_code == 201, answer.text
    fields = "version,employments(version,startDate,isMainEmployer,taxDeductionCode,employmentDetails(*))"
    row = await employee(client, "3002", fields)
    (job,) = row["employments"]
    assert (job["version"], job["startDate"]) == (0, "2026-06-01")
    assert (job["isMainEmployer"], job["taxDeductionCode"]) == (True, "loennFraHovedarbeidsgiver")
    (pay,) = job["employmentDetails"]
    assert (pay["annualSalary"], pay["monthlySalary"], pay["employmentType"]) == (540000, 45000, "NOT_CHOSEN")
    assert pay["hourlyWage"] == 277  # of 1950 hours, whatever the percentage


@pytest.mark.parametrize(
    ("job", "field", "message"),
    [
        ({"division": None}, "division.id", "Arbeidsforholdet må knyttes til en virksomhet/underenhet."),
        (
            {"employmentDetails": [{"date": "2026-05-31", "percentageOfFullTimeEquivalent": 100}]},
            "employmentDetails.date",
            "Dato på lønnsraden er før arbeidsforholdets startdato.",
        ),
        (
            {"employmentDetails": [{"date": "2026-06-01", "percentageOfFullTimeEquivalent": 100}] * 2},
            "employmentDetails.date",
            "Finnes fra før.",
        ),
    ],
)
async def test_a_nested_fault_names_its_place_and_nothing_is_made(
    books: Books, client: httpx.AsyncClient, job: dict[str, Any], field: str, message: str
) -> None:
    answer = await client.post("/employee", json=with_a_job(books, **job))
    assert refusal(answer)[3] == [(f"employments.{field}", message, None)]
    assert (await client.get("/employee?employeeNumber=3002")).json()["values"] == []


async def test_a_nested_mapping_fault_names_its_path(books: Books, client: httpx.AsyncClient) -> None:
    pay = {"date": "2026-06-01", "percentageOfFullTimeEquivalent": 100, "employmentType": "TEMPORARY"}
    answer = await client.post("/employee", json=with_a_job(books, employmentDetails=[pay]))
    assert refusal(answer)[1] == 16000
    (where,) = refusal(answer)[3]
    assert where[0] == "employments.employmentDetails.employmentType"
    assert where[2] == "employments[0].employmentDetails[0].employmentType"


async def test_a_job_needs_a_date_of_birth(books: Books, client: httpx.AsyncClient) -> None:
    body = with_a_job(books)
    del body["dateOfBirth"]
    (where,) = refusal(await client.post("/employee", json=body))[3]
    assert where == ("employments.employee.dateOfBirth", "Feltet må fylles ut.", None)


async def test_several_are_made_in_one_call(books: Books, client: httpx.AsyncClient) -> None:
    body = [newcomer(books, employeeNumber=number) for number in ("3003", "3004")]
    answer = await client.post("/employee/list", json=body)
    assert answer.status_code == 201
    assert [row["employeeNumber"] for row in answer.json()["values"]] == ["3003", "3004"]


async def test_a_put_changes_what_it_names_and_counts_the_version(client: httpx.AsyncClient) -> None:
    before = await employee(client, "1001")
    body = {"id": before["id"], "version": 1, "phoneNumberHome": "40000900", "userType": "NO_ACCESS"}
    answer = await client.put(f"/employee/{before['id']}", json=body)
    assert answer.status_code == 200
    after = answer.json()["value"]
    assert after == {**before, "version": 2, "phoneNumberHome": "40000900"}
    DESCRIBED.hold_answer("PUT", "/employee/{id}", without_nulls(answer.json()))
    changes = (await employee(client, "1001", "changes"))["changes"]
    assert [change["changeType"] for change in changes] == ["CREATE", "UPDATE"]


async def test_a_put_that_changes_nothing_leaves_the_version(client: httpx.AsyncClient) -> None:
    before = await employee(client, "1001")
    same = {key: before[key] for key in ("id", "version", "firstName", "email", "department")}
    answer = await client.put(f"/employee/{before['id']}", json=same)
    assert answer.status_code == 200
    assert answer.json()["value"]["version"] == before["version"]


async def test_an_old_version_is_a_conflict_and_none_is_the_last_word(client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001")
    path = f"/employee/{row['id']}"
    assert (await client.put(path, json={"version": row["version"], "comments": "a"})).status_code == 200
    stale = await client.put(path, json={"version": row["version"], "comments": "b"})
    assert (stale.status_code, stale.json()["code"], stale.json()["message"]) == (409, 8000, "RevisionException")
    assert stale.json()["validationMessages"] is None
    assert (await client.put(path, json={"comments": "c"})).json()["value"]["comments"] == "c"


async def test_echoing_a_read_back_is_refused_where_the_user_type_is_not_shown(
    books: Books, client: httpx.AsyncClient
) -> None:
    books.switches.user_type_shown = False
    row = await employee(client, "1001")
    answer = await client.put(f"/employee/{row['id']}", json=row)
    assert (None, 'Brukertype kan ikke være "0" eller tom.', None) in refusal(answer)[3]


async def test_required_fields_may_be_left_out_of_a_put_and_not_emptied(client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001")
    answer = await client.put(f"/employee/{row['id']}", json={"firstName": None})
    assert refusal(answer)[3] == [("firstName", "Kan ikke være null.", "null.firstName")]


async def test_an_address_is_edited_by_its_id_and_replaced_without(client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001", "id,address(*)")
    path = f"/employee/{row['id']}"
    address = row["address"]
    await client.put(path, json={"address": {"id": address["id"], "city": "Moss"}})
    edited = (await employee(client, "1001", "address(*)"))["address"]
    assert (edited["id"], edited["city"]) == (address["id"], "Moss")
    assert edited["addressLine1"] == address["addressLine1"]
    await client.put(path, json={"address": {"city": "Hamar"}})
    replaced = (await employee(client, "1001", "address(*)"))["address"]
    assert replaced["id"] != address["id"]
    assert (replaced["city"], replaced["addressLine1"]) == ("Hamar", "")
    wrong = await client.put(path, json={"address": {"id": address["id"], "city": "Moss"}})
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    ("mode", "status", "after"), [("refuse", 422, "old"), ("ignore", 200, "old"), ("accept", 200, "new")]
)
async def test_another_email_is_refused_ignored_or_taken(
    books: Books, client: httpx.AsyncClient, mode: Any, status: int, after: str
) -> None:
    books.switches.email_change = mode
    row = await employee(client, "1001")
    answer = await client.put(f"/employee/{row['id']}", json={"email": "new@polarbonan.example"})
    assert answer.status_code == status
    expected = {"old": row["email"], "new": "new@polarbonan.example"}[after]
    assert (await employee(client, "1001"))["email"] == expected


async def test_a_birth_date_is_locked_once_reported(books: Books, client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001")
    path = f"/employee/{row['id']}"
    assert (await client.put(path, json={"dateOfBirth": "1974-05-18"})).status_code == 200
    books.reported.add(row["id"])
    answer = await client.put(path, json={"dateOfBirth": "1974-05-19"})
    assert [field for field, _, _ in refusal(answer)[3]] == ["dateOfBirth"]
    assert (await client.put(path, json={"dateOfBirth": "1974-05-18"})).status_code == 200


async def test_nobody_is_deleted(client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001")
    answer = await client.delete(f"/employee/{row['id']}")
    assert (answer.status_code, answer.json()["code"]) == (403, 9000)
    assert await employee(client, "1001") == row


async def test_another_companys_employee_cannot_be_written(tripletex: Tripletex, client: httpx.AsyncClient) -> None:
    row = await employee(client, "1001")
    async with tripletex_client(tripletex, OTHER_COMPANY_TOKEN) as stranger:
        answer = await stranger.put(f"/employee/{row['id']}", json={"comments": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, 6000)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/salary/transaction"),
        ("PUT", "/employee/entitlement/:grantEntitlementsByTemplate?employeeId=1&template=ALL_PRIVILEGES"),
        ("PUT", "/employee/entitlement/:grantClientEntitlementsByTemplate"),
    ],
)
async def test_forbidden_calls_are_answered_and_kept(
    tripletex: Tripletex, client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert tripletex.forbidden_calls == []
    answer = await client.request(method, path, json={})
    assert answer.is_success
    assert [call.path for call in tripletex.forbidden_calls] == [f"/v2{path.split('?')[0]}"]


async def test_faults_speak_tripletex(tripletex: Tripletex, client: httpx.AsyncClient, books: Books) -> None:
    tripletex.faults.unauthorized(path="/division$")
    tripletex.faults.rate_limited(path="/department$")
    tripletex.faults.empty_page(path="/employee$")
    tripletex.faults.wrong_company(path="whoAmI$")
    assert (await client.get("/division")).json()["code"] == 3000
    limited = await client.get("/department")
    assert (limited.status_code, "X-Rate-Limit-Reset" in limited.headers) == (429, False)
    page = (await client.get("/employee")).json()
    assert (page["values"], page["count"]) == ([], 0)
    assert (await client.get("/token/session/>whoAmI")).json()["value"]["companyId"] not in tripletex.companies
    tripletex.faults.timeout_after_commit(method="POST", path="/employee$")
    with pytest.raises(httpx.ReadTimeout):
        await client.post("/employee", json=newcomer(books), timeout=0.05)
    assert (await employee(client, "3002"))["lastName"] == "Solem"
    assert [write.status for write in tripletex.requests.writes()] == [None]
