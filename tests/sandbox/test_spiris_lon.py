"""Spiris Lön's stand-in behaves as what is published of it says, and is stricter where that leaves something open."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.companies.numbers import swedish_identity_number
from sandbox.spiris_lon import CLIENT_ID, CLIENT_SECRET, COMPANY, OTHER_COMPANY, SpirisLon, demo
from sandbox.spiris_lon.company import SpirisCompany
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, noon

REDIRECT = "https://bot.example.com/consent"
ASKED = {
    "client_id": CLIENT_ID, "redirect_uri": REDIRECT, "scope": "vls:api offline_access", "state": "s1",
    "response_type": "code",
}  # fmt: skip
KEYS = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
NEW: dict[str, Any] = {
    "FirstName": "Karin", "LastName": "Nordlund", "Contract": {"SalaryType": 1},
}  # fmt: skip
SICK = {"ShortcutRegistrationMethod": 1, "MinutesOfDay": 480}


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 3, 2)


@pytest.fixture
async def spiris(clock: HandClock) -> AsyncIterator[SpirisLon]:
    async with demo(clock().date(), clock=clock) as system:
        system.sign_in.redirect_uris.add(REDIRECT)
        yield system


@pytest.fixture
def sweden(spiris: SpirisLon) -> SpirisCompany:
    return spiris.companies[COMPANY]


async def tokens(system: SpirisLon, **form: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=system.url) as client:
        return await client.post("/connect/token", data=form, headers={"Authorization": f"Basic {KEYS}"})


async def consented(system: SpirisLon, company: str = COMPANY) -> dict[str, Any]:
    code = str(httpx.URL(system.sign_in.approve(ASKED, company)).params["code"])
    got: dict[str, Any] = (
        await tokens(system, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    ).json()
    return got


@pytest.fixture
async def client(spiris: SpirisLon) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {(await consented(spiris))['access_token']}"}
    async with httpx.AsyncClient(base_url=spiris.url, headers=headers) as opened:
        yield opened


def identity(n: int = 0) -> str:
    return swedish_identity_number(noon(1990, 5, 17 + n).now.date(), woman=True)


def somebody(company: SpirisCompany) -> str:
    return next(iter(company.employees))


def sick(company: SpirisCompany, first: str = "2026-03-02", last: str = "2026-03-02", **more: Any) -> dict[str, Any]:
    return {"EmployeeId": somebody(company), "StartDate": first, "EndDate": last, **SICK, **more}


async def test_a_refresh_token_is_good_once_and_one_that_comes_twice_ends_all(spiris: SpirisLon) -> None:
    first = await consented(spiris)
    second = (await tokens(spiris, grant_type="refresh_token", refresh_token=first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await tokens(spiris, grant_type="refresh_token", refresh_token=first["refresh_token"])).json() == {
        "error": "invalid_grant"
    }
    async with httpx.AsyncClient(base_url=spiris.url) as client:
        bearer = {"Authorization": f"Bearer {second['access_token']}"}
        assert (await client.get("/v2/payrollsettings", headers=bearer)).status_code == 401


async def test_what_it_keeps_between_starts_has_the_tokens_that_are_out_there(spiris: SpirisLon) -> None:
    first = await consented(spiris)
    spiris.restore(spiris.snapshot())
    assert (await tokens(spiris, grant_type="refresh_token", refresh_token=first["refresh_token"])).status_code == 200


async def test_a_company_sees_its_own(spiris: SpirisLon) -> None:
    other = (await consented(spiris, OTHER_COMPANY))["access_token"]
    async with httpx.AsyncClient(base_url=spiris.url, headers={"Authorization": f"Bearer {other}"}) as client:
        assert (await client.get("/v2/payrollsettings")).json()["CompanyRegistrationNumber"] == OTHER_COMPANY
        assert [row["EmployeeNumber"] for row in (await client.get("/v2/employees")).json()["Data"]] == ["2008"]


async def test_answers_are_as_described(client: httpx.AsyncClient, sweden: SpirisCompany) -> None:
    described = contract("spiris_lon")
    made = await client.post("/v2/employees", json={**NEW, "IdentificationNumber": identity()})
    assert made.status_code == 201
    for method, path, answer in (
        ("GET", "/v2/payrollsettings", await client.get("/v2/payrollsettings")),
        ("GET", "/v2/employees", await client.get("/v2/employees")),
        ("GET", "/v2/employees/{employeeId}", await client.get(f"/v2/employees/{somebody(sweden)}")),
    ):
        described.hold_answer(method, path, answer.json())
    described.hold_answer("POST", "/v2/employees", made.json(), 201)
    for kind in ("sickleave", "careofsickchild", "holiday", "parentalleave", "otherabsence"):
        other: dict[str, Any] = (
            {"OtherAbsenceGroup": 0, "OtherAbsenceQuantityType": 0} if kind == "otherabsence" else {}
        )
        created = await client.post(f"/v2/shortcuts/{kind}", json=sick(sweden, **other))
        assert created.status_code == 201, created.text
        described.hold_answer("POST", f"/v2/shortcuts/{kind}", created.json(), 201)
        listed = await client.get(f"/v2/shortcuts/{kind}/2026-03-01/2026-03-31")
        described.hold_answer("GET", f"/v2/shortcuts/{kind}/{{startDate}}/{{endDate}}", listed.json())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"IdentificationNumber": None}, "IdentificationNumber"),
        ({"IdentificationNumber": "9005172384"}, "IdentificationNumber"),
        ({"IdentificationNumber": "199005172301"}, "IdentificationNumber"),
        ({"FirstName": "K4rin"}, "FirstName"),
        ({"FirstName": ""}, "FirstName"),
        ({"Contract": {}}, "Contract.SalaryType"),
        ({"Contract": {"SalaryType": 1, "UsesVLA": True}}, "Contract.UsesVLAFromDate"),
        ({"Contract": {"SalaryType": 1, "Salary": 1}}, "Contract.Salary"),
        ({"Salary": 35000}, "Salary"),
        ({"EmployeeNumber": "2001"}, "EmployeeNumber"),
    ],
)
async def test_somebody_new_is_refused_with_the_field(
    client: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    refused = await client.post("/v2/employees", json={**NEW, "IdentificationNumber": identity(), **change})
    said = refused.json()
    assert (refused.status_code, said["ErrorCode"], said["Errors"][0]["Field"]) == (400, 2000, field)
    assert said["ErrorId"]


async def test_somebody_new_is_a_draft_with_the_next_number_and_is_never_changed(
    client: httpx.AsyncClient, sweden: SpirisCompany
) -> None:
    made = (await client.post("/v2/employees", json={**NEW, "IdentificationNumber": identity()})).json()
    assert (made["EmployeeNumber"], made["State"], made["HolidayAgreementNumber"]) == ("001", 0, None)
    for method in ("PUT", "PATCH", "DELETE"):
        assert (await client.request(method, f"/v2/employees/{made['Id']}", json={})).status_code == 405
    refused = await client.post("/v2/shortcuts/holiday", json=sick(sweden, EmployeeId=made["Id"]))
    assert refused.status_code == 400


async def test_absence_over_a_month_end_is_split_and_the_first_is_answered(
    client: httpx.AsyncClient, sweden: SpirisCompany
) -> None:
    made = (await client.post("/v2/shortcuts/sickleave", json=sick(sweden, "2026-03-30", "2026-04-02"))).json()
    listed = (await client.get("/v2/shortcuts/sickleave/2026-03-01/2026-04-30")).json()
    assert [(row["StartDate"][:10], row["EndDate"][:10]) for row in listed] == [
        ("2026-03-30", "2026-03-31"), ("2026-04-01", "2026-04-02"),
    ]  # fmt: skip
    assert made["Id"] == listed[0]["Id"]


@pytest.mark.parametrize("mark", [{"IsRead": True}, {"client": "another"}])
async def test_what_is_read_or_anothers_is_neither_changed_nor_deleted(
    client: httpx.AsyncClient, sweden: SpirisCompany, mark: dict[str, Any]
) -> None:
    made = (await client.post("/v2/shortcuts/sickleave", json=sick(sweden))).json()
    sweden.shortcuts[made["Id"]] |= mark
    path = f"/v2/shortcuts/sickleave/{made['Id']}"
    assert (await client.put(path, json=sick(sweden))).status_code == 400
    assert (await client.delete(path)).status_code == 400
    only = {"includeOnlySameClientShortcuts": "true"}
    listed = (await client.get("/v2/shortcuts/sickleave/2026-03-01/2026-03-31", params=only)).json()
    assert len(listed) == int("IsRead" in mark)


@pytest.mark.parametrize(
    "change",
    [
        {"ShortcutRegistrationMethod": 0},
        {"ShortcutRegistrationMethod": 2},
        {"MinutesOfDay": 1441},
        {"OtherAbsenceGroup": 0},
        {"EndDate": "2026-03-01"},
        {"ProjectCostCenterDistribution": {"Project": [{"Id": "a", "Percentage": 60}, {"Id": "b", "Percentage": 60}]}},
    ],
)
async def test_absence_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, sweden: SpirisCompany, change: dict[str, Any]
) -> None:
    assert (await client.post("/v2/shortcuts/sickleave", json=sick(sweden, **change))).status_code == 400


async def test_whether_holiday_is_earned_is_true_unless_said_and_stays(
    client: httpx.AsyncClient, sweden: SpirisCompany
) -> None:
    made = (await client.post("/v2/shortcuts/parentalleave", json=sick(sweden))).json()
    assert made["IsHolidayAccruing"] is True
    sweden.shortcuts[made["Id"]]["IsHolidayAccruing"] = False
    changed = await client.put(f"/v2/shortcuts/parentalleave/{made['Id']}", json=sick(sweden))
    assert changed.json()["IsHolidayAccruing"] is False


async def test_six_hundred_calls_a_minute_are_let_through_for_each_address(
    client: httpx.AsyncClient, spiris: SpirisLon, clock: HandClock
) -> None:
    spiris.limit = 3
    answers = [(await client.get("/v2/payrollsettings")).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert (await client.get("/v2/employees")).status_code == 200
    clock.forward(seconds=60)
    assert (await client.get("/v2/payrollsettings")).status_code == 200


async def test_a_sandbox_application_sees_no_real_company(client: httpx.AsyncClient, spiris: SpirisLon) -> None:
    spiris.is_sandbox = True
    refused = await client.get("/v2/employees")
    assert (refused.status_code, refused.json()["ErrorCode"]) == (400, 4034)
