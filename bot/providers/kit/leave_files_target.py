"""A payroll system that takes absence alone, as files. A provider says which codes there are, and makes the files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.core.text import text
from bot.domain.findings import Finding
from bot.domain.leave import LeaveFinding, LeavePerson
from bot.domain.leave_delivery import LeaveFileRequest
from bot.providers.errors import Unsupported
from bot.providers.kit.elements import plain
from bot.providers.kit.leave_file_account import FileCompany, LeaveFileAccount
from bot.providers.kit.leave_files import digest_of, file_name, put_once, require_rows
from bot.providers.leave_protocol import LeaveCode, LeaveFile, LeaveLimits
from bot.providers.protocol import (
    Account,
    Choice,
    Connection,
    FieldSpec,
    FileTarget,
    PackedFile,
    ResourceSpec,
    Settings,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def number_of(person: LeavePerson) -> str:
    """The number of the source: nothing else is known of people in a system that takes no employees."""
    return plain(person.number) or ""


class LeaveFilesTarget(ABC):
    """The `LeaveFileTarget` over one account. `key` is the provider's, `absence` what it declares of it, `codes` are
    those to choose from.

    Options: `connect_seconds` and `transfer_seconds` for SFTP.
    """

    key: ClassVar[str]
    absence: ClassVar[ResourceSpec]
    codes: ClassVar[Sequence[LeaveCode]]

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._account = LeaveFileAccount(self.key, connection)
        self._now = now

    async def identify(self) -> Account:
        """Sign in where there is a server."""
        return await self._account.identify()

    async def leave_preflight(self) -> Sequence[Finding]:
        """Look for the folder; nothing is written."""
        await self._account.look()
        return []

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """Those that are usual; a customer's own come from the leave types."""
        return self.codes

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """None can be read. Raises `KeyError`, as no setting is live."""
        raise KeyError(setting)

    @abstractmethod
    def differences_proven(self, settings: Settings) -> bool:
        """Only where somebody has tried it with the payroll system, and said so."""

    @abstractmethod
    def contents(
        self, request: LeaveFileRequest, company: FileCompany, at: datetime, settings: Settings
    ) -> Sequence[tuple[str, bytes]]:
        """The files in order, each as the ending of its name and its bytes; `at` is Stockholm's time."""

    @abstractmethod
    def moments(self, at: datetime) -> Sequence[str]:
        """How the time of making stands in the files."""

    def findings(self, request: LeaveFileRequest, settings: Settings) -> tuple[LeaveFinding, ...]:  # noqa: ARG002
        """What the files cannot say, of nobody by name."""
        return ()

    async def render(self, request: LeaveFileRequest, settings: Settings) -> LeaveFile:
        """The files of a period."""
        company, _ = self._account.company()
        proven = self.differences_proven(settings)
        limits = self.absence.leave or LeaveLimits()
        require_rows(self.key, request, number_of=number_of, takes=limits.takes_number, codes=None, proven=proven)
        at = self._now().astimezone(STOCKHOLM)
        made = self.contents(request, company, at, settings)
        digest = digest_of(*(content for _, content in made), without=self.moments(at))
        files = tuple(
            PackedFile(name=file_name(self._prefix(company), request, digest, ending), content=content)
            for ending, content in made
        )
        return LeaveFile(files=files, content_digest=digest, findings=self.findings(request, settings))

    async def deliver(self, file: LeaveFile, settings: Settings) -> None:  # noqa: ARG002 - the account says where
        """Put each in place as a whole or not at all; one that is there already is left as it is."""
        company, _ = self._account.company()
        server = self._account.server()

        async def put(names: Iterator[str], data: bytes) -> None:
            await server.put_whole(names, data, prefix=self._prefix(company))

        await put_once(file, put)

    def _prefix(self, company: FileCompany) -> str:
        return f"{self.key.replace('_', '-')}-absence-{company.number}-"


class AbsenceOnly:
    """A provider that takes no employees. `made` is its target of absence."""

    key: ClassVar[str]
    made: ClassVar[type[LeaveFilesTarget]]
    fields: Sequence[FieldSpec] = ()

    def connect(self, connection: Connection) -> AbstractAsyncContextManager[FileTarget]:  # noqa: ARG002
        """Raises `Unsupported`: there is nothing to open for employees."""
        raise Unsupported(f"{self.key}: takes absence alone", text=text("provider.absence_only"))

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[LeaveFilesTarget]:
        """Open it for absence; nothing is sent before the first delivery. `expected_account` pins it."""
        yield self.made(connection)
