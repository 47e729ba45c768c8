"""The demo's companies, and a connection to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.providers.twentyfour_seven_office.target import TwentyFourTarget
from sandbox.twentyfour_seven_office import COMPANY, TwentyfourSevenOffice, demo
from sandbox.twentyfour_seven_office.company import OfficeCompany
from tests.providers.twentyfour_seven_office.connections import office_target
from tests.support.provider_people import TODAY


@pytest.fixture
async def so() -> AsyncIterator[TwentyfourSevenOffice]:
    async with demo(TODAY) as system:
        yield system


@pytest.fixture
def norway(so: TwentyfourSevenOffice) -> OfficeCompany:
    return so.companies[COMPANY]


@pytest.fixture
async def target(so: TwentyfourSevenOffice) -> AsyncIterator[TwentyFourTarget]:
    async with office_target(so) as opened:
        yield opened
