"""Agda PS passes the suite of file targets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.providers.agda_ps.provider import PROVIDER
from bot.providers.protocol import Connection, FileTarget
from sandbox.agda_ps import GOOD, REVOKED, AgdaPs, demo
from tests.providers.agda_ps.customer import HASTE, SETTINGS, credentials, swede
from tests.providers.file_target_suite import FileTargetStandard, FileTargetWorld


class AgdaWorld(FileTargetWorld):
    """A customer with five people."""

    employees = tuple(map(swede, range(1, 6)))
    changed = replace(employees[0], last_name="Olsson")
    settings = SETTINGS
    countries = PROVIDER.info.countries

    def __init__(self, system: AgdaPs) -> None:
        self.system: AgdaPs = system
        self.entered = credentials(system)

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[FileTarget]:
        connection = Connection(credentials=credentials(self.system), options=HASTE, expected_account=expected)
        return PROVIDER.connect(connection)

    def connect_refused(self) -> AbstractAsyncContextManager[FileTarget]:
        return PROVIDER.connect(Connection(credentials=credentials(self.system, REVOKED), options=HASTE))

    def held(self) -> dict[str, str]:
        people = self.system.of(GOOD.username).people
        return {key.partition("/")[2]: person["own"]["EFTERNAMN"] for key, person in people.items()}

    def refused_files(self) -> int:
        return sum(bool(entry.problems) for entry in self.system.log)

    def lying(self) -> list[str]:
        return self.system.waiting()

    def lose(self, *, arrived: bool) -> None:
        self.system.faults.cut("rename", committed=arrived)

    def revoke(self) -> None:
        self.system.faults.refuse_login()


@pytest.fixture
async def world() -> AsyncIterator[FileTargetWorld]:
    async with demo() as system:
        yield AgdaWorld(system)


class TestAgdaPs(FileTargetStandard):
    """The suite."""
