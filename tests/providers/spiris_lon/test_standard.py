"""Spiris Lön passes the standard suite of targets that change nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bot.domain.employee import Employee
from bot.providers.protocol import Connection, Target
from bot.providers.spiris_lon.client import SpirisClient
from bot.providers.spiris_lon.target import SpirisTarget
from sandbox.spiris_lon import COMPANY, SpirisLon, demo
from tests.providers.create_only_suite import CreateOnlyStandard
from tests.providers.spiris_lon.connections import SETTINGS, agree, employee, options_of, spiris_target
from tests.providers.target_suite import TargetWorld
from tests.support.provider_people import TODAY


class _Spiris(TargetWorld):
    people = "/v2/employees$"
    person = r"/v2/employees/[\w-]+$"
    create = ("POST", "/v2/employees$")
    update = ("PUT", r"/v2/employees/[\w-]+$")

    def __init__(self, standin: SpirisLon) -> None:
        self.standin = standin
        self._system = standin
        self._company = standin.companies[COMPANY]
        self.settings = SETTINGS
        self.entered = {}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        # Pages of four, so that the list has several.
        return spiris_target(self._system, expected=expected, page_size="4")

    @asynccontextmanager
    async def _refused(self) -> AsyncIterator[Target]:
        gone = {"refresh_token": "gone", "access_token": "gone-too", "access_until": "2099-01-01T00:00:00+00:00"}
        async with SpirisClient(Connection(credentials=gone, options=options_of(self._system.url))) as client:
            yield SpirisTarget(client)

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return self._refused()

    def agree(self, url: str) -> str:
        return agree(self._system, url=url)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        return employee(first_name="K4rin")

    def held(self, number: str) -> int:
        return len(self._company.numbered(number))

    def count(self) -> int:
        return len(self._company.employees)

    def lose_the_first(self) -> None:
        del self._company.employees[min(self._company.employees)]


class TestSpirisLon(CreateOnlyStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            system.limit = 100_000
            yield _Spiris(system)
