"""The demo's clients, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from sandbox.poweroffice_go import PowerofficeGo, demo
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.connections import go_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def go() -> AsyncIterator[PowerofficeGo]:
    async with demo(TODAY) as system:
        system.sign_in.limit = 100_000
        yield system


@pytest.fixture
def norway(go: PowerofficeGo) -> GoClient:
    return next(iter(go.clients.values()))


@pytest.fixture
async def target(go: PowerofficeGo) -> AsyncIterator[PowerofficeGoTarget]:
    async with go_target(go) as opened:
        yield opened
