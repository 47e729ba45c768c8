"""Answers of Simployer and of every payroll system over HTTP, changed at random on their way: whoever reads them gets
people or days of leave, or an error that has words for it, and always gets to an end."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import date
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey
from bot.providers import registry
from bot.providers.errors import ProviderError, Unavailable
from sandbox.companies import polarbonan
from sandbox.faults import Fault, Faults
from sandbox.fortnox import demo as fortnox_demo
from sandbox.kleer import demo as kleer_demo
from sandbox.poweroffice_go import demo as poweroffice_go_demo
from sandbox.simployer import Simployer
from sandbox.spiris_lon import demo as spiris_demo
from sandbox.tidsbanken import demo as tidsbanken_demo
from sandbox.tripletex import demo as tripletex_demo
from sandbox.twentyfour_seven_office import demo as office_demo
from sandbox.visma_net import demo as visma_net_demo
from tests.fuzz.mutation import Mutator, times
from tests.providers.fortnox.connections import agree, connection, fortnox_target
from tests.providers.kleer.connections import kleer_target
from tests.providers.poweroffice_go.connections import go_target
from tests.providers.spiris_lon.connections import connection as spiris_connection
from tests.providers.tidsbanken.connections import tidsbanken_target
from tests.providers.twentyfour_seven_office.connections import connection as office_connection
from tests.providers.twentyfour_seven_office.connections import office_target
from tests.providers.visma_net.connections import visma_net_target
from tests.support.provider_connections import simployer_source, tripletex_leave, tripletex_target
from tests.support.provider_people import TODAY, kari

pytestmark = pytest.mark.fuzz
READ, HUGE = "read", "1e999999999"
PATIENCE = 60
"""Seconds for one reading of some ten people: only what never ends takes as long."""


def changed_on_the_way(faults: Faults, mutator: Mutator) -> None:
    """Every third answer or so is another than the system gave."""

    async def act(_fault: Fault, request: web.Request, handler: Any, _dialect: Any) -> web.StreamResponse:
        answer = await handler(request)
        if not isinstance(answer, web.Response) or answer.body is None or mutator.random.random() < 0.6:
            return answer  # type: ignore[no-any-return]
        whole = bytes(answer.body)  # type: ignore[arg-type]
        if whole.startswith(b"<"):
            changed = mutator.cut(mutator.changed_xml(whole, 4))
            return web.Response(status=answer.status, body=changed, content_type=answer.content_type)
        body = json.loads(whole)
        text = json.dumps(mutator.changed(body, 4))
        if mutator.random.random() < 0.5:
            text = text.replace(f'"{HUGE}"', HUGE)
        return web.Response(status=answer.status, body=mutator.cut(text.encode()), content_type="application/json")

    faults.add("changed", act, times=None)


async def _tries(
    number: int, connect: Callable[[], AbstractAsyncContextManager[Any]], parts: Sequence[Callable[[Any], Any]]
) -> Counter[str]:
    """How each part ended, each on its own, so that one refused does not spare the others."""
    ends = Counter[str]()
    for attempt in range(number):
        try:
            async with asyncio.timeout(PATIENCE), connect() as connected:
                for part in parts:
                    try:
                        await part(connected)
                        ends[READ] += 1
                    except ProviderError as error:
                        ends[type(error).__name__] += 1
        except ProviderError as error:
            ends[type(error).__name__] += 1
        except Exception as error:
            raise AssertionError(f"attempt {attempt}: {type(error).__name__}") from error
    return ends


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with Simployer(polarbonan.company(TODAY)) as running:
        yield running


Parts = list[Callable[[Any], Awaitable[object]]]


async def _drained(pages: AsyncIterator[Any]) -> None:
    async for _ in pages:
        pass


PEOPLE = [LeavePerson(employee_id=f"e{one}", number=f"100{one}", target_id=str(one)) for one in (1, 2)]
YEAR = LeaveWindow(date(2026, 1, 1), date(2026, 12, 31))
DAY = DayKey("e1", date(2026, 1, 5), "801")


def _of_target(provider: str) -> Parts:
    """All that is read of a target before anything is written."""
    live = [field.key for field in registry.target(provider).info.settings if field.live]
    return [
        lambda t: t.identify(),
        lambda t: t.preflight(),
        *(partial(_choices, setting=setting) for setting in live),
        lambda t: t.reference_data_version(),
        lambda t: _drained(t.people()),
        lambda t: t.find(kari()),
        lambda t: t.read("1"),
    ]


async def _choices(target: Any, setting: str) -> None:
    await target.choices(setting)


OF_LEAVE: Parts = [
    lambda t: t.identify(),
    lambda t: t.leave_preflight(),
    lambda t: t.leave_codes(),
    lambda t: t.closed_days(PEOPLE, YEAR),
    lambda t: t.holidays(YEAR),
    lambda t: _drained(t.read_days(PEOPLE, YEAR, [DAY.code])),
    lambda t: t.read_day(PEOPLE[0], DAY),
]

OF_LEAVE_PERIODS: Parts = [*OF_LEAVE[:3], lambda t: t.read_periods(PEOPLE)]


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
        lambda s: s.leave_types(),
        lambda s: s.leave_snapshot(YEAR),
        lambda s: s.leave_preflight(),
    ]
    ends = await _tries(times(12), lambda: simployer_source(simployer), parts)
    assert set(ends) >= {READ, Unavailable.__name__}


async def test_tripletexs_answers() -> None:
    async with tripletex_demo(TODAY) as system:
        system.rate_limit.limit = 10_000_000
        changed_on_the_way(system.faults, Mutator(seed=22))
        whole = _of_target("tripletex")
        ends = await _tries(times(10), lambda: tripletex_target(system), whole)
        assert set(ends) >= {READ, Unavailable.__name__}
        await _tries(times(6), lambda: tripletex_leave(system), OF_LEAVE)


async def test_visma_nets_answers() -> None:
    async with visma_net_demo(TODAY) as system:
        changed_on_the_way(system.faults, Mutator(seed=23))
        whole = _of_target("visma_net")
        ends = await _tries(times(12), lambda: visma_net_target(system), whole)
    assert set(ends) >= {READ, Unavailable.__name__}


async def test_poweroffice_gos_answers() -> None:
    async with poweroffice_go_demo(TODAY) as system:
        system.sign_in.limit = 10_000_000
        changed_on_the_way(system.faults, Mutator(seed=24))
        whole = _of_target("poweroffice_go")
        ends = await _tries(times(12), lambda: go_target(system), whole)
    assert set(ends) >= {READ, Unavailable.__name__}


async def test_fortnoxs_answers() -> None:
    async with fortnox_demo(TODAY) as system:
        system.limit = 10_000_000
        agree(system)
        changed_on_the_way(system.faults, Mutator(seed=25))
        whole, leave = _of_target("fortnox"), registry.leave_target("fortnox")
        assert leave is not None
        ends = await _tries(times(12), lambda: fortnox_target(system), whole)
        assert set(ends) >= {READ, Unavailable.__name__}
        await _tries(times(6), lambda: leave.connect_leave(connection(system.url)), OF_LEAVE)


async def test_kleers_answers() -> None:
    async with kleer_demo(TODAY) as system:
        changed_on_the_way(system.faults, Mutator(seed=26))
        ends = await _tries(times(12), lambda: kleer_target(system), _of_target("kleer"))
    assert set(ends) >= {READ, Unavailable.__name__}


async def test_tidsbankens_answers() -> None:
    async with tidsbanken_demo(TODAY) as system:
        changed_on_the_way(system.faults, Mutator(seed=27))
        ends = await _tries(times(12), lambda: tidsbanken_target(system), _of_target("tidsbanken"))
    assert set(ends) >= {READ, Unavailable.__name__}


async def test_24sevenoffices_answers() -> None:
    async with office_demo(TODAY) as system:
        changed_on_the_way(system.faults, Mutator(seed=28))
        whole, leave = _of_target("twentyfour_seven_office"), registry.leave_target("twentyfour_seven_office")
        assert leave is not None
        ends = await _tries(times(12), lambda: office_target(system), whole)
        assert set(ends) >= {READ, Unavailable.__name__}
        opened = lambda: leave.connect_leave(office_connection(url=system.url))  # noqa: E731
        await _tries(times(6), opened, OF_LEAVE_PERIODS)


async def test_spiris_lons_answers() -> None:
    async with spiris_demo(TODAY) as system:
        system.limit = 10_000_000
        signed_in = await spiris_connection(system)
        changed_on_the_way(system.faults, Mutator(seed=26))
        found, leave = registry.target("spiris_lon"), registry.leave_target("spiris_lon")
        assert leave is not None
        ends = await _tries(times(12), lambda: found.connect(signed_in), _of_target("spiris_lon"))
        assert set(ends) >= {READ, Unavailable.__name__}
        await _tries(times(6), lambda: leave.connect_leave(signed_in), OF_LEAVE)


# Each was found so, and is tried whatever the seed.
BROKEN: Sequence[tuple[str, Any]] = (
    ("simployer", lambda body: {**body, "data": 1}),
    ("simployer", lambda body: {**body, "data": [{**row, "custom": 1.5} for row in body["data"]]}),
    ("poweroffice_go", lambda body: [{**row, "Id": {}} for row in body]),
    ("poweroffice_go", lambda body: [{"Id": 1, "SubLedgerNumberSeriesType": "Employee"} for _ in body]),
    ("fortnox", lambda body: {**body, "Employee": {**body["Employee"], "DatedWages": ["x"]}}),
    ("fortnox", lambda body: {**body, "scope": 1}),
    ("poweroffice_go", lambda body: {name: value for name, value in body.items() if name != "Id"}),
    ("tidsbanken", lambda body: {**body, "value": [{**row, "Id": {"id": 1}} for row in body["value"]]}),
)


@pytest.mark.parametrize(("provider", "change"), BROKEN)
async def test_an_answer_of_another_shape_is_read_or_refused_with_words(provider: str, change: Any) -> None:
    async def act(_fault: Fault, request: web.Request, handler: Any, _dialect: Any) -> web.StreamResponse:
        answer = await handler(request)
        if not isinstance(answer, web.Response) or not answer.body:
            return answer  # type: ignore[no-any-return]
        with suppress(TypeError, KeyError):
            return web.json_response(change(json.loads(bytes(answer.body))))  # type: ignore[arg-type]
        return answer

    if provider == "simployer":
        async with Simployer(polarbonan.company(TODAY)) as source:
            source.faults.add("changed", act, times=None)
            parts: Parts = [lambda s: s.identify(), lambda s: s.custom_fields()]
            await _tries(1, lambda: simployer_source(source), parts)
        return
    demo, connect = SYSTEMS[provider]
    async with demo(TODAY) as opened:
        if provider == "fortnox":
            agree(opened)
        opened.faults.add("changed", act, times=None)
        await _tries(1, lambda: connect(opened), _of_target(provider))


SYSTEMS: dict[str, tuple[Any, Callable[[Any], AbstractAsyncContextManager[Any]]]] = {
    "fortnox": (fortnox_demo, fortnox_target),
    "poweroffice_go": (poweroffice_go_demo, go_target),
    "tidsbanken": (tidsbanken_demo, tidsbanken_target),
    "twentyfour_seven_office": (office_demo, office_target),
}
