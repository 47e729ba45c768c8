"""Xledger passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from bot.domain.employee import Employee
from bot.providers.protocol import Target
from sandbox.xledger import COMPANY, EXPIRED_TOKEN, Xledger, demo
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.providers.xledger.connections import ENTERED, EVERYTHING, employee, xledger_target
from tests.support.provider_people import TODAY


class _World(TargetWorld):
    people = "/graphql/employees$"
    person = "/graphql/employees$"
    create = ("POST", "/graphql/addEmployees$")
    update = ("POST", "/graphql/updateEmployees$")

    def __init__(self, system: Xledger) -> None:
        self.standin = system
        self._system = system
        self._company = system.companies[COMPANY]
        self.settings = dict(EVERYTHING)
        self.entered = dict(ENTERED)

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        return xledger_target(self._system, expected=expected, page_size="3")

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return xledger_target(self._system, EXPIRED_TOKEN)

    def newcomer(self) -> Employee:
        return employee()

    def changed(self) -> Employee:
        return employee(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._company.switches.refuse_domains.add("atlantis.example")
        return employee(work_email="kari@atlantis.example")

    def held(self, number: str) -> int:
        return sum(row["code"] == number for row in self._company.employees.values())

    def count(self) -> int:
        return len(self._company.employees)

    def lose_the_first(self) -> None:
        del self._company.employees[min(self._company.employees)]


class TestXledger(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[_World]:
        async with demo(TODAY) as system:
            yield _World(system)
