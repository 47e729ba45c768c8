"""The demo's databases, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.tidsbanken.target import TidsbankenTarget
from sandbox.tidsbanken import DATABASE, Tidsbanken, demo
from sandbox.tidsbanken.database import TidsbankenDatabase
from tests.providers.tidsbanken.connections import tidsbanken_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def tids() -> AsyncIterator[Tidsbanken]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def norway(tids: Tidsbanken) -> TidsbankenDatabase:
    return tids.databases[DATABASE]


@pytest.fixture
async def target(tids: Tidsbanken) -> AsyncIterator[TidsbankenTarget]:
    async with tidsbanken_target(tids) as opened:
        yield opened
