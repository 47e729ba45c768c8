"""PAXml passes the suite of file targets, by either way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.providers.protocol import FileTarget
from sandbox.paxml import COMPANY_NUMBER, CUSTOMER, REVOKED, Paxml
from tests.providers.agda_ps.customer import swede
from tests.providers.file_target_suite import FileTargetStandard, FileTargetWorld
from tests.providers.paxml.customer import COMPANY, Clock, by_sftp, inbox, sftp_inbox


class PaxmlWorld(FileTargetWorld):
    """A customer with five people."""

    employees = tuple(map(swede, range(1, 6)))
    changed = replace(employees[0], last_name="Olsson")
    settings = {"other_form": "excluded"}  # noqa: RUF012 - the suite's
    countries = ("SE",)

    def __init__(self, system: Paxml) -> None:
        self.system: Paxml = system
        self.entered = {"delivery": "folder", "folder": CUSTOMER, **COMPANY}
        self.clock = Clock()

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[FileTarget]:
        return nullcontext(inbox(self.system, self.clock, expected))

    def connect_refused(self) -> AbstractAsyncContextManager[FileTarget]:
        return nullcontext(inbox(self.system, self.clock, folder="nobody"))

    def held(self) -> dict[str, str]:
        self.system.import_now()
        return {number: person["efternamn"] for number, person in self.system.books.people.items()}

    def refused_files(self) -> int:
        self.system.import_now()
        return sum(bool(entry.problems) for entry in self.system.log)

    def lying(self) -> list[str]:
        return self.system.waiting()

    def lose(self, *, arrived: bool) -> None:
        """Something is in the way of the next drafts; behind the move into place nothing is left that could fail."""
        if not arrived:
            for seconds in range(1, 4):
                at = (self.clock.at + timedelta(seconds=seconds)).astimezone(ZoneInfo("Europe/Stockholm"))
                (self.system.folder / f".paxml-{COMPANY_NUMBER}-{at:%Y%m%d-%H%M%S}.xml.part").mkdir()

    def revoke(self) -> None:
        self.system.folder.rmdir()


class SftpWorld(PaxmlWorld):
    """The same customer, whose payroll system imports from an SFTP server."""

    def __init__(self, system: Paxml) -> None:
        super().__init__(system)
        self.entered = by_sftp(system)

    def connect(self, *, expected: str | None = None) -> AbstractAsyncContextManager[FileTarget]:
        return nullcontext(sftp_inbox(self.system, clock=self.clock, expected=expected))

    def connect_refused(self) -> AbstractAsyncContextManager[FileTarget]:
        return nullcontext(sftp_inbox(self.system, REVOKED, self.clock))

    def lying(self) -> list[str]:
        return self.system.sftp.waiting()

    def lose(self, *, arrived: bool) -> None:
        self.system.sftp.faults.cut("rename", committed=arrived)

    def revoke(self) -> None:
        self.system.sftp.faults.refuse_login()


@pytest.fixture
async def world() -> AsyncIterator[FileTargetWorld]:
    async with Paxml() as system:
        yield PaxmlWorld(system)


class TestPaxml(FileTargetStandard):
    """The suite, into a folder."""


class TestPaxmlBySftp(FileTargetStandard):
    """The suite, by SFTP."""

    @pytest.fixture
    async def world(self) -> AsyncIterator[FileTargetWorld]:
        async with Paxml() as system:
            yield SftpWorld(system)
