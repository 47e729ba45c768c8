"""Making exactly the change of a plan, one write at a time per person.

Go has no versions, so what a round compares was read a moment before (`WriteRounds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.errors import NotPermitted, ProviderError, Unavailable
from bot.providers.kit.json_values import day_of, digits_of
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.errors import ERRORS
from bot.providers.poweroffice_go.field_table import (
    FIXED,
    HeldJob,
    HeldPerson,
    body_of,
    has_own_rate,
    patch_of,
    replaced,
)
from bot.providers.poweroffice_go.reader import PowerofficeGoReader
from bot.providers.poweroffice_go.reference_data import GoReferenceData
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus


class PowerofficeGoWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: PowerofficeGoClient, people: PowerofficeGoReader, registers: GoReferenceData) -> None:
        self._client = client
        self._people = people
        self._registers = registers

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._registers.load()
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            return await _GoWrite(self._client, self._people, self._registers, change).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _GoWrite(WriteRounds[HeldPerson]):
    """One change being made."""

    def __init__(
        self, client: PowerofficeGoClient, people: PowerofficeGoReader, registers: GoReferenceData, change: Change
    ) -> None:
        super().__init__(change, ERRORS, not_stored="poweroffice_go_not_stored")
        self._client = client
        self._people = people
        self._ids = registers.id_of

    async def read(self, target_id: str) -> tuple[HeldPerson, TargetPerson] | None:
        """One person as Go shows them."""
        held = await self._people.held(target_id)
        return None if held is None else (held, self._people.person(held))

    async def create(self) -> str:
        """The person alone. An answer that never came is settled by the id of the source, which nobody else carries."""
        values = changes_at(self.change.fields, Level.PERSON)
        try:
            made = await self._send("POST", "/Employees", body_of(Level.PERSON, values, self._ids))
        except Unavailable as lost:
            if not lost.sent:
                raise
            try:
                found = await self._people.by_reference(self.change.person.source_id)
            except ProviderError:
                raise lost from None
            if len(found) != 1:
                raise
            self.wrote = True
            return found[0]
        return str(made["Id"])

    async def write(self, held: HeldPerson, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """One round of writes. Ends come before new beginnings; lines of a new employment are the next round's."""
        identifier = held.employee["Id"]
        values = changes_at(missing, Level.PERSON)
        account = values.pop("bank_account", None)
        if values:
            await self._send("PATCH", f"/Employees/{identifier}", patch_of(Level.PERSON, values, self._ids))
        if account is not None:
            await self._choose_account(held, str(account))
        for start, each in held.by_start().items():
            await self._write_job(identifier, each, changes_at(missing, Level.EMPLOYMENT, (start,)))
        for level, key in sorted(new_parts, key=lambda part: part[1]):
            if level is Level.EMPLOYMENT:
                body = body_of(level, changes_at(self.change.fields, level, key), self._ids)
                body |= {"StartDate": key[0].isoformat(), "IsDefault": True}
                await self._send("POST", f"/Employees/{identifier}/Employments", body)
                if held.employee.get("IsArchived") is True:
                    self.told_last.append(Finding("poweroffice_go_archived", Severity.WARNING, "employment"))
        for key in sorted({field.key for field in missing if field.level is Level.TERMS}):
            if (job := held.by_start().get(key[0])) is not None:
                await self._write_salary(job, key[1], changes_at(missing, Level.TERMS, key))

    async def _choose_account(self, held: HeldPerson, number: str) -> None:
        """Make the account unless it is there, and choose it, which takes a privilege of its own."""
        identifier = held.employee["Id"]
        found = [each for each in held.accounts if digits_of(each.get("BankAccountNumber")) == number]
        if not found:
            body = {"BankAccountNumber": number, "CountryCode": "NO", "IsActive": True}
            found = [await self._send("POST", f"/ContactBankAccounts/{identifier}", body)]
        try:
            patch = [replaced("SalaryBankAccountId", found[0]["Id"])]
            await self._send("PATCH", f"/Employees/{identifier}/BankAccounts", patch)
        except NotPermitted:
            self.refused.add("bank_account")
            self.told.append(Finding("poweroffice_go_account_not_chosen", Severity.WARNING, "bank_account"))

    async def _write_job(self, employee: Any, held: HeldJob, values: dict[str, Value]) -> None:
        share = values.pop("percentage", None)
        if values:
            patch = patch_of(Level.EMPLOYMENT, values, self._ids)
            await self._send("PATCH", f"/Employees/{employee}/Employments/{held.job['Id']}", patch)
        if share is not None:
            # A percentage holds from today; the one before it stays until then. A new employment's from its start.
            today, start = self._people.today, held.start or self._people.today
            day = start if (Level.EMPLOYMENT, (start,)) in self.change.new_parts else max(today, start)
            await self._line(held, "FtePercentages", held.percentages, day, {"FtePercentage": share})

    async def _write_salary(self, held: HeldJob, day: date, values: dict[str, Value]) -> None:
        """A line of that day is corrected, another one added. Pay is one thing: the amount of the other kind goes, but
        for somebody's own hourly rate beside an annual salary, as overtime is paid by it."""
        now = [row for row in held.salaries if day_of(row.get("FromDate")) == day]
        earlier = [row for row in held.salaries if (day_of(row.get("FromDate")) or date.max) < day]
        row: Mapping[str, Any] = now[0] if now else max(earlier, key=lambda one: str(one["FromDate"]), default={})
        whole = changes_at(self.change.fields, Level.TERMS, (held.start, day)) if not now else values
        line = body_of(Level.TERMS, whole, self._ids)
        kind = line.get("RemunerationType") or row.get("RemunerationType")
        own_rate = has_own_rate(row, held.job)
        if kind == FIXED:
            line["HourlyRate"] = row.get("HourlyRate") if own_rate else None
            if own_rate:
                self.told.append(Finding("pay.rate_kept", Severity.WARNING, "hourly_wage"))
        elif row.get("AnnualSalary") is not None and now:
            line["AnnualSalary"] = None
        await self._line(held, "Salaries", held.salaries, day, line)

    async def _line(
        self, held: HeldJob, lines: str, rows: Sequence[Mapping[str, Any]], day: date, values: Mapping[str, Any]
    ) -> None:
        path = f"/Employees/Employments/{held.job['Id']}/{lines}"
        same_day = next((row for row in rows if day_of(row.get("FromDate")) == day), None)
        if same_day is None:
            body = {name: value for name, value in values.items() if value is not None}
            await self._send("POST", path, {"FromDate": day.isoformat(), **body})
        else:
            patch = [replaced(name, value) for name, value in values.items()]
            await self._send("PATCH", f"{path}/{same_day['Id']}", patch)

    async def _send(self, method: str, path: str, body: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
        return await self.written(method, path, self._client.send(method, path, body))
