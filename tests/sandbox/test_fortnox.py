"""Fortnox' stand-in behaves as what is published of it says."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox.companies.numbers import swedish_identity_number
from sandbox.fortnox import CLIENT_ID, CLIENT_SECRET, COMPANY, NO_LICENCE, OTHER_COMPANY, Fortnox, demo
from sandbox.fortnox.company import FortnoxCompany
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, noon, without_nulls

REDIRECT = "https://bot.example.com/consent"
ASKED = {
    "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "scope": "salary companyinformation costcenter", "state": "s1",
    "access_type": "offline", "response_type": "code", "account_type": "service",
}  # fmt: skip
FIRST: dict[str, Any] = {
    "EmployeeId": "3001", "FirstName": "Karin", "LastName": "Nordlund", "Email": "karin@example.com",
    "EmploymentForm": "TV", "PersonelType": "TJM", "SalaryForm": "MAN", "EmploymentDate": "2024-03-01",
}  # fmt: skip
BY_TENANT, REFRESH = {"grant_type": "client_credentials"}, {"grant_type": "refresh_token"}
ABSENCE = {"EmployeeId": "2001", "CauseCode": "SJK", "Date": "2026-03-02", "Hours": 8}


def wages(*rows: tuple[str, str], number: str = "3001") -> list[dict[str, str]]:
    return [{"EmployeeId": number, "FirstDay": day, "MonthlySalary": amount} for day, amount in rows]


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 3, 2)


@pytest.fixture
async def fortnox(clock: HandClock) -> AsyncIterator[Fortnox]:
    async with demo(clock().date(), clock=clock) as system:
        system.limit = 1000
        system.sign_in.redirect_uris.add(REDIRECT)
        yield system


@pytest.fixture
def sweden(fortnox: Fortnox) -> FortnoxCompany:
    return fortnox.companies[COMPANY]


async def ask(
    system: Fortnox, form: dict[str, str], *, tenant: int | None = None, secret: str = CLIENT_SECRET
) -> httpx.Response:
    basic = base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", **({"TenantId": str(tenant)} if tenant else {})}
    async with httpx.AsyncClient(base_url=system.url) as client:
        return await client.post("/oauth-v1/token", data=form, headers=headers)


def code_of(address: str) -> str:
    asked = parse_qs(urlsplit(address).query)
    assert asked["state"] == ["s1"]
    return asked["code"][0]


@pytest.fixture
async def api(fortnox: Fortnox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(fortnox, COMPANY) as client:
        yield client


def client_of(system: Fortnox, tenant: int) -> httpx.AsyncClient:
    system.sign_in.approve(ASKED, tenant)
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    given = system.sign_in.answer(f"Basic {basic}", {"grant_type": "client_credentials"}, str(tenant))
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    return httpx.AsyncClient(base_url=f"{system.url}/3", headers=headers)


def code_in(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["ErrorInformation"]["code"]


async def test_a_code_is_good_once_and_for_ten_minutes(fortnox: Fortnox, clock: HandClock) -> None:
    code = code_of(fortnox.sign_in.approve(ASKED, COMPANY))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    given = (await ask(fortnox, form)).json()
    assert (given["expires_in"], given["token_type"]) == (3600, "bearer")
    claims = json.loads(base64.urlsafe_b64decode(given["access_token"].split(".")[1] + "=="))
    assert (claims["tenantId"], claims["scope"]) == (COMPANY, ["salary", "companyinformation", "costcenter"])
    assert (await ask(fortnox, form)).json()["error"] == "invalid_grant"
    late = code_of(fortnox.sign_in.approve(ASKED, COMPANY))
    clock.forward(minutes=10)
    assert (await ask(fortnox, {**form, "code": late})).status_code == 400


async def test_a_refresh_token_rotates(fortnox: Fortnox) -> None:
    code = code_of(fortnox.sign_in.approve({**ASKED, "account_type": ""}, COMPANY))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    first = (await ask(fortnox, form)).json()["refresh_token"]
    second = (await ask(fortnox, {**REFRESH, "refresh_token": first})).json()["refresh_token"]
    again = await ask(fortnox, {**REFRESH, "refresh_token": first})
    assert again.json() == {"error": "invalid_grant", "error_description": "Invalid refresh token"}
    assert (await ask(fortnox, {**REFRESH, "refresh_token": second})).status_code == 200
    # Nobody agreed to a service account, so the tenant alone is worth nothing.
    assert (await ask(fortnox, tenant=COMPANY, form=BY_TENANT)).status_code == 400


async def test_a_tenant_alone_is_enough_after_a_consent_and_until_it_is_revoked(fortnox: Fortnox) -> None:
    assert (await ask(fortnox, tenant=COMPANY, form=BY_TENANT)).status_code == 400
    fortnox.sign_in.approve(ASKED, COMPANY)
    given = await ask(fortnox, tenant=COMPANY, form=BY_TENANT)
    assert given.status_code == 200
    assert "refresh_token" not in given.json()
    assert (await ask(fortnox, form=BY_TENANT)).status_code == 400
    assert (await ask(fortnox, tenant=COMPANY, secret="other", form=BY_TENANT)).status_code == 401
    fortnox.sign_in.revoke(COMPANY)
    assert (await ask(fortnox, tenant=COMPANY, form=BY_TENANT)).status_code == 400


async def test_who_may_agree_and_to_what(fortnox: Fortnox) -> None:
    assert "access_denied" in fortnox.sign_in.approve(ASKED, COMPANY, administrator=False)
    assert "access_denied" in fortnox.sign_in.deny(ASKED)
    fortnox.sign_in.allows_service = False
    assert "service+account" in fortnox.sign_in.approve(ASKED, COMPANY)
    async with httpx.AsyncClient(base_url=fortnox.url) as client:
        assert "Polarbönan Sverige AB" in (await client.get("/oauth-v1/auth", params=ASKED)).text
        for wrong in ({"redirect_uri": "https://evil.example"}, {"state": ""}, {"scope": "all"}, {"client_id": "x"}):
            assert (await client.get("/oauth-v1/auth", params=ASKED | wrong)).status_code == 400
        fortnox.sign_in.allows_service = True
        yes = await client.get("/oauth-v1/approve", params={**ASKED, "tenant": COMPANY, "role": "administrator"})
        assert (yes.status_code, yes.headers["Location"].startswith(f"{REDIRECT}?code=")) == (302, True)


async def test_twenty_five_calls_in_five_seconds_for_a_company(fortnox: Fortnox, clock: HandClock) -> None:
    fortnox.limit = 25
    async with client_of(fortnox, COMPANY) as api, client_of(fortnox, OTHER_COMPANY) as other:
        answers = [(await api.get("/companyinformation")).status_code for _ in range(27)]
        assert answers == [200] * 25 + [429] * 2
        assert (await other.get("/companyinformation")).status_code == 200
        clock.forward(seconds=5)
        assert (await api.get("/companyinformation")).status_code == 200


async def test_a_company_sees_its_own(fortnox: Fortnox, api: httpx.AsyncClient) -> None:
    async with client_of(fortnox, OTHER_COMPANY) as other:
        assert (await other.get("/companyinformation")).json()["CompanyInformation"]["DatabaseNumber"] == OTHER_COMPANY
        assert (await other.get("/employees/2001")).status_code == 404
    assert (await api.get("/employees/2001")).status_code == 200


async def test_without_a_licence_or_a_scope_nothing_of_payroll_is_told(fortnox: Fortnox) -> None:
    async with client_of(fortnox, NO_LICENCE) as api:
        for path in ("/employees", "/employees/1", "/absencetransactions"):
            assert code_in(await api.get(path)) == (400, 2001101)
        assert code_in(await api.post("/employees", json={})) == (400, 2001101)
        assert (await api.get("/companyinformation")).status_code == 200
    fortnox.sign_in.narrow[NO_LICENCE] = frozenset({"salary"})
    async with client_of(fortnox, NO_LICENCE) as api:
        assert code_in(await api.get("/companyinformation")) == (400, 2000663)


async def test_lists_come_in_pages_of_500_at_most(api: httpx.AsyncClient, sweden: FortnoxCompany) -> None:
    first = (await api.get("/employees", params={"limit": 4})).json()
    assert first["MetaInformation"] == {"@TotalResources": 6, "@TotalPages": 2, "@CurrentPage": 1}
    second = (await api.get("/employees", params={"limit": 4, "page": 2})).json()
    assert [row["EmployeeId"] for row in second["Employees"]] == ["2005", "2006"]
    for number in range(600):
        sweden.add(EmployeeId=f"9{number}", FirstName="A", LastName="B", Email="a@b.example")
    assert len((await api.get("/employees", params={"limit": 1000})).json()["Employees"]) == 500
    assert code_in(await api.get("/employees", params={"lastmodified": "2026-01-01"})) == (400, 2000588)
    assert (await api.get("/employees", params={"LIMIT": 1})).json()["MetaInformation"]["@TotalPages"] == 7


async def test_answers_are_as_described(api: httpx.AsyncClient) -> None:
    described = contract("fortnox")
    row = (await api.post("/employees", json={"Employee": FIRST})).json()
    made = (await api.post("/absencetransactions", json={"AbsenceTransaction": ABSENCE})).json()
    for answer, path in ((row, "/3/employees/{EmployeeId}"), (made, "/3/absencetransactions/{id}")):
        # What is empty is "" where the description knows choices alone.
        whole = {name: {k: v for k, v in each.items() if v != ""} for name, each in answer.items()}
        described.hold_answer("GET", path, without_nulls(whole))
    for path in ("companyinformation", "costcenters", "absencetransactions"):
        described.hold_answer("GET", f"/3/{path}", (await api.get(f"/{path}")).json())


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        *(({name: ""}, 2000000, name) for name in ("FirstName", "LastName", "Email")),
        *(({name: ""}, 2000000, "ftgavtalid") for name in ("EmploymentForm", "PersonelType", "SalaryForm")),
        ({"EmployeeId": "2001"}, 2000637, "2001"),
        ({"EmployeeId": "1" * 16}, 2000000, "EmployeeId"),
        ({"JobTitle": "x" * 31}, 2000000, "JobTitle"),
        ({"MonthlySalary": "1", "DatedWages": wages(("1970-01-01", "1"))}, 2000000, "DatedWages"),
        ({"DatedWages": wages(("2024-03-01", "1"))}, 2000000, "DatedWages"),
        ({"DatedWages": wages(("1970-01-01", "1"), ("1970-01-01", "2"))}, 2000000, "DatedWages"),
        ({"DatedWages": wages(("1970-01-01", "1"), ("2024-03-01", "2"), ("2024-03-01", "3"))}, 2000000, "DatedWages"),
        ({"MonthlySalary": 45000}, 2000106, "MonthlySalary"),
        ({"CostCenter": "777"}, 2000000, "777"),
        ({"Address2": 'Gatan "1"'}, 2000359, "tecken"),
        ({"Nickname": "K"}, 2001399, "Nickname"),
        ({"EmploymentForm": "Fast"}, 2000000, "EmploymentForm"),
        ({"PersonalIdentityNumber": "900517-1234"}, 2000000, "PersonalIdentityNumber"),
    ],
)
async def test_an_employee_who_is_refused(api: httpx.AsyncClient, values: dict[str, Any], code: int, said: str) -> None:
    refused = await api.post("/employees", json={"Employee": FIRST | values})
    assert code_in(refused) == (400, code)
    assert said in refused.json()["ErrorInformation"]["message"]


async def test_a_company_may_have_a_default_agreement(api: httpx.AsyncClient, sweden: FortnoxCompany) -> None:
    sweden.switches.default_agreement = True
    body = {name: FIRST[name] for name in ("EmployeeId", "FirstName", "LastName", "Email")}
    made = await api.post("/employees", json={"Employee": body})
    assert (made.status_code, made.json()["Employee"]["EmploymentForm"]) == (201, "TV")


async def test_a_change_keeps_what_it_does_not_name(api: httpx.AsyncClient, sweden: FortnoxCompany) -> None:
    identity = swedish_identity_number(date(1990, 5, 17), woman=True)[2:]
    await api.post("/employees", json={"Employee": {**FIRST, "PersonalIdentityNumber": identity}})
    changed = await api.put("/employees/3001", json={"Employee": {"JobTitle": "Chef"}})
    assert changed.json()["Employee"]["PersonalIdentityNumber"] == identity
    other = await api.put("/employees/3001", json={"Employee": {"EmployeeId": "3002"}})
    assert other.status_code == 400
    assert (await api.put("/employees/9", json={"Employee": {}})).status_code == 404
    assert (await api.delete("/employees/3001")).status_code == 405
    sweden.employees["3001"]["Email"] = ""
    assert "Email" in (await api.put("/employees/3001", json={"Employee": {"JobTitle": "x"}})).text
    sweden.switches.checks_old_email = False
    assert (await api.put("/employees/3001", json={"Employee": {"JobTitle": "x"}})).status_code == 200


async def test_pay_is_shown_as_of_today_and_whole(fortnox: Fortnox, sweden: FortnoxCompany, clock: HandClock) -> None:
    fortnox.sign_in.lifetime = 10_000_000
    async with client_of(fortnox, COMPANY) as api:
        await _pay_by_day(api, sweden, clock)


async def _pay_by_day(api: httpx.AsyncClient, sweden: FortnoxCompany, clock: HandClock) -> None:
    history = wages(("2026-04-01", "47000.50"), ("1970-01-01", "45000"))
    made = (await api.post("/employees", json={"Employee": {**FIRST, "DatedWages": history}})).json()["Employee"]
    assert (made["MonthlySalary"], [row["FirstDay"] for row in made["DatedWages"]]) == (
        "45000",
        ["1970-01-01", "2026-04-01"],
    )
    clock.forward(days=31)
    assert (await api.get("/employees/3001")).json()["Employee"]["MonthlySalary"] == "47000.50"
    only = {"Employee": {"DatedWages": wages(("1970-01-01", "46000"))}}
    sweden.switches.wages = "merge"
    assert len((await api.put("/employees/3001", json=only)).json()["Employee"]["DatedWages"]) == 2
    sweden.switches.wages = "replace"
    assert len((await api.put("/employees/3001", json=only)).json()["Employee"]["DatedWages"]) == 1


async def test_an_answer_in_another_form_is_not_to_be_had(api: httpx.AsyncClient) -> None:
    assert code_in(await api.get("/employees", headers={"Accept": "application/pdf"})) == (400, 1000030)
    assert code_in(await api.post("/employees", content="<x/>", headers={"Content-Type": "text/xml"}))[1] == 1000031
    wrong = await api.post("/employees", content="{", headers={"Content-Type": "application/json"})
    assert code_in(wrong) == (400, 2002115)
    assert code_in(await api.post("/employees", json=FIRST)) == (400, 2001392)
    assert (await api.get("/employees/2001")).json()["Employee"]["TaxAllowance"] == "SNK"


async def test_absence_may_be_there_twice_and_is_changed_by_its_id(
    api: httpx.AsyncClient, sweden: FortnoxCompany
) -> None:
    body = {"AbsenceTransaction": ABSENCE}
    first, second = [(await api.post("/absencetransactions", json=body)).json()["AbsenceTransaction"] for _ in "12"]
    assert first["id"] != second["id"]
    path = f"/absencetransactions/{first['id']}"
    assert (await api.put(path, json={"AbsenceTransaction": {**ABSENCE, "Hours": 4}})).status_code == 200
    found = (await api.get("/absencetransactions", params={"employeeid": "2001"})).json()["AbsenceTransactions"]
    assert [row["Hours"] for row in found] == [4, 8]
    assert (await api.get("/absencetransactions", params={"date": "2026-03-03"})).json()["AbsenceTransactions"] == []
    assert (await api.delete(path)).status_code == 200
    assert (await api.delete(path)).status_code == 404
    assert (
        code_in(await api.post("/absencetransactions", json={"AbsenceTransaction": {"id": "x", **ABSENCE}}))[1]
        == 2001399
    )
    sweden.switches.closed_through = date(2026, 3, 31)
    assert (await api.post("/absencetransactions", json=body)).status_code == 400
    assert (await api.delete(f"/absencetransactions/{second['id']}")).status_code == 400


@pytest.mark.parametrize("values", [{"CauseCode": "XXX"}, {"Hours": 0}, {"Date": "2026-3-2"}, {"EmployeeId": "9"}])
async def test_absence_that_is_refused(api: httpx.AsyncClient, values: dict[str, Any]) -> None:
    assert (await api.post("/absencetransactions", json={"AbsenceTransaction": ABSENCE | values})).status_code == 400


async def test_what_it_holds_is_kept(fortnox: Fortnox, sweden: FortnoxCompany) -> None:
    fortnox.sign_in.approve(ASKED, COMPANY)
    kept = json.loads(json.dumps(fortnox.snapshot()))
    sweden.employees.clear()
    fortnox.sign_in.consents.clear()
    fortnox.restore(kept)
    assert sweden.employees["2001"]
    assert COMPANY in fortnox.sign_in.consents
    assert "Polarbönan Sverige AB" in fortnox.tables()["note"]
