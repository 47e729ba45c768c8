"""Tidsbanken's stand-in: what it demands, what it answers and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.tidsbanken import DATABASE, OTHER_KEY, SUBSCRIPTION_KEY, TB_KEY, UNKNOWN_KEY, Tidsbanken, demo
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.seed import FIXED_PAY
from tests.contracts.contract import contract
from tests.support.provider_people import TODAY

HEADERS = {"tb-key": TB_KEY, "Ocp-Apim-Subscription-Key": SUBSCRIPTION_KEY, "x-api-version": "3.0"}
PERSON = {"Id": 3001, "Fornavn": "Kari", "Etternavn": "Nordlund", "MalId": FIXED_PAY}
PEOPLE, NEW = "/ansatt/ansatt", "/ansatt/Ansatte"


@pytest.fixture
async def tids() -> AsyncIterator[Tidsbanken]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def norway(tids: Tidsbanken) -> TidsbankenDatabase:
    return tids.databases[DATABASE]


@pytest.fixture
async def api(tids: Tidsbanken) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=tids.url, headers=HEADERS) as client:
        yield client


WRONG_HEADERS = (
    ("Ocp-Apim-Subscription-Key", "", 401),
    ("Ocp-Apim-Subscription-Key", "another", 401),
    ("tb-key", "", 401),
    ("tb-key", UNKNOWN_KEY, 401),
    ("x-api-version", "", 400),
    ("x-api-version", "1.0", 400),
)


async def test_three_headers_are_on_every_call(api: httpx.AsyncClient) -> None:
    for header, value, status in WRONG_HEADERS:
        for method, path in (("GET", PEOPLE), ("POST", NEW), ("PUT", PEOPLE), ("GET", "/ansatt/avdeling")):
            answer = await api.request(method, path, headers={**HEADERS, header: value}, json=[PERSON])
            assert answer.status_code == status, (header, value, path)


async def test_a_key_shows_its_own_database(api: httpx.AsyncClient) -> None:
    own = (await api.get(PEOPLE)).json()["value"]
    others = (await api.get(PEOPLE, headers={**HEADERS, "tb-key": OTHER_KEY})).json()["value"]
    assert [row["Id"] for row in others] == [1011]
    assert 1011 not in {row["Id"] for row in own}


async def test_answers_are_as_they_were_seen(api: httpx.AsyncClient) -> None:
    described = contract("tidsbanken")
    await api.post(NEW, json=[PERSON])
    described.hold_answer("GET", PEOPLE, (await api.get(PEOPLE, params={"$select": "*"})).json())
    described.hold_answer("GET", "/ansatt/ansattgruppe", (await api.get("/ansatt/ansattgruppe")).json())
    shown = (await api.get(PEOPLE, params={"$select": "*", "$filter": "Id eq 3001"})).json()["value"][0]
    assert (shown["Mobil"], shown["Fodt"]) == ("", None)
    departments = (await api.get("/ansatt/avdeling")).json()["value"]
    assert {type(row["Id"]) for row in departments} == {str}


async def test_lists_are_odata(api: httpx.AsyncClient, tids: Tidsbanken) -> None:
    async def asked(**options: str) -> Any:
        return (await api.get(PEOPLE, params={f"${name}": value for name, value in options.items()})).json()

    assert set((await asked(top="1"))["value"][0]) == {"Id", "Fornavn", "Etternavn", "AvdelingId", "Aktiv"}
    assert (await asked(select="id,ETTERNAVN", top="1"))["value"][0].keys() == {"Id", "Etternavn"}
    assert [row["Id"] for row in (await asked(orderby="Id desc", top="2", skip="1"))["value"]] == [1009, 1007]
    assert (await asked(count="true", top="1"))["@odata.count"] == 7
    assert "@odata.count" not in await asked(top="1")
    assert (await asked(skip="7"))["value"] == []
    assert len((await asked(filter="(SistEndretDato gt 2001-01-01T00:00:00Z)"))["value"]) == 7
    tids.largest_page = 2
    assert len((await asked(top="100"))["value"]) == 2


async def test_a_list_that_is_asked_for_wrongly(api: httpx.AsyncClient) -> None:
    asked = ({"$filter": "Id is 1"}, {"$filter": "Lonn eq 1"}, {"$top": "-1"}, {"page": "2"}, {"$orderby": "Navn"})
    for query in asked:
        assert (await api.get(PEOPLE, params=query)).status_code == 400, query


REFUSED: tuple[tuple[Any, int], ...] = (
    (PERSON, 400),
    ([], 400),
    ([{**PERSON, "Id": 1001}], 409),
    ([{**PERSON, "Id": "3001"}], 400),
    ([{**PERSON, "Id": 1.5}], 400),
    ([{name: value for name, value in PERSON.items() if name != "Id"}], 400),
    ([{**PERSON, "Fodt": None}], 400),
    ([{**PERSON, "Notat": None}], 400),
    ([{**PERSON, "Fodt": "17.05.1990"}], 400),
    ([{**PERSON, "Etternavn": ""}], 400),
    ([{**PERSON, "AvdelingId": "99"}], 400),
    ([{**PERSON, "AvdelingId": 10}], 400),
    ([{**PERSON, "MalId": 1}], 400),
    ([{**PERSON, "Fastlonn": 1}], 400),
    ([{**PERSON, "SistEndretDato": "2026-01-01T00:00:00Z"}], 400),
    ([{**PERSON, "Surname": "Nordlund"}], 400),
    ([{**PERSON, "Lonnskonto": "1234"}], 400),
    ([{**PERSON, "Stillingsprosent": 101}], 400),
)
REFUSED_CHANGES: tuple[tuple[Any, int], ...] = (
    ({"Id": 1001, "Notat": "x"}, 400),
    ([{"Id": 3001, "Notat": "x"}], 404),
    ([{"Notat": "x"}], 400),
    ([{"Id": 1001, "Fastlonn": 1}], 400),
    ([{"Id": 1001, "Notat": None}], 400),
    ([{"Id": 1001, "AvdelingId": "99"}], 400),
)


async def test_a_new_employee_who_is_refused(api: httpx.AsyncClient, norway: TidsbankenDatabase) -> None:
    assert [(await api.post(NEW, json=body)).status_code for body, _ in REFUSED] == [status for _, status in REFUSED]
    assert len(norway.employees) == 7


async def test_a_change_that_is_refused(api: httpx.AsyncClient) -> None:
    for body, status in REFUSED_CHANGES:
        assert (await api.put(PEOPLE, json=body)).status_code == status, body


@pytest.mark.parametrize("blanks", [True, False])
async def test_what_a_change_leaves_out(api: httpx.AsyncClient, norway: TidsbankenDatabase, blanks: bool) -> None:
    norway.switches.update_blanks = blanks
    before = norway.employees[1001]
    assert (await api.put(PEOPLE, json=[{"Id": 1001, "Notat": "x"}])).status_code == 200
    after = norway.employees[1001]
    assert after["Notat"] == "x"
    assert (after["Fornavn"] == before["Fornavn"], after["Fastlonn"] == before["Fastlonn"]) == (not blanks, not blanks)
    assert after["SistEndretDato"] > before["SistEndretDato"]
    assert after["OpprettetDato"] == before["OpprettetDato"]


async def test_nobody_is_deleted_and_departments_are_made_and_changed(
    api: httpx.AsyncClient, norway: TidsbankenDatabase
) -> None:
    assert (await api.delete(PEOPLE)).status_code == 405
    assert (await api.post("/ansatt/Avdeling", json={"Id": "77", "Navn": "Bar"})).status_code == 201
    assert (await api.post("/ansatt/Avdeling", json={"Id": "77", "Navn": "Bar"})).status_code == 409
    assert (await api.post("/ansatt/Avdeling", json={"Id": 78})).status_code == 400
    assert (await api.patch("/ansatt/Avdeling/77", json={"Navn": "Kafé"})).status_code == 200
    assert (await api.patch("/ansatt/Avdeling/99", json={"Navn": "Kafé"})).status_code == 404
    assert norway.departments["77"] == "Kafé"


async def test_what_it_holds_is_kept_and_shown(api: httpx.AsyncClient, tids: Tidsbanken) -> None:
    await api.post(NEW, json=[PERSON])
    assert tids.tables()["tables"][0]["rows"][0][:2] == ["3001", "Kari Nordlund"]
    other = demo(TODAY)
    other.restore(tids.snapshot())
    assert other.databases[DATABASE].employees[3001]["Etternavn"] == "Nordlund"
