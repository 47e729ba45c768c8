"""The demo's companies, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.fortnox.target import FortnoxTarget
from sandbox.fortnox import COMPANY, Fortnox, demo
from sandbox.fortnox.company import FortnoxCompany
from tests.providers.fortnox.connections import agree, fortnox_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def fortnox() -> AsyncIterator[Fortnox]:
    async with demo(TODAY) as system:
        system.limit = 100_000
        agree(system)
        yield system


@pytest.fixture
def sweden(fortnox: Fortnox) -> FortnoxCompany:
    return fortnox.companies[COMPANY]


@pytest.fixture
async def target(fortnox: Fortnox) -> AsyncIterator[FortnoxTarget]:
    async with fortnox_target(fortnox) as opened:
        yield opened
