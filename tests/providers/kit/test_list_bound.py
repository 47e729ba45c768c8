"""A system that always has more to give is given up on, whichever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from bot.providers.errors import Unavailable
from bot.providers.kit import list_bound
from sandbox.companies import polarbonan
from sandbox.faults import Fault, Faults
from sandbox.fortnox import demo as fortnox_demo
from sandbox.poweroffice_go import demo as poweroffice_go_demo
from sandbox.simployer import Simployer
from sandbox.tripletex import demo as tripletex_demo
from sandbox.visma_net import demo as visma_net_demo
from tests.providers.fortnox.connections import agree, fortnox_target
from tests.providers.poweroffice_go.connections import go_target
from tests.providers.visma_net.connections import visma_net_target
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.provider_people import TODAY

Pages = AsyncIterator[Any]
ENDLESS = 10**9


def endless(faults: Faults, path: str, body: Callable[[list[int]], Any], *, overlaps: bool = False) -> None:
    """Each page of a list has rows that nobody has seen, and more are to follow."""
    numbers = count(1)
    last = [0]

    async def act(_fault: Fault, request: web.Request, handler: Any, _dialect: Any) -> web.StreamResponse:
        if path not in request.path:
            return await handler(request)  # type: ignore[no-any-return]
        begun = [last[0]] if overlaps and last[0] else []
        rows = [*begun, *(next(numbers) for _ in range(100))]
        last[0] = rows[-1]
        return web.json_response(body(rows))

    faults.add("endless", act, times=None)


@asynccontextmanager
async def visma_net() -> AsyncIterator[Pages]:
    async with visma_net_demo(TODAY) as system, visma_net_target(system) as target:
        endless(
            system.faults,
            "/employees",
            lambda rows: {"data": [{"id": str(row)} for row in rows], "cursor": {"nextToken": str(rows[-1])}},
        )
        yield target._client.pages("/employees")


@asynccontextmanager
async def poweroffice_go() -> AsyncIterator[Pages]:
    async with poweroffice_go_demo(TODAY) as system, go_target(system, page_size="100") as target:
        endless(system.faults, "/Employees", lambda rows: [{"Id": row} for row in rows])
        target._client._page = 100
        yield target._client.pages("/Employees")


@asynccontextmanager
async def tripletex() -> AsyncIterator[Pages]:
    async with tripletex_demo(TODAY) as system, tripletex_target(system) as target:
        endless(system.faults, "/employee", lambda rows: {"values": [{"id": row} for row in rows]}, overlaps=True)
        yield target._client.pages("/employee", fields="id", count=100)


@asynccontextmanager
async def fortnox() -> AsyncIterator[Pages]:
    async with fortnox_demo(TODAY) as system:
        agree(system)
        async with fortnox_target(system) as target:
            # No rows at all, and pages without an end.
            meta = {"@TotalResources": ENDLESS, "@TotalPages": ENDLESS}
            endless(system.faults, "/employees", lambda _: {"Employees": [], "MetaInformation": meta})
            yield target._client.pages("/employees", "Employees", "EmployeeId")


def _simployer_page(rows: list[int]) -> dict[str, Any]:
    return {"data": [{"id": f"{row:024x}"} for row in rows], "total": ENDLESS}


@asynccontextmanager
async def simployer() -> AsyncIterator[Pages]:
    async with Simployer(polarbonan.company(TODAY)) as system, simployer_source(system) as source:
        endless(system.faults, "/employee", _simployer_page, overlaps=True)
        yield source._client.pages("/employee", limit=101)


@pytest.mark.parametrize("system", [visma_net, poweroffice_go, tripletex, fortnox, simployer])
async def test_a_list_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch, system: Callable[[], Any]) -> None:
    monkeypatch.setattr(list_bound, "LONGEST_LIST", 2_000)
    met = 0
    async with system() as pages:
        with pytest.raises(Unavailable):  # noqa: PT012 - it is the reading that ends so
            async for page in pages:
                met += len(page)
                assert met <= 3_000, "it goes on"
