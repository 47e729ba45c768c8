"""The demo company without leave, for the tests of leave; others bring an account of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.simployer.source import SimployerSource
from sandbox.simployer import Simployer
from sandbox.simployer.leave_admin import LeaveAdministrator
from tests.support.provider_connections import simployer_source
from tests.support.simployer_leave import without_leave


@pytest.fixture
async def simployer() -> AsyncIterator[Simployer]:
    async with without_leave() as system:
        yield system


@pytest.fixture
def desk(simployer: Simployer) -> LeaveAdministrator:
    return simployer.admin.leave


@pytest.fixture
async def source(simployer: Simployer) -> AsyncIterator[SimployerSource]:
    async with simployer_source(simployer) as source:
        yield source
