"""Fortnox passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.domain.employee import Employee
from bot.providers.protocol import Target
from sandbox.fortnox import COMPANY, OTHER_COMPANY, Fortnox, demo
from tests.providers.fortnox.connections import SETTINGS, agree, employee, fortnox_target
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.support.provider_people import TODAY


class _Fortnox(TargetWorld):
    people = "/3/employees$"
    person = r"/3/employees/\w+$"
    create = ("POST", "/3/employees$")
    update = ("PUT", r"/3/employees/\w+$")

    def __init__(self, standin: Fortnox) -> None:
        self.standin = standin
        self._system = standin
        self._company = standin.companies[COMPANY]
        self.settings = SETTINGS
        self.entered = {}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        # Pages of four, so that the list has several.
        return fortnox_target(self._system, expected=expected, page_size="4")

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return fortnox_target(self._system, OTHER_COMPANY)  # nobody there has agreed

    def agree(self, url: str) -> str:
        return agree(self._system, url=url)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._company.switches.refuse_cities.add("Atlantis")
        address = employee().address
        assert address is not None
        return employee(address=replace(address, city="Atlantis"))

    def held(self, number: str) -> int:
        return int(number in self._company.employees)

    def count(self) -> int:
        return len(self._company.employees)

    def lose_the_first(self) -> None:
        del self._company.employees[next(iter(self._company.employees))]


class TestFortnox(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            system.limit = 100_000
            agree(system)
            yield _Fortnox(system)
