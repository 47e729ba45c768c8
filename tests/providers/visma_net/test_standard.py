"""Visma.net passes the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.domain.employee import Address, Employee
from bot.providers.protocol import Target
from sandbox.visma_net import TENANT, UNAPPROVED_TENANT, VismaNet, demo
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.providers.visma_net.connections import settings_of, visma_net_target, without_contact
from tests.support.provider_people import TODAY


class _VismaNet(TargetWorld):
    people = "/employees$"
    person = r"/employees/[0-9a-f-]{36}$"
    create = ("POST", "/employees/withPosition$")
    update = ("PUT", r"/employees/[0-9a-f-]{36}$")

    def __init__(self, standin: VismaNet) -> None:
        self.standin = standin
        self._system = standin
        self._tenant = standin.tenants[TENANT]
        self.settings = settings_of(self._tenant)
        self.entered = {"tenant_id": TENANT}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        # Pages of four, so that the list has several.
        return visma_net_target(self._system, expected=expected, page_size="4")

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return visma_net_target(self._system, UNAPPROVED_TENANT)

    def newcomer(self) -> Employee:
        return without_contact()

    def changed(self) -> Employee:
        return without_contact(last_name="Berg")

    def unacceptable(self) -> Employee:
        self._tenant.switches.refuse_cities.add("Atlantis")
        return replace(without_contact(), address=Address(city="Atlantis", country="NO"))

    def held(self, number: str) -> int:
        return len(self._tenant.by_number(number))

    def count(self) -> int:
        return len(self._tenant.employees)

    def lose_the_first(self) -> None:
        del self._tenant.employees[next(iter(self._tenant.employees))]


class TestVismaNet(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            yield _VismaNet(system)
