"""PAXml as a file target: files into a folder, here or on an SFTP server, from which a payroll system imports them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.text import text
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Level
from bot.providers.errors import Rejected
from bot.providers.kit.one_key import shared_keys
from bot.providers.kit.private_writes import private_writes
from bot.providers.paxml.account import PaxmlAccount
from bot.providers.paxml.desired_person import PaxmlPersonBuilder
from bot.providers.paxml.document import Company, document
from bot.providers.paxml.field_table import FIELDS, REMOVABLE
from bot.providers.paxml.settings import chosen
from bot.providers.protocol import (
    EMPLOYEE_FILES,
    Account,
    Choice,
    Connection,
    DeliveryItem,
    Desired,
    FieldSpec,
    PackedFile,
    Settings,
    WriteResult,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@private_writes
class PaxmlFileTarget:
    """The `FileExporter` over one folder. It keeps nothing of what it puts there.

    Options: `folder`, the folder of the server in which the operator makes one for each customer (a customer names
    theirs and can name none outside it); for SFTP, `connect_seconds` and `transfer_seconds`.
    """

    fields: Sequence[FieldSpec] = FIELDS
    employees = replace(EMPLOYEE_FILES, exports_file=True)

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._account = PaxmlAccount(connection)
        self._now = now

    async def identify(self) -> Account:
        """Look for the folder, or sign in. Nothing can be asked of the system behind it."""
        return await self._account.identify()

    async def preflight(self) -> Sequence[Finding]:
        """Look for the folder; before it belongs to an integration, try with an empty file what a delivery does."""
        company, way = self._account.company()
        await way.look()
        if not self._account.is_pinned and not await way.try_out(_prefix(company)):
            return [Finding("paxml_takes_drafts", Severity.WARNING, "number")]
        return []

    async def choices(self, setting: str) -> Sequence[Choice]:  # noqa: ARG002 - the protocol's
        """None: nothing can be read from a system behind a folder."""
        return []

    async def reference_data_version(self) -> str:
        """Where files go: what was delivered to another place does not count, whoever has changed since."""
        return self._account.way().place

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have."""
        part, findings = PaxmlPersonBuilder(employee, settings, today).build()
        record = () if part is None else (part,)
        return Desired(record=record, findings=tuple(findings), place=self._account.way().place)

    def refused(self, parcels: Sequence[DeliveryItem]) -> Mapping[int, Rejected]:
        """Parcels that share a key: the importer takes whoever has the same number or identity for one person."""
        return {
            position: Rejected(
                "paxml: one key for two people",
                field=field,
                text=text("paxml.one_key_for_two"),
                advice=text("paxml.one_key_for_two.advice"),
            )
            for position, field in shared_keys(parcels).items()
        }

    def unsaid(self, change: Change) -> Sequence[Finding]:
        """What is gone and stays in the payroll system, and another identity number than it knows."""
        found = [
            Finding("paxml_cannot_clear", Severity.WARNING, one.field)
            for one in change.fields
            if one.new is None and one.field in REMOVABLE
        ]
        whole = (Level.PERSON, ()) in change.new_parts  # says nothing of what has changed
        identity = any(one.field == "identity_number" for one in change.fields)
        if change.kind is ChangeKind.UPDATE and identity and not whole:
            found.append(Finding("paxml_identity_changed", Severity.WARNING, "identity_number"))
        return found

    async def pack(self, parcels: Sequence[DeliveryItem], settings: Settings) -> PackedFile:
        """The file that `deliver` would put in place, and its first name."""
        company, _ = self._account.company()
        data = self._document(parcels, company, settings)
        return PackedFile(name=next(self._names(_prefix(company), chosen(settings, "extension"))), content=data)

    async def deliver(self, parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
        """One file for all, in place as a whole or not at all."""
        company, way = self._account.company()
        data, prefix = self._document(parcels, company, settings), _prefix(company)
        await way.put(self._names(prefix, chosen(settings, "extension")), data, prefix=prefix, settings=settings)
        return [WriteResult(target_id=parcel.number) for parcel in parcels]

    def _document(self, parcels: Sequence[DeliveryItem], company: Company, settings: Settings) -> bytes:
        for refusal in self.refused(parcels).values():
            raise refusal
        return document(parcels, company, self._now().astimezone(STOCKHOLM), settings)

    def _names(self, prefix: str, extension: str) -> Iterator[str]:
        """The file's name now, or a second later where that is taken."""
        at = self._now().astimezone(STOCKHOLM)
        while True:
            yield f"{prefix}{at:%Y%m%d-%H%M%S}.{extension}"
            at += timedelta(seconds=1)


def _prefix(company: Company) -> str:
    """What the names of all files of one company begin with."""
    return f"paxml-{company.number}-"
