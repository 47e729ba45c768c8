"""The demo's tenants, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net import TENANT, VismaNet, demo
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import visma_net_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def visma() -> AsyncIterator[VismaNet]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def tenant(visma: VismaNet) -> Tenant:
    return visma.tenants[TENANT]


@pytest.fixture
async def target(visma: VismaNet) -> AsyncIterator[VismaNetTarget]:
    async with visma_net_target(visma) as opened:
        yield opened
