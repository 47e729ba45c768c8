"""The fault catalogue, on Simployer's stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.companies import polarbonan
from sandbox.simployer import Simployer
from tests.support.api_calls import simployer_client


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company()) as system:
        yield system


@pytest.fixture
async def client(simployer: Simployer) -> AsyncIterator[httpx.AsyncClient]:
    async with simployer_client(simployer) as client:
        yield client


def cost_centers(simployer: Simployer) -> list[str]:
    return [row["code"] for row in simployer.store.rows["cost-center"].values()]


async def test_a_fault_waits_for_its_call_and_wears_off(simployer: Simployer, client: httpx.AsyncClient) -> None:
    fault = simployer.faults.status(503, {"message": "down"}, method="GET", path="/employee$", nth=2, times=2)
    paths = ("/employee", "/office", "/employee", "/employee", "/employee")
    statuses = [(await client.get(path)).status_code for path in paths]
    assert statuses == [200, 200, 503, 503, 200]
    assert (fault.seen, fault.hits) == (4, 2)
    assert [e.fault for e in simployer.requests] == [None, None, "status 503", "status 503", None]


async def test_a_fault_can_last(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.status(500, "<html>", times=None)
    assert {(await client.get("/company")).text for _ in range(5)} == {"<html>"}
    simployer.faults.clear()
    assert (await client.get("/company")).status_code == 200


async def test_too_many_requests_says_when_or_does_not(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.rate_limited(retry_after=3)
    simployer.faults.rate_limited(reset=9, nth=2)
    simployer.faults.rate_limited(nth=3)
    headers = [(await client.get("/company")).headers for _ in range(3)]
    assert [one.get("Retry-After") for one in headers] == ["3", None, None]
    assert [one.get("X-Rate-Limit-Reset") for one in headers] == [None, "9", None]


async def test_credentials_can_fail_in_the_middle(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.unauthorized(nth=3, times=None)
    statuses = [(await client.get("/office")).status_code for _ in range(4)]
    assert statuses == [200, 200, 401, 401]


async def test_a_timeout_before_the_commit_leaves_nothing(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.timeout_before_commit(method="POST")
    with pytest.raises(httpx.ReadTimeout):
        await client.post("/cost-center", json={"code": "900"}, timeout=0.05)
    assert "900" not in cost_centers(simployer)
    write = simployer.requests.writes("/cost-center")[0]
    assert (write.status, write.fault) == (None, "timeout before commit")


async def test_a_timeout_after_the_commit_leaves_the_write(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.timeout_after_commit(method="POST")
    with pytest.raises(httpx.ReadTimeout):
        await client.post("/cost-center", json={"code": "900"}, timeout=0.05)
    assert cost_centers(simployer).count("900") == 1


@pytest.mark.parametrize("committed", [False, True])
async def test_a_connection_can_be_cut(simployer: Simployer, client: httpx.AsyncClient, committed: bool) -> None:
    simployer.faults.connection_cut(method="POST", committed=committed)
    with pytest.raises(httpx.TransportError):
        await client.post("/cost-center", json={"code": "900"})
    assert ("900" in cost_centers(simployer)) is committed


async def test_a_slow_answer_comes_when_it_is_released(simployer: Simployer, client: httpx.AsyncClient) -> None:
    held = simployer.faults.slow(path="/company$")
    waiting = asyncio.create_task(client.get("/company"))
    await held.arrived.wait()
    assert (await client.get("/office")).status_code == 200  # the others are not held
    assert not waiting.done()
    held.release()
    assert (await waiting).status_code == 200


async def test_a_stop_lets_go_of_what_is_held(simployer: Simployer, client: httpx.AsyncClient) -> None:
    held = simployer.faults.slow()
    waiting = asyncio.create_task(client.get("/company"))
    await held.arrived.wait()
    await simployer.stop()
    await asyncio.wait({waiting})
    await simployer.start()
    async with simployer_client(simployer) as again:
        assert (await again.get("/company")).status_code == 200


async def test_a_taken_port_is_an_error_and_not_the_end(simployer: Simployer) -> None:
    other = Simployer()
    port = httpx.URL(simployer.url).port
    assert port
    with pytest.raises(OSError, match="address already in use"):
        await other.start(port=port)
    with pytest.raises(RuntimeError):
        _ = other.url
    async with other:
        assert other.url != simployer.url


async def test_json_can_break_off(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.malformed_json()
    answer = await client.get("/company")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_pages_can_be_short_or_empty(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.truncated_page(keep=3)
    simployer.faults.empty_page(nth=2)
    short, empty = [(await client.get("/employee")).json() for _ in range(2)]
    assert (len(short["data"]), short["count"], short["total"]) == (3, 3, 40)
    assert (empty["data"], empty["total"]) == ([], 40)


async def test_the_company_can_be_another(simployer: Simployer, client: httpx.AsyncClient) -> None:
    ours = (await client.get("/company")).json()["data"][0]
    simployer.faults.wrong_company(times=None)
    theirs = (await client.get("/company")).json()["data"][0]
    assert theirs["id"] != ours["id"]
    assert theirs["name"] != ours["name"]
    employee = (await client.get("/employee?limit=1")).json()["data"][0]
    assert employee["companyId"] == theirs["id"]


async def test_things_happen_between_two_pages(simployer: Simployer, client: httpx.AsyncClient) -> None:
    simployer.faults.meanwhile(lambda: simployer.admin.remove("1004"), path="/employee$", nth=2)
    first = (await client.get("/employee?limit=20&sort[employeeNumber]=asc")).json()
    second = (await client.get("/employee?limit=20&offset=20&sort[employeeNumber]=asc")).json()
    assert (first["total"], second["total"]) == (40, 39)
    seen = {row["id"] for row in first["data"] + second["data"]}
    assert len(seen) == 39  # one who is still there was on neither page, and one who is gone is among them


async def test_the_journal_keeps_values_out_of_sight(simployer: Simployer, client: httpx.AsyncClient) -> None:
    await client.post("/cost-center?token=secret", json={"code": "12345678901"})
    exchange = simployer.requests[-1]
    assert exchange.body == {"code": "12345678901"}
    assert exchange.query == {"token": ["secret"]}
    assert "12345678901" not in repr(exchange)
    assert "secret" not in repr(exchange)
