"""Simployer's stand-in: reading."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.companies import polarbonan
from sandbox.companies.generator import Generator
from sandbox.simployer import GOOD_TOKEN, PROVISIONING_TOKEN, REVOKED_TOKEN, Simployer
from sandbox.simployer.resources import RESOURCES
from tests.contracts.contract import contract
from tests.support.api_calls import HandClock, noon, simployer_client

DESCRIBED = contract("simployer")
SERVED = [name for name, resource in RESOURCES.items() if resource.served]
# Described on the documentation pages alone, without parameters.
ONLY_ON_NEWER_PAGES = {"additional-compensation", "bonus-compensation"}
NEWER_FIELDS = {
    "employee": {"effectiveCostCenterId", "organizationId", "ssnCountry", "offboardDate"},
    "leave": {"gradePercentage"},
}


@pytest.fixture
def clock() -> HandClock:
    return noon(2026, 6, 15)


@pytest.fixture
async def simployer(clock: HandClock) -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(clock().date()), clock=clock) as system:
        yield system


@pytest.fixture
async def client(simployer: Simployer) -> AsyncIterator[httpx.AsyncClient]:
    async with simployer_client(simployer) as client:
        yield client


async def people(client: httpx.AsyncClient, query: str = "") -> dict[str, dict[str, Any]]:
    rows = (await client.get(f"/employee?limit=500{query}")).json()["data"]
    return {row["employeeNumber"]: row for row in rows}


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer nonsense", 401),
        (f"Bearer {REVOKED_TOKEN}", 401),
        (f"Basic {GOOD_TOKEN}", 401),
        (f"Bearer {PROVISIONING_TOKEN}", 403),
        (f"Bearer {GOOD_TOKEN}", 200),
    ],
)
async def test_only_a_public_api_token_opens_the_door(simployer: Simployer, header: str | None, status: int) -> None:
    async with httpx.AsyncClient(base_url=simployer.url) as client:
        answer = await client.get("/company", headers={"Authorization": header} if header else {})
    assert answer.status_code == status
    if status != 200:
        reason = {401: "Unauthorized", 403: "Forbidden"}[status]
        assert answer.json() == {"statusCode": status, "message": reason, "error": reason}


async def test_a_token_can_die_between_two_calls(simployer: Simployer, client: httpx.AsyncClient) -> None:
    assert (await client.get("/company")).status_code == 200
    simployer.revoke()
    assert (await client.get("/company")).status_code == 401


async def test_the_company_behind_the_token_has_a_name(client: httpx.AsyncClient) -> None:
    body = (await client.get("/company?limit=1")).json()
    assert [row["name"] for row in body["data"]] == ["Polarbönan"]
    assert {key: body[key] for key in ("status", "total", "count", "offset", "relations")} == {
        "status": "ok",
        "total": 1,
        "count": 1,
        "offset": 0,
        "relations": {},
    }


@pytest.mark.parametrize("name", SERVED)
async def test_lists_conform_to_the_published_description(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/{name}?limit=500")
    assert answer.status_code == 200
    DESCRIBED.hold_answer("GET", f"/{name}", answer.json())


@pytest.mark.parametrize("name", [name for name in SERVED if name not in ONLY_ON_NEWER_PAGES])
async def test_what_can_be_asked_for_is_what_is_published(name: str) -> None:
    resource = RESOURCES[name]
    parameters = DESCRIBED.call("GET", f"/{name}").parameters
    for parameter, ours in (("select", set(resource.selectable)), ("relations", set(resource.relations))):
        newer = NEWER_FIELDS.get(name, set())
        assert ours - newer == set(parameters.get(parameter, {"each": ()})["each"]) - newer


@pytest.mark.parametrize("name", SERVED)
async def test_no_field_is_invented_and_none_is_left_out(name: str) -> None:
    answer = DESCRIBED.opened(DESCRIBED.call("GET", f"/{name}").answers["200"])
    row = DESCRIBED.opened(answer["properties"]["data"]["each"])
    newer = NEWER_FIELDS.get(name, set())
    assert set(RESOURCES[name].fields) - newer == set(row["properties"]) - newer


@pytest.mark.parametrize("path", ["/salary", "/bank-account", "/employees", "/user"])
async def test_unknown_paths_are_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"statusCode": 404, "message": f"Cannot GET /v1{path}", "error": "Not Found"}


async def test_one_person_is_wrapped_alone(client: httpx.AsyncClient) -> None:
    ingrid = (await people(client))["1001"]
    body = (await client.get(f"/employee/{ingrid['id']}?relations=office,compensation")).json()
    assert body["data"] == ingrid
    assert [office["name"] for office in body["relations"]["office"]] == ["Oslo"]
    assert [pay["amount"] for pay in body["relations"]["compensation"]] == [98000]
    assert (await client.get("/employee/000000000000000000000000")).status_code == 404


async def test_select_narrows_to_the_fields_named(client: httpx.AsyncClient) -> None:
    rows = (await client.get("/employee?select=id,lastName&limit=3")).json()["data"]
    assert [set(row) for row in rows] == [{"id", "lastName"}] * 3


async def test_what_the_documented_select_lacks_is_refused_or_passed_over(
    simployer: Simployer, client: httpx.AsyncClient
) -> None:
    refused = await client.get("/employee?select=id,bankAccount")
    assert refused.status_code == 400
    assert refused.json()["error"] == "Bad Request"
    assert "each value in select must be one of" in refused.json()["message"][0]
    simployer.strict = False
    rows = (await client.get("/employee?select=id,bankAccount")).json()["data"]
    assert set(rows[0]) == {"id"}


async def test_without_select_everything_comes(client: httpx.AsyncClient) -> None:
    ingrid = (await people(client))["1001"]
    assert ingrid["bankAccount"]["number"] == "99990402473"
    assert ingrid["homeAddress"]["postalCode"] == "0150"
    assert ingrid["custom"] == {"yrkeskode": "1231119"}
    assert ingrid["ssn"] == "17857410246"


async def test_relations_are_siblings_each_once(client: httpx.AsyncClient) -> None:
    body = (await client.get("/employee?relations=office,department,managerEmployee&limit=500")).json()
    assert sorted(office["name"] for office in body["relations"]["office"]) == [
        "Bergen",
        "Göteborg",
        "Oslo",
        "Stockholm",
    ]
    managers = [manager["employeeNumber"] for manager in body["relations"]["managerEmployee"]]
    assert len(managers) == len(set(managers))
    assert "1001" in managers
    assert "office" not in body["data"][0]


async def test_pages_join_up_to_the_whole(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.max_limit = 7
    found: list[str] = []
    total = 1
    while len(found) < total:
        page = (await client.get(f"/employee?sort[id]=asc&limit=500&offset={len(found)}")).json()
        assert page["count"] == len(page["data"]) <= 7
        assert page["offset"] == len(found)
        found += [row["id"] for row in page["data"]]
        total = page["total"]
    assert len(found) == len(set(found)) == 40


async def test_a_page_is_fifty_unless_asked_and_five_hundred_at_most() -> None:
    async with Simployer(Generator(600).with_people()) as simployer, simployer_client(simployer) as client:
        assert (await client.get("/employee")).json()["count"] == 50
        assert (await client.get("/employee?limit=1000")).json()["count"] == 500


@pytest.mark.parametrize("query", ["limit=ten", "offset=-1", "sort[lastName]=up", "filters[wage]=1"])
async def test_bad_queries_are_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/employee?{query}")
    assert answer.status_code == 400
    assert isinstance(answer.json()["message"], list)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("filters[employeeNumber]=1004", {"1004"}),
        ("filters[employeeNumber][$eq]=1004", {"1004"}),
        ("filters[employeeNumber][$in][]=1004&filters[employeeNumber][$in][]=1006", {"1004", "1006"}),
        ("filters[lastName]=Hansen&filters[employeeNumber][$neq]=1018", {"1019"}),
        ("filters[birthDate][$gte]=2003-01-01", {"1024", "2012"}),
        ("filters[birthDate][$between][]=1969-01-01&filters[birthDate][$between][]=1972-01-01", {"1016", "1026"}),
        ("filters[birthDate][$lt]=1970-01-01T00:00:00.000Z", {"1016"}),
        ("filters[active]=false", {"1016"}),
        ("filters[age][$gt]=54", {"1016", "1026"}),
    ],
)
async def test_filters(client: httpx.AsyncClient, query: str, numbers: set[str]) -> None:
    assert set(await people(client, f"&{query}")) == numbers


async def test_nin_keeps_those_not_named(client: httpx.AsyncClient) -> None:
    left = await people(client, "&filters[employeeNumber][$nin][]=1004&filters[employeeNumber][$nin][]=1006")
    assert len(left) == 38


async def test_rows_sort_both_ways(client: httpx.AsyncClient) -> None:
    up = (await client.get("/employee?sort[birthDate]=asc&limit=500")).json()["data"]
    down = (await client.get("/employee?sort[birthDate]=desc&limit=500")).json()["data"]
    births = [row["birthDate"] for row in up]
    assert births == sorted(births)
    assert [row["birthDate"] for row in down] == sorted(births, reverse=True)


async def test_days_travel_as_instants_and_some_offices_slip_into_the_day_before(
    simployer: Simployer, client: httpx.AsyncClient
) -> None:
    before = (await people(client))["1001"]
    assert before["hireDate"] == "2015-08-01T00:00:00.000Z"
    oslo = next(row["id"] for row in simployer.store.rows["office"].values() if row["name"] == "Oslo")
    simployer.store.local_midnight.add(oslo)
    slipped = await people(client)
    assert slipped["1001"]["hireDate"] == "2015-07-31T22:00:00.000Z"
    assert slipped["1009"]["hireDate"] == "2018-09-01T00:00:00.000Z"  # Bergen is not switched
    employment = (await client.get(f"/employment/{slipped['1001']['employmentId']}")).json()["data"]
    assert employment["startDate"] == "2015-07-31T22:00:00.000Z"


async def test_an_absent_value_is_a_missing_key_or_null(simployer: Simployer, client: httpx.AsyncClient) -> None:
    assert "bankAccount" not in (await people(client))["1011"]
    simployer.store.absent = "null"
    assert (await people(client))["1011"]["bankAccount"] is None


async def test_fields_can_be_hidden(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.store.hidden["employee"] = {"ssn", "bankAccount"}
    assert all(not {"ssn", "bankAccount"} & set(row) for row in (await people(client)).values())


async def test_what_is_current_follows_the_day(clock: HandClock, client: httpx.AsyncClient) -> None:
    everyone = await people(client)
    pay = {row["id"]: row for row in (await client.get("/compensation?limit=500")).json()["data"]}
    assert pay[everyone["1028"]["compensationId"]]["amount"] == 45000  # the raise lies ahead
    assert pay[everyone["1015"]["compensationId"]]["amount"] == 57000  # nothing but what lies ahead
    assert everyone["1015"]["active"] is True
    assert everyone["1016"]["endDate"] == "2026-05-16T00:00:00.000Z"
    clock.forward(days=41)
    assert pay[(await people(client))["1028"]["compensationId"]]["amount"] == 47800


async def test_a_cost_centre_is_inherited_from_the_department(client: httpx.AsyncClient) -> None:
    body = (await client.get("/employee?filters[employeeNumber]=1004&relations=effectiveCostCenter")).json()
    assert "costCenterId" not in body["data"][0]
    assert [row["code"] for row in body["relations"]["effectiveCostCenter"]] == ["200"]


async def test_leave_types_carry_their_payroll_code(client: httpx.AsyncClient) -> None:
    body = (await client.get("/leave-type?relations=leaveTypeCode")).json()
    codes = {row["leaveTypeId"]: row["code"] for row in body["relations"]["leaveTypeCode"]}
    by_name = {row["name"]: codes.get(row["id"]) for row in body["data"]}
    assert by_name["Vacation"] == "FERIE"
    assert by_name["Off duty"] is None
    one = (await client.get(f"/leave-type/{body['data'][0]['id']}?relations=leaveTypeCode")).json()
    assert one["relations"]["leaveTypeCode"]["code"] == "SYK"


async def test_work_weeks_are_the_offices_unless_a_person_has_their_own(client: httpx.AsyncClient) -> None:
    weeks = (await client.get("/work-week?limit=500&relations=office,employee")).json()
    hours = {row["name"]: row["id"] for row in weeks["relations"]["office"]}
    oslo = next(week for week in weeks["data"] if week.get("officeId") == hours["Oslo"])
    assert (oslo["duration"], oslo["monday"]["duration"], oslo["sunday"]["working"]) == (2250, 450, False)
    assert {row["employeeNumber"] for row in weeks["relations"]["employee"]} >= {"1010", "1024", "1028"}
