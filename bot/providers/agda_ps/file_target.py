"""Agda PS as a file target: what the core may ask of it, put together from its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.text import text
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Record
from bot.providers.agda_ps.desired_employment import ServiceBuilder, with_rows_of_pay, with_rows_of_service
from bot.providers.agda_ps.desired_person import person_part
from bot.providers.agda_ps.document import document, file_name, file_prefix
from bot.providers.agda_ps.field_table import FIELDS
from bot.providers.agda_ps.settings import PARENT_FOLDER, PRODUCTION, TEST, chosen
from bot.providers.errors import Rejected, WrongAccount
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.one_key import shared_keys
from bot.providers.kit.private_writes import private_writes
from bot.providers.kit.sftp import Login, SftpServer, SftpTimeouts
from bot.providers.kit.sftp_errors import Refusals
from bot.providers.protocol import (
    EMPLOYEE_FILES,
    Account,
    Choice,
    Connection,
    DeliveryItem,
    Desired,
    FieldSpec,
    Settings,
    WriteResult,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FOLDERS = {TEST: "Test/Importfiler", PRODUCTION: "Prod/Importfiler"}
"""Where the import job looks. Source: Simployer's help centre, "Agda PS integration", with backslashes."""

REFUSALS = Refusals("agda_ps", separator="\\")

MISSING = {TEST: "agda_ps_no_test_folder", PRODUCTION: "agda_ps_no_production_folder"}


@private_writes
class AgdaFileTarget:
    """The `FileTarget` over one account for files. It keeps nothing of what it sends.

    Options: `connect_seconds`, `transfer_seconds`, `test_folder`, `production_folder`.
    """

    fields: Sequence[FieldSpec] = FIELDS
    employees = EMPLOYEE_FILES

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        credentials, options = connection.credentials, connection.options
        self._credentials = credentials
        self._expected = connection.expected_account
        self._patience = SftpTimeouts.of(options)
        self._networks = AllowedNetworks.of(options)
        self._folders = {kind: options.get(f"{kind}_folder") or folder for kind, folder in FOLDERS.items()}
        self._company_number = credentials.get("company_number", "").strip()
        self._company_name = " ".join(credentials.get("company_name", "").split())
        self._now = now

    async def identify(self) -> Account:
        """Sign in. The account is named by what leads to it: Agda PS says nothing about the company behind it."""
        server = self._server()
        await server.sign_in()
        login = server.login
        return Account(
            id=self._account_id(login),
            name=f"{self._company_name} (FTG_NR {self._company_number})",
            user=f"{login.username}@{login.host} {login.host_key}",
        )

    async def preflight(self) -> Sequence[Finding]:
        """Look for the folders that the import job reads.

        Before they belong to an integration, what a delivery does is tried in each with an empty file.
        """
        server = self._server()
        there = {kind: await server.has_folder(folder) for kind, folder in self._folders.items()}
        if not any(there.values()):
            raise REFUSALS.folder_missing(self._folders[TEST])
        found = []
        prefix = file_prefix(self._company_number, self._company_name)
        for kind, folder in self._folders.items():
            shown = {"folder": REFUSALS.shown(folder)}
            if not there[kind]:
                found.append(Finding(MISSING[kind], Severity.WARNING, "number", shown))
            elif self._expected is None and not await server.try_folder(folder, prefix):
                found.append(Finding("agda_ps_takes_drafts", Severity.WARNING, "number", shown))
        return found

    async def choices(self, setting: str) -> Sequence[Choice]:  # noqa: ARG002 - the protocol's
        """None: nothing can be read from Agda PS."""
        return []

    async def reference_data_version(self) -> str:
        """None: nothing is looked up."""
        return ""

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have; nothing is asked of the server."""
        person, findings = person_part(employee, today)
        parts, more = ServiceBuilder(employee, settings, today).build()
        return Desired(record=(person, *parts), findings=(*findings, *more), place=chosen(settings, "folder"))

    def carry(self, record: Record, rows: Sequence[Address]) -> Record:
        """A raise or share of full time that was delivered and taken back: its row goes on with what holds."""
        pay = [key for level, key in rows if level is Level.TERMS]
        return with_rows_of_service(
            with_rows_of_pay(record, pay), [key for level, key in rows if level is Level.EMPLOYMENT]
        )

    def refused(self, parcels: Sequence[DeliveryItem]) -> Mapping[int, Rejected]:
        """Parcels that share a key: the import job takes whoever has the same number for one person."""
        return {
            position: Rejected(
                "agda_ps: one key for two people",
                field=field,
                text=text("agda_ps.one_key_for_two"),
                advice=text("agda_ps.one_key_for_two.advice"),
            )
            for position, field in shared_keys(parcels).items()
        }

    async def deliver(self, parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
        """One file for all, in place as a whole or not at all."""
        for refusal in self.refused(parcels).values():
            raise refusal
        folder = self._folders[chosen(settings, "folder")]
        drafts = folder.rpartition("/")[0] or "." if chosen(settings, "upload") == PARENT_FOLDER else folder
        await self._server().put(
            folder,
            self._names(),
            document(parcels, self._company_number, settings),
            prefix=file_prefix(self._company_number, self._company_name),
            drafts=drafts,
        )
        return [WriteResult(target_id=parcel.number) for parcel in parcels]

    def _names(self) -> Iterator[str]:
        """The file's name now, or a second later where that is taken."""
        at = self._now().astimezone(STOCKHOLM)
        while True:
            yield file_name(self._company_number, self._company_name, at)
            at += timedelta(seconds=1)

    def _server(self) -> SftpServer:
        """The server, for the account that the integration belongs to."""
        login = Login.of(self._credentials, REFUSALS)
        if self._expected is not None and self._account_id(login) != self._expected:
            raise WrongAccount(
                "agda_ps: another account",
                text=text("agda_ps.wrong_account"),
                advice=text("agda_ps.wrong_account.advice"),
            )
        return SftpServer(login, REFUSALS, self._patience, self._networks)

    def _account_id(self, login: Login) -> str:
        return f"{login.username}@{login.host}:{login.port}/{self._company_number}"
