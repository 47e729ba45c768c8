"""The demo's companies, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.spiris_lon.target import SpirisTarget
from sandbox.spiris_lon import COMPANY, SpirisLon, demo
from sandbox.spiris_lon.company import SpirisCompany
from tests.providers.spiris_lon.connections import spiris_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def spiris() -> AsyncIterator[SpirisLon]:
    async with demo(TODAY) as system:
        system.limit = 100_000
        yield system


@pytest.fixture
def sweden(spiris: SpirisLon) -> SpirisCompany:
    return spiris.companies[COMPANY]


@pytest.fixture
async def target(spiris: SpirisLon) -> AsyncIterator[SpirisTarget]:
    async with spiris_target(spiris) as opened:
        yield opened
