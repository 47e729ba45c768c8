"""Simployer's stand-in: writing through the API, and the verbs of the person at its screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from tests.contracts.contract import contract
from tests.support.api_calls import noon, simployer_client

TODAY = noon(2026, 6, 15)
DESCRIBED = contract("simployer")


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(TODAY().date()), clock=TODAY) as system:
        yield system


@pytest.fixture
async def client(simployer: Simployer) -> AsyncIterator[httpx.AsyncClient]:
    async with simployer_client(simployer) as client:
        yield client


async def person(client: httpx.AsyncClient, number: str) -> dict[str, Any]:
    rows = (await client.get(f"/employee?filters[employeeNumber]={number}")).json()["data"]
    assert len(rows) == 1
    found: dict[str, Any] = rows[0]
    return found


async def test_a_person_is_made_changed_replaced_and_removed(client: httpx.AsyncClient) -> None:
    made = await client.post("/employee", json={"firstName": "Ylva", "lastName": "Norling", "employeeNumber": "3001"})
    assert made.status_code == 201
    DESCRIBED.hold_answer("POST", "/employee", made.json(), 201)
    one = f"/employee/{made.json()['data']['id']}"
    patched = (await client.patch(one, json={"lastName": "Alm", "birthDate": "1999-02-03"})).json()["data"]
    assert (patched["firstName"], patched["lastName"]) == ("Ylva", "Alm")
    assert patched["birthDate"] == "1999-02-03T00:00:00.000Z"
    replaced = (await client.put(one, json={"employeeNumber": "3001", "lastName": "Alm"})).json()["data"]
    assert "firstName" not in replaced
    removed = await client.delete(one)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await client.get(one)).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("/employee", {"shoeSize": 44}, "property shoeSize should not exist"),
        ("/employee", {"active": False}, "property active should not exist"),
        ("/employee", {"firstName": 7}, "firstName must be a text"),
        ("/employee", {"birthDate": "last spring"}, "birthDate must be a valid ISO 8601 date string"),
        ("/cost-center", {"name": "Stock"}, "code should not be empty"),
        ("/cost-center", ["Stock"], "body must be an object"),
    ],
)
async def test_bad_bodies_are_refused(client: httpx.AsyncClient, path: str, body: Any, fault: str) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json() == {"statusCode": 400, "message": [fault], "error": "Bad Request"}


async def test_company_and_leave_transactions_are_read_only(client: httpx.AsyncClient) -> None:
    for path in ("/company", "/leave-transaction"):
        assert (await client.post(path, json={})).status_code == 404


async def test_a_change_moves_updated_and_a_raise_does_not(simployer: Simployer, client: httpx.AsyncClient) -> None:
    clock = noon(2026, 6, 16)
    simployer.store.clock = clock
    since = "filters[updated][$gte]=2026-06-16T00:00:00.000Z"
    simployer.admin.change("1004", lastName="Brekke")
    simployer.admin.add_compensation("1005", 40000, start="2026-06-01")
    changed = (await client.get(f"/employee?{since}")).json()["data"]
    assert [row["lastName"] for row in changed] == ["Brekke"]


async def test_a_hire_arrives_with_job_and_pay(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.admin.hire(
        {
            "number": "3002",
            "first_name": "Runa",
            "last_name": "Solem",
            "office": "Bergen",
            "department": "Sales",
            "manager": "1009",
            "employments": [{"start": "2026-06-01", "kind": "permanent_employment", "rate": 80, "country": "NO"}],
            "compensations": [{"start": "2026-06-01", "amount": 45000, "currency": "NOK", "period": "MONTHLY"}],
        }
    )
    body = (
        await client.get(
            "/employee?filters[employeeNumber]=3002&relations=office,department,managerEmployee,employment,compensation"
        )
    ).json()
    related = {name: rows[0] for name, rows in body["relations"].items()}
    assert related["office"]["name"] == "Bergen"
    assert related["department"]["name"] == "Sales"
    assert related["managerEmployee"]["employeeNumber"] == "1009"
    assert related["employment"]["rate"] == 80
    assert related["compensation"]["amount"] == 45000


async def test_the_verbs_reach_the_api(simployer: Simployer, client: httpx.AsyncClient) -> None:
    admin = simployer.admin
    admin.change("1004", bankAccount=None)
    assert "bankAccount" not in await person(client, "1004")
    moved = admin.move("1004", department="Warehouse", office="Bergen")
    assert (await person(client, "1004"))["departmentId"] == moved["departmentId"]
    admin.change_compensation("1004", amount=57000)
    pay = (await client.get(f"/compensation/{(await person(client, '1004'))['compensationId']}")).json()["data"]
    assert pay["amount"] == 57000
    admin.terminate("1004", end="2026-05-31")
    left = await person(client, "1004")
    assert (left["active"], left["endDate"]) == (False, "2026-05-31T00:00:00.000Z")
    admin.add_employment("1004", start="2026-06-10")
    back = await person(client, "1004")
    assert back["active"] is True
    assert "endDate" not in back
    leave = admin.add_leave("1004", kind="Vacation", start="2026-07-01", end="2026-07-14")
    assert (await client.get(f"/leave/{leave['id']}")).json()["data"]["status"] == "APPROVED"
    admin.remove("1004")
    assert (await client.get("/employee?filters[employeeNumber]=1004")).json()["total"] == 0
    for resource in ("employment", "compensation", "leave"):
        assert (await client.get(f"/{resource}?filters[employeeId]={back['id']}")).json()["total"] == 0


@pytest.mark.parametrize("number", ["9999", ""])
async def test_a_verb_needs_exactly_one_person(simployer: Simployer, number: str) -> None:
    if number == "":
        simployer.admin.hire({**polarbonan.company().people[0], "number": ""})
    with pytest.raises(LookupError):
        simployer.admin.change(number, title="Chief")


async def test_what_it_holds_outlives_a_restart(
    simployer: Simployer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    simployer.admin.change("1004", lastName="Brekke")
    simployer.admin.terminate("1005", end="2026-05-31")
    simployer.save(tmp_path / "simployer.json")
    async with Simployer(clock=TODAY) as later:
        assert later.load(tmp_path / "simployer.json")
        async with simployer_client(later) as again:
            for number in ("1004", "1005"):
                assert await person(again, number) == await person(client, number)
            made = (await again.post("/cost-center", json={"code": "900"})).json()["data"]
            assert made["id"] not in simployer.store.rows["employee"]
    assert not Simployer().load(tmp_path / "nothing.json")


async def test_the_screen_shows_what_the_api_does(simployer: Simployer) -> None:
    simployer.admin.change("1004", lastName="Brekke")
    screen = simployer.tables()
    people = screen["tables"][0]
    assert screen["note"] == "Polarbönan, 40 people"
    assert all(len(row) == len(people["columns"]) for row in people["rows"])
    assert next(row for row in people["rows"] if row[0] == "1004")[1] == "Jonas Brekke"


async def test_the_guide_offers_one_token_that_works(simployer: Simployer) -> None:
    for line in simployer.guide_lines():
        async with simployer_client(simployer, line.value) as client:
            assert ((await client.get("/company")).status_code == 200) is line.works
