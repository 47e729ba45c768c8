"""Kleer passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Address, Employee
from bot.providers.protocol import Target
from sandbox.kleer import COMPANY, UNKNOWN_TOKEN, Kleer, demo
from tests.providers.kleer.connections import ENTERED, SETTINGS, employee, kleer_target
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.support.provider_people import TODAY


class _Kleer(TargetWorld):
    people = r"/company/\d+/user$"
    person = r"/company/\d+/user/\d+$"
    create = ("PUT", r"/company/\d+/user$")
    update = ("POST", r"/company/\d+/user/\d+$")

    def __init__(self, standin: Kleer) -> None:
        self.standin = standin
        self._system = standin
        self._company = standin.companies["test", COMPANY]
        self.settings = SETTINGS
        self.entered = ENTERED

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        return kleer_target(self._system, expected=expected)

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return kleer_target(self._system, UNKNOWN_TOKEN)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._company.switches.refuse_cities.add("Atlantis")
        return employee(address=Address(city="Atlantis", postal_code="00000", country="SE"))

    def held(self, number: str) -> int:
        return len(self._company.by_number(number))

    def count(self) -> int:
        return len(self._company.users)

    def lose_the_first(self) -> None:
        del self._company.users[next(iter(self._company.users))]


class TestKleer(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            yield _Kleer(system)
