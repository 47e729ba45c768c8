"""The demo's companies, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.kleer.target import KleerTarget
from sandbox.kleer import COMPANY, Kleer, demo
from sandbox.kleer.company import KleerCompany
from tests.providers.kleer.connections import kleer_target
from tests.support.api_calls import noon
from tests.support.provider_people import TODAY


@pytest.fixture
async def kleer() -> AsyncIterator[Kleer]:
    async with demo(TODAY, clock=noon(TODAY.year, TODAY.month, TODAY.day)) as system:
        yield system


@pytest.fixture
def sweden(kleer: Kleer) -> KleerCompany:
    return kleer.companies["test", COMPANY]


@pytest.fixture
async def target(kleer: Kleer) -> AsyncIterator[KleerTarget]:
    async with kleer_target(kleer) as opened:
        yield opened
