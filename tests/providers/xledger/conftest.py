"""The demo's entities, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.xledger.target import XledgerTarget
from sandbox.xledger import COMPANY, Xledger, demo
from sandbox.xledger.company import XledgerCompany
from tests.providers.xledger.connections import xledger_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def xl() -> AsyncIterator[Xledger]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def norway(xl: Xledger) -> XledgerCompany:
    return xl.companies[COMPANY]


@pytest.fixture
async def target(xl: Xledger) -> AsyncIterator[XledgerTarget]:
    async with xledger_target(xl) as opened:
        yield opened
