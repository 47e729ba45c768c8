"""24SevenOffice passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Address, Employee
from bot.providers.protocol import Target
from sandbox.twentyfour_seven_office import COMPANY, TOKEN, UNKNOWN_TOKEN, TwentyfourSevenOffice, demo
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.providers.twentyfour_seven_office.connections import CHOSEN, employee, office_target
from tests.support.provider_people import TODAY


class _World(TargetWorld):
    people = "/employee/v2$"
    person = r"/employee/v2/\d+$"
    create = ("POST", "/employee/v2$")
    update = ("POST", r"/employee/v2/\d+$")

    def __init__(self, system: TwentyfourSevenOffice) -> None:
        self.standin = system
        self._system = system
        self._company = system.companies[COMPANY]
        self.settings = dict(CHOSEN)
        self.entered = {"access_token": TOKEN, "environment": "test"}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        return office_target(self._system, expected=expected)

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return office_target(self._system, UNKNOWN_TOKEN)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._company.switches.refuse_cities.add("Atlantis")
        return employee(address=Address(city="Atlantis", postal_code="0000", country="NO"))

    def held(self, number: str) -> int:
        return int(number in self._company.employees)

    def count(self) -> int:
        return len(self._company.employees)

    def lose_the_first(self) -> None:
        del self._company.employees[next(iter(self._company.employees))]


class TestTwentyfourSevenOffice(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            yield _World(system)
