"""Simployer and Tripletex pass the standard suite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.domain.employee import Employee
from bot.providers.protocol import Source, Target
from sandbox.companies import polarbonan
from sandbox.simployer import REVOKED_TOKEN as REVOKED_SOURCE_TOKEN
from sandbox.simployer import Simployer
from sandbox.tripletex import GOOD_TOKEN, REVOKED_TOKEN, Tripletex, demo
from tests.providers.source_suite import SourceStandard, SourceWorld
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.support.provider_connections import simployer_source, tripletex_target
from tests.support.provider_people import TODAY, kari


class _Simployer(SourceWorld):
    people = "/employee$"

    def __init__(self, standin: Simployer) -> None:
        self.standin = standin
        self._rows = standin.store.rows

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Source]:
        return simployer_source(self._system, expected=expected)

    def connect_refused(self) -> AbstractAsyncContextManager[Source]:
        return simployer_source(self._system, REVOKED_SOURCE_TOKEN)

    def ids(self) -> set[str]:
        return set(self._rows["employee"])

    def related(self) -> tuple[str, ...]:
        return ("/employment$", "/compensation$", "/department$", "/office$")

    @property
    def _system(self) -> Simployer:
        assert isinstance(self.standin, Simployer)
        return self.standin


class TestSimployer(SourceStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[SourceWorld]:
        async with Simployer(polarbonan.company(TODAY)) as system:
            yield _Simployer(system)


class _Tripletex(TargetWorld):
    people = "/employee$"
    person = r"/employee/\d+$"
    create = ("POST", "/employee$")
    update = ("PUT", r"/employee/\d+$")

    def __init__(self, standin: Tripletex) -> None:
        self.standin = standin
        self._system = standin
        self._books = standin.companies[40917001]
        self.settings = {"division": str(next(iter(self._books.rows["Division"])))}
        self.entered = {"employee_token": GOOD_TOKEN, "environment": "test"}

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[Target]:
        return tripletex_target(self._system, expected=expected)

    def connect_refused(self) -> AbstractAsyncContextManager[Target]:
        return tripletex_target(self._system, REVOKED_TOKEN)

    def newcomer(self) -> Employee:
        return kari()

    def changed(self) -> Employee:
        return replace(kari(), last_name="Berg")

    def unacceptable(self) -> Employee:
        return replace(kari(), department=None)  # refused where departments are in use

    def held(self, number: str) -> int:
        return sum(row.get("employeeNumber") == number for row in self._books.rows["Employee"].values())

    def count(self) -> int:
        return len(self._books.rows["Employee"])

    def lose_the_first(self) -> None:
        # The first is the token's owner.
        del self._books.rows["Employee"][sorted(self._books.rows["Employee"])[1]]


class TestTripletex(TargetStandard):
    @pytest.fixture
    async def world(self) -> AsyncIterator[TargetWorld]:
        async with demo(TODAY) as system:
            system.rate_limit.limit, system.rate_limit.period = 100_000, 1.0
            yield _Tripletex(system)
