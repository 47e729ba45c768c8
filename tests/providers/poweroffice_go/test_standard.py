"""PowerOffice Go passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Address, Employee
from bot.providers.protocol import Target
from sandbox.poweroffice_go import CLIENT_KEY, UNKNOWN_KEY, PowerofficeGo, demo
from tests.providers.poweroffice_go.connections import employee, go_target, settings_of
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.support.provider_people import TODAY


class _PowerofficeGo(TargetWorld):
    people = "/v2/Employees$"
    person = r"/v2/Employees/\d+$"
    create = ("POST", "/v2/Employees$")
    update = ("PATCH", r"/v2/Employees/\d+$")

    def __init__(self, standin: PowerofficeGo) -> None:
        self.standin = standin
        self._system = standin
        self._client = next(iter(standin.clients.values()))
        self.settings = settings_of(self._client)
        self.entered = {"client_key": CLIENT_KEY, "environment": "test"}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        # Pages of four, so that the list has several.
        return go_target(self._system, expected=expected, page_size="4")

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return go_target(self._system, UNKNOWN_KEY)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._client.switches.refuse_cities.add("Atlantis")
        return employee(address=Address(city="Atlantis", postal_code="0000", country="NO"))

    def held(self, number: str) -> int:
        return len(self._client.by_number(number))

    def count(self) -> int:
        return len(self._client.rows["employees"])

    def lose_the_first(self) -> None:
        rows = self._client.rows["employees"]
        del rows[next(iter(rows))]


class TestPowerofficeGo(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            system.sign_in.limit = 100_000
            yield _PowerofficeGo(system)
