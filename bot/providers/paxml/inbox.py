"""PAXml as an inbox: files into a folder of the server, from which a payroll system imports them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from bot.providers import folder
from bot.providers.errors import CredentialsRefused, NotPermitted, Rejected, Unavailable, WrongAccount
from bot.providers.paxml.document import Company, document
from bot.providers.paxml.mapping import FIELDS, REMOVABLE
from bot.providers.paxml.person import PersonPart
from bot.providers.paxml.settings import chosen
from bot.providers.protocol import Account, Applied, Choice, Connection, Desired, FieldRule, Parcel, Settings
from bot.sync.change import ChangeKind, Finding, Level, Severity
from bot.sync.employee import Employee
from bot.text import text

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class PaxmlInbox:
    """The `Inbox` over one folder. It keeps nothing of what it puts there.

    Options: `folder`, the folder of the server in which the operator makes one for each customer. A customer names
    theirs and can name none outside it.
    """

    fields: Sequence[FieldRule] = FIELDS

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._credentials = connection.credentials
        self._root = connection.options.get("folder", "").strip()
        self._expected = connection.expected_account
        self._now = now

    async def identify(self) -> Account:
        """Look for the folder. Nothing can be asked of the system behind it: the account is folder and company."""
        company = self._company()
        await asyncio.to_thread(self._folder)
        return Account(id=self._account_id(company), name=company.name, organisation_number=company.number)

    async def preflight(self) -> Sequence[Finding]:
        """Nothing more can be seen without writing: a folder that is closed is told by the first delivery."""
        self._company()
        await asyncio.to_thread(self._folder)
        return []

    async def choices(self, setting: str) -> Sequence[Choice]:  # noqa: ARG002 - the protocol's
        """None: nothing can be read from a system behind a folder."""
        return []

    async def desired(self, employee: Employee, settings: Settings, today: date) -> Desired:
        """The record that the employee should have."""
        part, findings = PersonPart(employee, settings, today).made()
        return Desired(record=() if part is None else (part,), findings=tuple(findings))

    def link(self, target_id: str) -> str | None:  # noqa: ARG002 - the protocol's
        """None: there are no pages."""
        return None

    async def deliver(self, parcels: Sequence[Parcel], settings: Settings) -> Sequence[Applied]:
        """One file for all, in place as a whole or not at all."""
        company = self._company()
        _refuse_doubles(parcels)
        data = document(parcels, company, self._now().astimezone(STOCKHOLM), settings)
        prefix = f"paxml-{company.number}-"
        names = self._names(prefix, chosen(settings, "extension"))

        def put() -> None:
            folder.put(self._folder(), names, data, prefix=prefix)

        try:
            await asyncio.to_thread(put)
        except PermissionError as error:
            raise NotPermitted(
                f"paxml: {type(error).__name__}",
                text=text("paxml.folder_closed"),
                advice=text("paxml.folder_closed.advice"),
            ) from None
        except OSError as error:
            raise Unavailable(
                f"paxml: {type(error).__name__} {error.errno}",
                text=text("paxml.not_stored"),
                advice=text("paxml.not_stored.advice"),
                verbatim=error.strerror,
            ) from None
        return [Applied(target_id=parcel.number, findings=_unsaid(parcel)) for parcel in parcels]

    def _names(self, prefix: str, extension: str) -> Iterator[str]:
        """The file's name now, or a second later where that is taken."""
        at = self._now().astimezone(STOCKHOLM)
        while True:
            yield f"{prefix}{at:%Y%m%d-%H%M%S}.{extension}"
            at += timedelta(seconds=1)

    def _company(self) -> Company:
        """Whose integration it is. Raises `CredentialsRefused` for a number that is none, `WrongAccount`."""
        try:
            number = orgnr.validate(self._credentials.get("organisation_number", ""))
        except ValidationError:
            raise _refused("organisation_number", "number_invalid") from None
        company = Company(number, " ".join(self._credentials.get("company_name", "").split()))
        if self._expected is not None and self._account_id(company) != self._expected:
            raise WrongAccount(
                "paxml: another account", text=text("paxml.wrong_account"), advice=text("paxml.wrong_account.advice")
            )
        return company

    def _folder(self) -> Path:
        """The customer's folder. Blocks. Raises `CredentialsRefused` where there is none of that name."""
        if not self._root:
            raise _refused("folder", "no_folders")
        if not Path(self._root).is_dir():
            raise Unavailable(
                "paxml: the folder of folders is not there",
                text=text("paxml.not_there"),
                advice=text("paxml.not_there.advice"),
            )
        name = self._name()
        # A name, never a path: no customer reaches beyond the folders that are meant for them.
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name) or not (Path(self._root) / name).is_dir():
            raise _refused("folder", "folder_unknown")
        return Path(self._root) / name

    def _name(self) -> str:
        return self._credentials.get("folder", "").strip()

    def _account_id(self, company: Company) -> str:
        return f"{self._name()}/{company.number}"


def _refused(field: str, word: str) -> CredentialsRefused:
    return CredentialsRefused(
        f"paxml: {word}", field=field, text=text(f"paxml.{word}"), advice=text(f"paxml.{word}.advice")
    )


def _refuse_doubles(parcels: Sequence[Parcel]) -> None:
    """One key, one person: the importer takes whoever has the same number or identity number for the same person."""
    for keys in ([parcel.number for parcel in parcels], [_identity(parcel) for parcel in parcels]):
        if any(count > 1 for key, count in Counter(keys).items() if key):
            raise Rejected(
                "paxml: one key for two people",
                field="identity_number",
                text=text("paxml.one_key_for_two"),
                advice=text("paxml.one_key_for_two.advice"),
            )


def _identity(parcel: Parcel) -> str:
    return str(
        next((part.values.get("identity_number") for part in parcel.record if part.level is Level.PERSON), "") or ""
    )


def _unsaid(parcel: Parcel) -> tuple[Finding, ...]:
    """What a file cannot say, and a person must do instead."""
    found = [
        Finding("paxml_cannot_clear", Severity.WARNING, change.field)
        for change in parcel.change.fields
        if change.new is None and change.field in REMOVABLE
    ]
    if parcel.change.kind is ChangeKind.UPDATE and any(one.field == "identity_number" for one in parcel.change.fields):
        found.append(Finding("paxml_identity_changed", Severity.WARNING, "identity_number"))
    return tuple(found)
