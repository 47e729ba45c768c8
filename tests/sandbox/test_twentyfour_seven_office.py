"""24SevenOffice's stand-in behaves as what is published of it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.twentyfour_seven_office import (
    COMPANY,
    OTHER_TOKEN,
    TOKEN,
    UNKNOWN_TOKEN,
    TwentyfourSevenOffice,
    demo,
)
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.seed import SITE
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, noon

PERSON = {"empId": "3001", "firstname": "Kari", "lastname": "Nordlund"}
JOB = {
    "startdate": "2024-03-01", "employment_form": "fast", "profession_code": "2512101", "employment_rate": "100.00",
    "employment_type": "ordinaertArbeidsforhold", "enterprise_number": SITE, "working_times": "ikkeSkift",
    "primary_employment": "1",
}  # fmt: skip


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 3, 2)


@pytest.fixture
async def so(clock: HandClock) -> AsyncIterator[TwentyfourSevenOffice]:
    async with demo(clock().date(), clock=clock) as system:
        yield system


@pytest.fixture
def norway(so: TwentyfourSevenOffice) -> OfficeCompany:
    return so.companies[COMPANY]


async def token_of(so: TwentyfourSevenOffice, token: str = TOKEN) -> httpx.Response:
    async with httpx.AsyncClient(base_url=so.url) as client:
        return await client.get("/auth", params={"token": token})


@pytest.fixture
async def api(so: TwentyfourSevenOffice) -> AsyncIterator[httpx.AsyncClient]:
    token = (await token_of(so)).json()["accessToken"]
    async with httpx.AsyncClient(base_url=so.url, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


async def test_a_token_is_given_for_a_token_and_ends(so: TwentyfourSevenOffice, clock: HandClock) -> None:
    good = await token_of(so)
    assert (datetime.fromisoformat(good.json()["expiresOn"]) - clock()).total_seconds() == 3600
    assert (await token_of(so, UNKNOWN_TOKEN)).status_code == 401
    headers = {"Authorization": f"Bearer {good.json()['accessToken']}"}
    async with httpx.AsyncClient(base_url=so.url, headers=headers) as client:
        assert (await client.get("/organization/v2")).json()["name"] == "Polarbønna Norge AS"
        assert (await client.get("/organization/v2", headers={"Authorization": ""})).status_code == 401
        clock.forward(seconds=3600)
        assert (await client.get("/organization/v2")).status_code == 401


async def test_a_company_sees_its_own(api: httpx.AsyncClient, so: TwentyfourSevenOffice) -> None:
    token = (await token_of(so, OTHER_TOKEN)).json()["accessToken"]
    others = (await api.get("/employee/v2", headers={"Authorization": f"Bearer {token}"})).json()
    assert [row["empId"] for row in others] == ["1011"]
    assert "1011" not in {row["empId"] for row in (await api.get("/employee/v2")).json()}


async def test_answers_are_as_described_and_everything_is_a_text(api: httpx.AsyncClient) -> None:
    described = contract("twentyfour_seven_office")
    for path, pattern in (
        ("/organization/v2", "/organization/v2"),
        ("/employee/v2", "/employee/v2"),
        ("/employee/v2/1001", "/employee/v2/{empId}"),
        ("/employment/v2/1001", "/employment/v2/{empId}"),
        ("/dimension/v2", "/dimension/v2"),
        ("/dimension/v2/1", "/dimension/v2/{dimid}"),
    ):
        described.hold_answer("GET", pattern, (await api.get(path)).json())
    assert len((await api.get("/employee/v2/1001")).json()) == 1


async def test_nothing_but_get_and_post(api: httpx.AsyncClient) -> None:
    assert (await api.delete("/employee/v2/1001")).status_code == 405
    assert (await api.put("/employee/v2/1001", json=PERSON)).status_code == 405
    assert (await api.patch("/employment/v2/1001", json=[])).status_code == 405


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"empId": "1001"}, 409),
        ({"empId": "007"}, 400),
        ({"lastname": ""}, 400),
        ({"personnr": "17059012345"}, 400),
        ({"salary_type": "weekly"}, 400),
        ({"salary_type": "monthly", "salary": "100.00"}, 400),
        ({"salary_type": "monthly", "salary": 100, "salary_valid_from": "2026-01-01"}, 400),
        ({"employee_date": "01.03.2024"}, 400),
        ({"accounting": [{"percentage": "60", "dimensions": []}] * 2}, 400),
        ({"accounting": [{"percentage": "100", "dimensions": [{"dimid": "1", "value": "none"}]}]}, 400),
        ({"surname": "Nordlund"}, 400),
    ],
)
async def test_an_employee_who_is_refused(api: httpx.AsyncClient, values: dict[str, Any], status: int) -> None:
    assert (await api.post("/employee/v2", json=PERSON | values)).status_code == status


async def test_an_update_of_nobody_and_one_that_leaves_out(api: httpx.AsyncClient, norway: OfficeCompany) -> None:
    assert (await api.post("/employee/v2/3001", json=PERSON)).status_code == 400
    assert (await api.get("/employee/v2/abc")).status_code == 401
    assert (await api.get("/employee/v2/3001")).json() == []
    exempt = {"taxexemption": {"percentage": "20", "amount": "1000"}}
    made = await api.post("/employee/v2", json={**PERSON, **exempt, "email": "k@polarbonan.example"})
    assert made.json()["taxexemption"] == {"percentage": "", "amount": ""}
    await api.post("/employee/v2/3001", json={**PERSON, "lastname": "Berg"})
    assert (norway.employees["3001"]["lastname"], norway.employees["3001"]["email"]) == ("Berg", "")
    norway.open_transactions.add("3001")
    shown = (await api.get("/employee/v2/3001")).json()[0]
    assert (await api.post("/employee/v2/3001", json={**shown, "hidden": "1"})).status_code == 400
    assert (await api.post("/employee/v2/3001", json=shown)).status_code == 200


async def test_of_pay_the_newest_is_shown(api: httpx.AsyncClient, norway: OfficeCompany) -> None:
    pay = {**PERSON, "salary_type": "monthly", "salary": "500", "salary_valid_from": "2026-02-01"}
    await api.post("/employee/v2", json=pay)
    older = await api.post("/employee/v2/3001", json={**pay, "salary": "400", "salary_valid_from": "2026-01-01"})
    assert (older.json()["salary"], older.json()["salary_valid_from"]) == ("500.00", "2026-02-01")
    assert set(norway.history["3001"]["salary_valid_from"]) == {"2026-01-01", "2026-02-01"}


async def test_employments_are_known_by_their_ids(api: httpx.AsyncClient, norway: OfficeCompany) -> None:
    await api.post("/employee/v2", json=PERSON)
    (made,) = (await api.post("/employment/v2/3001", json=[JOB])).json()
    ended = {**made, "enddate": "2026-03-31", "enddate_reason": "arbeidstakerHarSagtOppSelv"}
    both = [{**ended, "primary_employment": "0"}, {**JOB, "startdate": "2026-05-01"}]
    first, second = (await api.post("/employment/v2/3001", json=both)).json()
    assert first["employment_id"] == made["employment_id"] != second["employment_id"]
    # Without its id it is another one, and what is left out is gone.
    await api.post("/employment/v2/3001", json=[JOB])
    (left,) = norway.jobs["3001"]
    assert left["employment_id"] not in {first["employment_id"], second["employment_id"]}


@pytest.mark.parametrize(
    "body",
    [
        JOB,
        [],
        [{**JOB, "startdate": ""}],
        [{**JOB, "enddate": "2026-03-31"}],
        [{**JOB, "enterprise_number": "999999999"}],
        [{**JOB, "employment_form": "Tillsvidare"}],
        [{**JOB, "profession_code": "2512"}],
        [JOB, {**JOB, "startdate": "2026-03-01"}],
        [{**JOB, "wage": "1"}],
    ],
)
async def test_an_employment_that_is_refused(api: httpx.AsyncClient, norway: OfficeCompany, body: Any) -> None:
    assert (await api.post("/employment/v2/1001", json=body)).status_code == 401
    norway.switches.bad_input = 400
    assert (await api.post("/employment/v2/1001", json=body)).status_code == 400


async def test_a_value_of_a_dimension_is_made_or_changed(api: httpx.AsyncClient) -> None:
    for name in ("Ny", "Nyere"):
        body = json.dumps({"value": "99", "name": name})
        await api.post("/dimension/v2/1", content=body, headers={"Content-Type": "text/html"})
    found = [one for one in (await api.get("/dimension/v2/1")).json() if one["value"] == "99"]
    assert found == [{"value": "99", "name": "Nyere", "active": "1"}]
    assert (await api.post("/dimension/v2/1", json={"name": "x"})).status_code == 401


AWAY = {"empId": "1001", "absenceType": "12", "startDate": "2026-03-02", "endDate": "2026-03-06", "percent": "100"}


async def absent(api: httpx.AsyncClient, **different: str) -> httpx.Response:
    headers = {"Content-Type": "text/html"}
    return await api.post("/absence/v2", content=json.dumps(AWAY | different), headers=headers)


async def test_an_absence_is_made_changed_by_its_serial_number_and_shown_with_a_time(api: httpx.AsyncClient) -> None:
    made = (await absent(api, externalId="l1")).json()
    assert (made["startDate"], made["lastChanged"]) == ("2026-03-02 00:00:00", "")
    await absent(api, externalId="l1", serialNo=made["serialNo"], approved="2")
    await absent(api, absenceType="02", childId="7", empId="1002")
    (shown,) = (await api.get("/absence/v2/1001")).json()
    assert (shown["approved"], shown["lastChanged"]) == ("2", "2026-03-02 12:00:00")
    assert (await api.get("/absence/v2", params={"datefrom": "2026-03-07"})).json() == []
    assert len((await api.get("/absence/v2", params={"serialNo": made["serialNo"]})).json()) == 1
    described = contract("twentyfour_seven_office")
    described.hold_answer("GET", "/absence/v2/{empId}", [shown])
    described.hold_answer("GET", "/absencetypes/v2", (await api.get("/absencetypes/v2")).json())


@pytest.mark.parametrize(
    "different",
    [
        {"empId": ""},
        {"absenceType": ""},
        {"absenceType": "99"},
        {"absenceType": "02"},
        {"absenceType": "01", "endDate": ""},
        {"absenceType": "10"},
        {"absenceType": "13", "percent": "50"},
        {"absenceType": "14"},
        {"percent": "0"},
        {"endDate": "2026-03-01"},
        {"approved": "3"},
        {"numberOfDays": "5"},
        {"serialNo": "999"},
    ],
)
async def test_an_absence_that_is_refused(
    api: httpx.AsyncClient, norway: OfficeCompany, different: dict[str, str]
) -> None:
    assert (await absent(api, **different)).status_code == 401
    assert norway.absences.rows == {}


async def test_care_of_a_child_that_is_known_is_taken(api: httpx.AsyncClient, norway: OfficeCompany) -> None:
    norway.absences.children["1001"] = [{"childId": "7", "firstnamn": "Ida", "surname": "S", "birthdate": "2020-01-01"}]
    assert (await api.get("/child/v2/1001")).json()[0]["childId"] == "7"
    assert (await absent(api, absenceType="02", childId="7")).status_code == 200


async def test_what_it_holds_is_kept(so: TwentyfourSevenOffice, norway: OfficeCompany) -> None:
    kept = json.loads(json.dumps(so.snapshot()))
    norway.employees.clear()
    so.restore(kept)
    assert "1001" in norway.employees
    assert "Polarbønna Norge AS" in so.tables()["note"]
