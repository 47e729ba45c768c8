"""Answers of Simployer and Tripletex, changed at random on their way: whoever reads them gets people, or an
error that has words for it, and always gets to an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aiohttp import web

from bot.providers.errors import ProviderError
from sandbox.companies import polarbonan
from sandbox.faults import Fault, Faults
from sandbox.simployer import Simployer
from sandbox.tripletex import demo as tripletex_demo
from tests.fuzz.mutation import Mutator, times
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.provider_people import TODAY, kari

pytestmark = pytest.mark.fuzz
PATIENCE = 60
"""Seconds for one reading of some ten people: only what never ends takes as long."""


def changed_on_the_way(faults: Faults, mutator: Mutator) -> None:
    """Every third answer or so is another than the system gave."""

    async def act(_fault: Fault, request: web.Request, handler: Any, _dialect: Any) -> web.StreamResponse:
        answer = await handler(request)
        if not isinstance(answer, web.Response) or answer.body is None or mutator.random.random() < 0.6:
            return answer  # type: ignore[no-any-return]
        body = json.loads(bytes(answer.body))  # type: ignore[arg-type]
        text = json.dumps(mutator.changed(body, 4)).encode()
        return web.Response(status=answer.status, body=mutator.cut(text), content_type="application/json")

    faults.add("changed", act, times=None)


async def _tries(number: int, connect: Callable[[], AbstractAsyncContextManager[Any]], read: Any) -> dict[str, int]:
    ends: dict[str, int] = {}
    for attempt in range(number):
        end = "read"
        try:
            async with asyncio.timeout(PATIENCE), connect() as connected:
                await read(connected)
        except ProviderError as error:
            end = type(error).__name__
        except Exception as error:
            raise AssertionError(f"attempt {attempt}: {type(error).__name__}") from error
        ends[end] = ends.get(end, 0) + 1
    return ends


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(TODAY)) as running:
        yield running


Parts = list[Callable[[Any], Awaitable[object]]]


async def _each(connected: Any, parts: Parts) -> None:
    """Each part on its own, so that one refused does not spare the others."""
    refused: ProviderError | None = None
    for part in parts:
        try:
            await part(connected)
        except ProviderError as error:
            refused = error
    if refused is not None:
        raise refused


async def _drained(pages: AsyncIterator[Any]) -> None:
    async for _ in pages:
        pass


async def test_simployers_answers(simployer: Simployer) -> None:
    changed_on_the_way(simployer.faults, Mutator(seed=21))
    parts: Parts = [
        lambda s: s.identify(),
        lambda s: _drained(s.employees()),
        lambda s: s.everyone(),
        lambda s: s.search("Kari"),
        lambda s: s.departments(),
        lambda s: s.offices(),
        lambda s: s.custom_fields(),
    ]
    ends = await _tries(times(30), lambda: simployer_source(simployer), lambda s: _each(s, parts))
    assert len(ends) > 1


async def test_tripletexs_answers() -> None:
    async with tripletex_demo(TODAY) as system:
        system.rate_limit.limit = 10_000_000
        changed_on_the_way(system.faults, Mutator(seed=22))
        parts: Parts = [
            lambda t: t.identify(),
            lambda t: t.preflight(),
            lambda t: t.choices("division"),
            lambda t: t.reference_data_version(),
            lambda t: _drained(t.people()),
            lambda t: t.find(kari()),
            lambda t: t.read("1"),
        ]
        ends = await _tries(times(30), lambda: tripletex_target(system), lambda t: _each(t, parts))
    assert len(ends) > 1
