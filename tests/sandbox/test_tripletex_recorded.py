"""Tripletex' stand-in: what a new employee is shown with, and who may share a number, as recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from tests.sandbox.tripletex.test_employees import newcomer, refusal, with_a_job
from tests.support.api_calls import noon, tripletex_client


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


@pytest.mark.parametrize(
    ("more", "version"), [({}, 0), ({"userType": "EXTENDED", "email": "runa@polarbonan.example"}, 1)]
)
async def test_a_newcomers_version_counts_access_and_employments(
    books: Books, client: httpx.AsyncClient, more: dict[str, Any], version: int
) -> None:
    made = (await client.post("/employee", json=newcomer(books, **more))).json()["value"]
    assert made["version"] == version
    body = {**with_a_job(books), **more, "employeeNumber": "3003", "email": "b@polarbonan.example"}
    assert (await client.post("/employee", json=body)).json()["value"]["version"] == version + 1


async def test_two_employees_never_share_a_number_but_contacts_may(books: Books, client: httpx.AsyncClient) -> None:
    assert (await client.post("/employee", json=newcomer(books))).status_code == 201
    twice = await client.post("/employee", json=newcomer(books))
    assert refusal(twice)[3] == [("employeeNumber", "Må være unikt", None)]
    assert (await client.post("/employee", json=newcomer(books, isContact=True))).status_code == 201
    other = (await client.post("/employee", json=newcomer(books, employeeNumber="3003"))).json()["value"]
    taken = await client.put(f"/employee/{other['id']}", json={"employeeNumber": "3002"})
    assert refusal(taken)[3] == [("employeeNumber", "Må være unikt", None)]
    assert (await client.put(f"/employee/{other['id']}", json={"employeeNumber": "3003"})).status_code == 200
    for _ in range(2):
        assert (await client.post("/employee", json=newcomer(books, employeeNumber=""))).status_code == 201


async def test_what_nobody_gave_comes_as_tripletex_has_it(books: Books, client: httpx.AsyncClient) -> None:
    made = (await client.post("/employee", json=newcomer(books))).json()["value"]
    assert made["phoneNumberMobileCountry"]["id"] == 161  # Norway
    assert made["internationalId"] == {"intAmeldingType": None, "country": None, "number": ""}
    assert [made[name] for name in ("dnumber", "iban", "bic", "comments")] == [""] * 4
    shown = (made["isProxy"], made["pictureId"], made["allowInformationRegistration"])
    assert shown == (False, 0, True)
