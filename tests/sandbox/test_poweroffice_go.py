"""PowerOffice Go's stand-in behaves as what is published of it says."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.companies.numbers import norwegian_account
from sandbox.poweroffice_go import (
    APPLICATION_KEY,
    CLIENT_KEY,
    OTHER_CLIENT_KEY,
    SUBSCRIPTION_KEY,
    UNKNOWN_KEY,
    PowerofficeGo,
    demo,
)
from sandbox.poweroffice_go.company import GoClient
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, noon

PATCH = {"Content-Type": "application/json-patch+json"}
FIRST = {"FirstName": "Kari", "LastName": "Nordlund", "Number": 3001, "ExternalImportReference": "s1"}
JOB = {
    "EmploymentForm": "Permanent", "EmploymentType": "Ordinary", "FullTimeHoursPerWeek": 37.5, "IsDefault": True,
    "ProfessionCode": "2512101", "StartDate": "2024-03-01", "WorkingHoursArrangement": "NonShift",
}  # fmt: skip


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 3, 2)


@pytest.fixture
async def go(clock: HandClock) -> AsyncIterator[PowerofficeGo]:
    async with demo(clock().date(), clock=clock) as system:
        system.sign_in.limit = 1000
        yield system


@pytest.fixture
def norway(go: PowerofficeGo) -> GoClient:
    return next(iter(go.clients.values()))


async def token_of(go: PowerofficeGo, key: str = CLIENT_KEY, **headers: str) -> httpx.Response:
    basic = base64.b64encode(f"{APPLICATION_KEY}:{key}".encode()).decode()
    sent = {"Authorization": f"Basic {basic}", "Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY, **headers}
    async with httpx.AsyncClient(base_url=go.url) as client:
        return await client.post("/OAuth/Token", data={"grant_type": "client_credentials"}, headers=sent)


@pytest.fixture
async def api(go: PowerofficeGo) -> AsyncIterator[httpx.AsyncClient]:
    token = (await token_of(go)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY}
    async with httpx.AsyncClient(base_url=f"{go.url}/v2", headers=headers) as client:
        yield client


async def patch(api: httpx.AsyncClient, path: str, **values: Any) -> httpx.Response:
    operations = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()]
    return await api.patch(path, content=json.dumps(operations), headers=PATCH)


async def made(api: httpx.AsyncClient, norway: GoClient, **job: Any) -> tuple[int, int]:
    """Ids of a new employee and employment."""
    person = (await api.post("/Employees", json=FIRST)).json()["Id"]
    enterprise = next(iter(norway.rows["enterprises"]))
    answer = await api.post(f"/Employees/{person}/Employments", json={**JOB, "EnterpriseId": enterprise, **job})
    assert answer.status_code == 201, answer.text
    return person, answer.json()["Id"]


async def test_a_token_takes_both_keys_and_the_subscription(go: PowerofficeGo, clock: HandClock) -> None:
    good = await token_of(go)
    assert (good.status_code, good.json()["expires_in"]) == (200, 1200)
    unknown = await token_of(go, UNKNOWN_KEY)
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_client")
    assert (await token_of(go, **{"Ocp-Apim-Subscription-Key": ""})).status_code == 401
    headers = {
        "Authorization": f"Bearer {good.json()['access_token']}",
        "Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY,
    }
    async with httpx.AsyncClient(base_url=f"{go.url}/v2", headers=headers) as client:
        assert (await client.get("/Employees")).status_code == 200
        assert (await client.get("/Employees", headers={"Ocp-Apim-Subscription-Key": ""})).status_code == 401
        clock.forward(seconds=1200)
        assert (await client.get("/Employees")).status_code == 401


async def test_ten_calls_a_second_for_the_subscription_over_all_clients(go: PowerofficeGo, clock: HandClock) -> None:
    go.sign_in.limit = 10
    answers = [(await token_of(go, key)).status_code for key in (CLIENT_KEY, OTHER_CLIENT_KEY) * 6]
    assert answers == [200] * 10 + [429] * 2
    clock.forward(seconds=1)
    assert (await token_of(go)).status_code == 200


async def test_a_client_sees_its_own(api: httpx.AsyncClient, go: PowerofficeGo) -> None:
    token = (await token_of(go, OTHER_CLIENT_KEY)).json()["access_token"]
    mine = {row["Id"] for row in (await api.get("/Employees")).json()}
    others = (await api.get("/Employees", headers={"Authorization": f"Bearer {token}"})).json()
    assert len(others) == 1
    assert (await api.get(f"/Employees/{min(mine)}")).status_code == 200
    assert (await api.get("/ClientIntegrationInformation", headers={"Authorization": f"Bearer {token}"})).json()[
        "ClientName"
    ] == "Polarbønna Kaffebarer AS"


async def test_lists_come_in_pages_and_empty_ones_without_a_body(api: httpx.AsyncClient) -> None:
    first = await api.get("/Employees", params={"PageSize": 5})
    assert len(first.json()) == 5
    following = json.loads(first.headers["X-Pagination"])["nextPageLink"]
    second = await api.get(following)
    assert json.loads(second.headers["X-Pagination"])["nextPageLink"] is None
    assert not {row["Id"] for row in first.json()} & {row["Id"] for row in second.json()}
    empty = await api.get("/Employees", params={"employeeNos": "9999"})
    assert (empty.status_code, empty.content) == (204, b"")
    assert (await api.get("/Employees", params={"$top": 1})).status_code == 400
    assert (await api.get("/Employees", params={"PageSize": 20_001})).status_code == 400


async def test_answers_are_as_described(api: httpx.AsyncClient, norway: GoClient) -> None:
    described = contract("poweroffice_go")
    person, _ = await made(api, norway)
    # Not the lines of an employment: their days sometimes come with a time behind them.
    for path, pattern in (
        ("/ClientIntegrationInformation", "/ClientIntegrationInformation"),
        ("/Employees", "/Employees"),
        (f"/Employees/{person}", "/Employees/{employeeId}"),
        ("/Enterprises", "/Enterprises"),
        ("/Departments", "/Departments"),
        ("/PayrollSettings", "/PayrollSettings"),
    ):
        described.hold_answer("GET", pattern, (await api.get(path)).json())


@pytest.mark.parametrize(
    ("values", "status", "field"),
    [
        ({"LastName": ""}, 400, "LastName"),
        ({"Number": 1}, 400, "Number"),
        ({"Number": 1001}, 400, "Number"),
        ({"NationalIdNumber": "17059012345"}, 400, "NationalIdNumber"),
        ({"MailAddress": {"AddressLine1": "Gata 1"}}, 400, "City"),
        ({"DepartmentCode": "none"}, 400, "DepartmentCode"),
        ({"firstName": "Kari"}, 400, "firstName"),
    ],
)
async def test_an_employee_who_is_refused(
    api: httpx.AsyncClient, values: dict[str, Any], status: int, field: str
) -> None:
    refused = await api.post("/Employees", json=FIRST | values)
    assert refused.status_code == status
    assert list(refused.json()["errors"]) == [field]


async def test_a_reference_is_had_by_one_and_a_number_is_given(api: httpx.AsyncClient) -> None:
    assert (await api.post("/Employees", json=FIRST)).status_code == 201
    again = await api.post("/Employees", json={**FIRST, "Number": 3002})
    assert list(again.json()["errors"]) == ["ExternalImportReference"]
    given = await api.post("/Employees", json={"FirstName": "Ola", "LastName": "Berg"})
    assert given.json()["Number"] == 3002


async def test_identity_is_hidden(api: httpx.AsyncClient, norway: GoClient) -> None:
    shown = (await api.get("/Employees")).json()
    assert {row.get("NationalIdNumber") for row in shown} <= {"hidden", None}
    norway.switches.shows_identity = True
    assert any(len(row["NationalIdNumber"] or "") == 11 for row in (await api.get("/Employees")).json())


async def test_a_change_is_a_json_patch_and_passes_over_what_it_does_not_know(
    api: httpx.AsyncClient, norway: GoClient
) -> None:
    person = norway.by_number("1001")[0]["Id"]
    before = (await api.get(f"/Employees/{person}")).json()
    answer = await patch(api, f"/Employees/{person}", jobTitle="x", DepartmentCode="11", Nothing=1)
    assert (answer.status_code, answer.json()["JobTitle"]) == (200, before["JobTitle"])
    assert (await api.patch(f"/Employees/{person}", json=[])).status_code == 415
    assert (await patch(api, f"/Employees/{person}", JobTitle="Brenner")).json()["JobTitle"] == "Brenner"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        *(({name: None}, name) for name in JOB),
        ({"EnterpriseId": 1}, "EnterpriseId"),
        ({"ProfessionCode": "5223"}, "ProfessionCode"),
        ({"EndDate": "2026-05-01"}, "EndDateReason"),
        ({"EmploymentForm": "Fast"}, "EmploymentForm"),
    ],
)
async def test_an_employment_that_is_refused(
    api: httpx.AsyncClient, norway: GoClient, values: dict[str, Any], field: str
) -> None:
    person = norway.by_number("1001")[0]["Id"]
    body = {**JOB, "EnterpriseId": next(iter(norway.rows["enterprises"])), **values}
    refused = await api.post(f"/Employees/{person}/Employments", json=body)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])


async def test_lines_by_day_and_the_last_one_stays(api: httpx.AsyncClient, norway: GoClient, clock: HandClock) -> None:
    person, job = await made(api, norway)
    changed = norway.rows["employees"][person]["LastChangedDateTimeOffset"]
    clock.forward(minutes=5)
    lines = f"/Employees/Employments/{job}/Salaries"
    (first,) = (await api.get(lines)).json()
    assert first["FromDate"][:10] == "2024-03-01"
    raised = {"FromDate": "2026-04-01", "RemunerationType": "FixedWage", "AnnualSalary": 585000}
    assert (await api.post(lines, json=raised)).json()["HourlyRate"] == 300
    assert (await api.post(lines, json=raised)).status_code == 400
    assert (await api.post(lines, json={**raised, "FromDate": "2023-01-01"})).status_code == 400
    hourly = {**raised, "FromDate": "2026-05-01", "RemunerationType": "HourlyWage"}
    assert (await api.post(lines, json=hourly)).status_code == 400
    assert (await api.delete(f"{lines}/{first['Id']}")).status_code == 204
    (left,) = (await api.get(lines)).json()
    assert (await api.delete(f"{lines}/{left['Id']}")).status_code == 409
    assert (await api.delete(f"/Employees/{person}")).status_code == 409
    assert norway.rows["employees"][person]["LastChangedDateTimeOffset"] == changed


LEAVE = {"StartDate": "2026-04-01", "EndDate": "2026-04-30", "LeavePercentage": 60, "TypeOfLeave": "Maternity"}


async def test_leaves_are_lines_of_an_employment_and_what_is_reported_stays(
    api: httpx.AsyncClient, norway: GoClient
) -> None:
    described, path = contract("poweroffice_go"), "/Employees/Employments/{employmentId}/Leaves"
    _, job = await made(api, norway)
    leaves = path.format(employmentId=job)
    assert (await api.get(leaves)).status_code == 204
    first = (await api.post(leaves, json={**LEAVE, "ReportingId": "l1"})).json()
    second = (await api.post(leaves, json={**LEAVE, "StartDate": "2026-06-01", "EndDate": None})).json()
    assert (first["ReportingId"], second["ReportingId"][:5]) == ("l1", "POGO_")
    plain = min(first, second, key=lambda row: len(row["StartDate"]))  # the other's days have a time behind them
    described.hold_answer("GET", path, [plain])
    one = f"{leaves}/{first['Id']}"
    shorter = await patch(api, one, EndDate="2026-04-15", endDate="2026-04-01")
    assert (shorter.status_code, shorter.json()["EndDate"][:10]) == (200, "2026-04-15")
    assert (await api.get(one)).json() == shorter.json()
    assert (await patch(api, one, EndedAndReported=True)).status_code == 200
    assert (await patch(api, one, EndDate="2026-04-10")).status_code == 400
    assert (await api.delete(one)).status_code == 409
    assert (await api.delete(f"{leaves}/{second['Id']}")).status_code == 204
    assert [row["Id"] for row in (await api.get(leaves)).json()] == [first["Id"]]
    norway.privileges.discard("EmploymentLeave_Full")
    assert (await api.get(leaves)).status_code == 403


@pytest.mark.parametrize(
    ("values", "field"),
    [
        *(({name: None}, name) for name in ("StartDate", "LeavePercentage", "TypeOfLeave")),
        ({"LeavePercentage": 0}, "LeavePercentage"),
        ({"TypeOfLeave": "Sick"}, "TypeOfLeave"),
        ({"EndDate": "2026-03-31"}, "EndDate"),
        ({"StartDate": "2020-01-01"}, "StartDate"),
        ({"ReportingId": "l1", "StartDate": "2026-06-01", "EndDate": None}, "ReportingId"),
        ({"StartDate": "2026-04-30", "EndDate": None}, "StartDate"),
        ({"StartDate": "2026-04-30", "EndDate": None, "TypeOfLeave": "Military"}, "StartDate"),
        ({"Comment": "why"}, "Comment"),
    ],
)
async def test_a_leave_that_is_refused(
    api: httpx.AsyncClient, norway: GoClient, values: dict[str, Any], field: str
) -> None:
    _, job = await made(api, norway)
    leaves = f"/Employees/Employments/{job}/Leaves"
    assert (await api.post(leaves, json={**LEAVE, "ReportingId": "l1"})).status_code == 201
    refused = await api.post(leaves, json={**LEAVE, **values})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])


async def test_a_reported_employment_stays(api: httpx.AsyncClient, norway: GoClient) -> None:
    person, job = await made(api, norway)
    norway.rows["employments"][job]["Reported"] = True
    assert (await api.delete(f"/Employees/{person}/Employments/{job}")).status_code == 409


async def test_an_account_is_made_and_then_chosen(api: httpx.AsyncClient, norway: GoClient) -> None:
    person, _ = await made(api, norway)
    number = norwegian_account(1)
    account = (await api.post(f"/ContactBankAccounts/{person}", json={"BankAccountNumber": number})).json()
    assert account["BankAccountNumber"] == f"{number[:4]} {number[4:6]} {number[6:]}"
    norway.privileges.discard("EmployeeBankAccounts_Full")
    path = f"/Employees/{person}/BankAccounts"
    assert (await patch(api, path, SalaryBankAccountId=account["Id"])).status_code == 403
    norway.privileges.add("EmployeeBankAccounts_Full")
    assert (await patch(api, path, SalaryBankAccountId=1)).status_code == 400
    assert (await patch(api, path, SalaryBankAccountId=account["Id"])).status_code == 200


async def test_a_privilege_that_is_missing(api: httpx.AsyncClient, norway: GoClient) -> None:
    norway.privileges.discard("Employee_Full")
    norway.privileges.add("Employee")
    assert (await api.get("/Employees")).status_code == 200
    assert (await api.post("/Employees", json=FIRST)).status_code == 403
    told = (await api.get("/ClientIntegrationInformation")).json()
    assert "Employee_Full" not in told["ValidPrivileges"]


async def test_what_it_holds_is_kept(go: PowerofficeGo, norway: GoClient) -> None:
    kept = json.loads(json.dumps(go.snapshot()))
    norway.rows["employees"].clear()
    go.restore(kept)
    assert norway.by_number("1001")
    assert "Polarbønna Norge AS" in go.tables()["note"]
