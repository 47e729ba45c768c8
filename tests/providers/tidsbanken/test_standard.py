"""Tidsbanken passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Address, Employee
from bot.providers.errors import WrongAccount
from bot.providers.protocol import Target
from sandbox.tidsbanken import DATABASE, OTHER_KEY, UNKNOWN_KEY, Tidsbanken, demo
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.providers.tidsbanken.connections import CHOSEN, ENTERED, employee, tidsbanken_target
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY


class _World(TargetWorld):
    people = "/ansatt/ansatt$"
    person = "/ansatt/ansatt$"
    create = ("POST", "/ansatt/Ansatte$")
    update = ("PUT", "/ansatt/ansatt$")

    def __init__(self, system: Tidsbanken) -> None:
        self.standin = system
        self._system = system
        self._database = system.databases[DATABASE]
        self.settings = dict(CHOSEN)
        self.entered = dict(ENTERED)

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        return tidsbanken_target(self._system, expected=expected, page_size="3")

    def connect_other(self, expected: str) -> AbstractAsyncContextManager[Target]:
        return tidsbanken_target(self._system, OTHER_KEY, expected=expected)

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return tidsbanken_target(self._system, UNKNOWN_KEY)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._database.switches.refuse_cities.add("Atlantis")
        return employee(address=Address(city="Atlantis", postal_code="0000", country="NO"))

    def held(self, number: str) -> int:
        return int(int(number) in self._database.employees)

    def count(self) -> int:
        return len(self._database.employees)

    def lose_the_first(self) -> None:
        del self._database.employees[min(self._database.employees)]


class TestTidsbanken(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[_World]:
        async with demo(TODAY) as system:
            yield _World(system)

    async def test_another_company_is_not_written_to(self, world: TargetWorld) -> None:
        """No answer names a company, so the key alone says which database it is: another one is asked nothing."""
        assert isinstance(world, _World)
        async with world.connect() as target:
            account = await target.identify()
            change = await change_for(target, world.newcomer(), world.settings)
        world.standin.requests.clear()
        async with world.connect_other(account.id) as target:
            with pytest.raises(WrongAccount):
                await target.apply(change, world.settings)
        assert list(world.standin.requests) == []
