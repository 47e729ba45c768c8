"""PAXml as a target of absence: a file for each payroll period, put where files of people go, or given to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.domain.leave import LeaveFinding
from bot.domain.leave_delivery import LeaveFileRequest
from bot.providers.errors import Unsupported
from bot.providers.kit.leave_files import digest_of, file_name, put_once, require_rows
from bot.providers.leave_protocol import LeaveCode, LeaveFile
from bot.providers.paxml.account import PaxmlAccount
from bot.providers.paxml.document import MOMENT, Company
from bot.providers.paxml.leave_document import leave_document, number_of
from bot.providers.paxml.leave_settings import CODES, LIST, OF_A_CHILD, PLACE, TIME_CODES, leave_chosen
from bot.providers.protocol import Account, Choice, Connection, PackedFile, Settings

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class PaxmlLeaveTarget:
    """The `LeaveFileTarget` over the same folder or server as files of people. It keeps nothing of what it puts there.

    Options: those of `PaxmlFileTarget`.
    """

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._account = PaxmlAccount(connection)
        self._now = now

    async def identify(self) -> Account:
        """Look for the folder, or sign in."""
        return await self._account.identify()

    async def leave_preflight(self) -> Sequence[Finding]:
        """Look for the folder; nothing is written."""
        _, way = self._account.company()
        await way.look()
        return []

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The format's own list."""
        return CODES

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """None: nothing can be read from a system behind a folder. Raises `KeyError`, as no setting is live."""
        raise KeyError(setting)

    def differences_proven(self, settings: Settings) -> bool:
        """Only where somebody has tried it with the payroll system, and said so."""
        return leave_chosen(settings, "corrections") != LIST

    async def render(self, request: LeaveFileRequest, settings: Settings) -> LeaveFile:
        """One file for the period."""
        company, _ = self._account.company()
        proven = self.differences_proven(settings)
        require_rows("paxml", request, number_of=number_of, codes=TIME_CODES.keys(), proven=proven)
        at = self._now().astimezone(STOCKHOLM)
        content = leave_document(request, company, at, settings)
        digest = digest_of(content, without=[at.strftime(MOMENT)])
        name = file_name(_prefix(company), request, digest, leave_chosen(settings, "extension"))
        findings: tuple[LeaveFinding, ...] = ()
        if any(row.key.code in OF_A_CHILD for row in request.rows):
            # Of nobody by name: it would say why they are away.
            findings = (LeaveFinding(code="child_number", severity=Severity.WARNING),)
        packed = PackedFile(name=name, content=content)
        return LeaveFile(files=(packed,), content_digest=digest, findings=findings)

    async def deliver(self, file: LeaveFile, settings: Settings) -> None:
        """Put it in place as a whole or not at all; one that is there already is left as it is."""
        company, way = self._account.company()
        if leave_chosen(settings, "leave_delivery") != PLACE:
            raise Unsupported("paxml: files of absence are given to a person", text=text("leave.file.by_hand"))

        async def put(names: Iterator[str], data: bytes) -> None:
            await way.put(names, data, prefix=_prefix(company), settings=settings)

        await put_once(file, put)


def _prefix(company: Company) -> str:
    """What the names of a company's files of absence begin with; none of its files of people do."""
    return f"paxml-absence-{company.number}-"
