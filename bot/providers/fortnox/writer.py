"""Making exactly the change of a plan: one object, written whole when it is new and by its changed fields afterwards.

Fortnox has no versions, so what a round compares was read a moment before (`WriteRounds`). A history of pay is always
sent complete, as it is not known whether rows that are left out would stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.fortnox.client import FortnoxClient, employee_path
from bot.providers.fortnox.errors import ERRORS
from bot.providers.fortnox.field_table import FIRST_DAY, fields_of, wage_of, wages_of
from bot.providers.fortnox.reader import FortnoxReader, person_of
from bot.providers.kit.json_values import amount_of, day_of
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus

Json = Mapping[str, Any]


class FortnoxWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: FortnoxClient, people: FortnoxReader) -> None:
        self._client = client
        self._people = people

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        async with self._client.write_lock(change.person.target_id or change.person.number.strip()):
            return await _FortnoxWrite(self._client, self._people, change, settings).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _FortnoxWrite(WriteRounds[Json]):
    """One change being made."""

    def __init__(self, client: FortnoxClient, people: FortnoxReader, change: Change, settings: Settings) -> None:
        super().__init__(change, ERRORS, not_stored="fortnox_not_stored")
        self._client = client
        self._people = people
        self._settings = settings

    async def read(self, target_id: str) -> tuple[Json, TargetPerson] | None:
        """One employee as Fortnox shows them."""
        held = await self._people.held(target_id)
        if held is None:
            return None
        start, end = day_of(held.get("EmploymentDate")), day_of(held.get("EmployedTo"))
        if self.wrote and start is not None and end is not None and end < start:
            # The end of the employment before is still there: it would be paid as if it were over.
            self.told.append(Finding("fortnox_end_not_cleared", Severity.WARNING, "end_date", {"day": end}))
        return held, person_of(held)

    async def create(self) -> str:
        """The employee with everything. The number is ours, so that an answer that never came is settled by it."""
        number = self.change.person.number.strip()
        body = self._body({}, number, self.change.fields, self.change.new_parts)
        made = await self.written("POST", "/employees", self._client.send("POST", "/employees", "Employee", body))
        return str(made.get("EmployeeId") or number)

    async def write(self, held: Json, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """One change of the one object."""
        number = str(held["EmployeeId"])
        body = self._body(held, number, missing, new_parts)
        sent = self._client.send("PUT", employee_path(number), "Employee", body)
        await self.written("PUT", "/employees", sent)

    def _body(
        self, held: Json, number: str, fields: Sequence[FieldChange], new_parts: Sequence[Address]
    ) -> dict[str, Any]:
        body = fields_of(Level.PERSON, changes_at(fields, Level.PERSON), self._settings)
        for start in sorted({change.key[0] for change in fields if change.level is Level.EMPLOYMENT}):
            values = changes_at(fields, Level.EMPLOYMENT, (start,))
            body |= fields_of(Level.EMPLOYMENT, values, self._settings)
        for level, key in new_parts:
            if level is Level.EMPLOYMENT:
                # It takes the place of the one before, whose end must not stay.
                body = {"EmployedTo": "", **body} if held else body
                body["EmploymentDate"] = key[0].isoformat()
        days = {change.key[1]: change.key for change in fields if change.level is Level.TERMS}
        if days:
            rows = {day: changes_at(fields, Level.TERMS, key) for day, key in sorted(days.items())}
            body["DatedWages"] = self._wages(held, number, rows)
        return body

    def _wages(self, held: Json, number: str, rows: Mapping[date, Mapping[str, Value]]) -> list[dict[str, Any]]:
        """The whole history with these rows in it. Its first row is of 1970-01-01, whatever the first day of work."""
        there = {day: row for day, row in wages_of(held).items() if day is not None}
        made = {day: wage_of(row, number, day, {}) for day, row in there.items()}
        for day, values in rows.items():
            first = day if made else FIRST_DAY
            if first not in made and (before := max((one for one in made if one < first), default=None)) is not None:
                made[first] = wage_of(self._rate_kept(made[before], values), number, first, {})
            made[first] = wage_of(made.get(first, {}), number, first, values)
        return [made[day] for day in sorted(made)]

    def _rate_kept(self, before: Json, values: Mapping[str, Value]) -> Json:
        """The rate by the hour that somebody has beside a monthly salary, as overtime may be paid by it: it is kept
        when the salary changes, and told."""
        has_both = amount_of(before.get("MonthlySalary")) and amount_of(before.get("HourlyPay"))
        if not has_both or "salary" not in values:
            return {}
        self.told.append(Finding("pay.rate_kept", Severity.WARNING, "hourly_wage"))
        return {"HourlyPay": before["HourlyPay"]}
