"""Making exactly the change of a plan: the whole employee, and all their employments, as they were read a moment before
with the change in them.

It is not published what becomes of members that an update leaves out, so that none is left out. There are no versions
(`WriteRounds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.equality import remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.json_values import day_of
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.errors import ERRORS
from bot.providers.twentyfour_seven_office.field_table import (
    NOT_PRIMARY,
    PAY,
    HeldStaff,
    job_body,
    pay_body,
    pay_day,
    person_body,
    sent_text,
)
from bot.providers.twentyfour_seven_office.reader import PEOPLE, TwentyFourReader
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists

_E = Level.EMPLOYMENT


class TwentyFourWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: TwentyFourClient, people: TwentyFourReader, lists: TwentyFourLists) -> None:
        self._client = client
        self._people = people
        self._lists = lists

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._lists.load()
        async with self._client.write_lock(change.person.target_id or change.person.number.strip()):
            return await _TwentyFourWrite(self._client, self._people, self._lists, change).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _TwentyFourWrite(WriteRounds[HeldStaff]):
    """One change being made."""

    def __init__(
        self, client: TwentyFourClient, people: TwentyFourReader, lists: TwentyFourLists, change: Change
    ) -> None:
        super().__init__(change, ERRORS, not_stored="twentyfour_seven_office_not_stored")
        self._client = client
        self._people = people
        self._lists = lists

    async def read(self, target_id: str) -> tuple[HeldStaff, TargetPerson] | None:
        """One employee as 24SevenOffice shows them."""
        held = await self._people.held(target_id)
        return None if held is None else (held, self._people.person(held))

    async def create(self) -> str:
        """The employee with their pay. An answer that never came is settled by who has the number now: employments are
        made after it, so that the person alone is no sign of a create that was left."""
        number = self.change.person.number.strip()
        try:
            await self._send(PEOPLE, self._employee({}, self.change.fields))
        except Unavailable as lost:
            if not lost.sent or not await self._is_there(number, lost):
                raise
            self.wrote = True
        return number

    async def _is_there(self, number: str, lost: Unavailable) -> bool:
        """Whether the number is that of exactly the person of the change. Raises `lost` where that cannot be read."""
        try:
            found = await self._people.read(number)
        except ProviderError:
            raise lost from None
        person = [field for field in self.change.fields if field.level is Level.PERSON]
        return found is not None and remaining(found.record, person, ()) == ((), ())

    async def write(self, held: HeldStaff, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """The employee first, then the employments: each only if something of theirs changes."""
        number = str(held.employee["empId"])
        employee = self._employee(held.employee, missing)
        if employee != held.employee:
            await self._send(f"{PEOPLE}/{number}", employee)
        jobs = self._jobs(held, missing, new_parts)
        if jobs != list(held.jobs):
            await self._send(f"/employment/v2/{number}", jobs)

    def _employee(self, shown: Mapping[str, Any], fields: Sequence[FieldChange]) -> dict[str, Any]:
        body = {**shown, **person_body(changes_at(fields, Level.PERSON), shown, self._lists)}
        for start in sorted({change.key[0] for change in fields if change.level is _E}):
            values = changes_at(fields, _E, (start,))
            if "employee_percentage" in values:
                body["employment_rate"] = sent_text(values["employee_percentage"])
                body["employment_rate_valid_from"] = sent_text(self._day_of_share(shown, start))
            if any(key in values for key in (*PAY, "effective_from")):
                body |= pay_body(values)
                body["salary_valid_from"] = sent_text(self._day_of_pay(shown, values))
        return body

    def _day_of_share(self, shown: Mapping[str, Any], start: date) -> date:
        """A percentage holds from today, and the one before it stays until then; a new employment's from its start."""
        day = start if (_E, (start,)) in self.change.new_parts else max(self._people.today, start)
        # One from before what is shown would go below it, and not hold.
        return max(day, day_of(shown.get("employment_rate_valid_from")) or day)

    def _day_of_pay(self, shown: Mapping[str, Any], values: Mapping[str, Value]) -> date | None:
        """The day of the pay; never one before the pay that is shown, as it would go below that one and not hold."""
        day, held = values.get("effective_from"), pay_day(shown)
        if not isinstance(day, date):
            return held
        if held is None or held <= day:
            return day
        self.refused.add("effective_from")
        later = Finding("twentyfour_seven_office_pay_day_kept", Severity.WARNING, "effective_from", {"day": held})
        self.told.append(later)
        return held

    def _jobs(
        self, held: HeldStaff, fields: Sequence[FieldChange], new_parts: Sequence[Address]
    ) -> list[dict[str, Any]]:
        """All employments, each with its id, so that none is made twice."""
        starts = {id(job): start for start, job in held.by_start().items()}
        jobs = [
            {**job, **job_body(changes_at(fields, _E, (starts[id(job)],)), self._lists)}
            if id(job) in starts
            else {**job}
            for job in held.jobs
        ]
        for level, key in sorted(new_parts, key=lambda part: part[1]):
            if level is _E:
                values = job_body(changes_at(self.change.fields, level, key), self._lists)
                jobs.append({"startdate": key[0].isoformat(), "primary_employment": NOT_PRIMARY, **values})
        chosen = {one.key[0].isoformat() for one in self.change.fields if one.field == "primary_employment" and one.new}
        if not chosen:
            return jobs
        # There is one primary employment: where another becomes it, the one before is it no more.
        return [job if job["startdate"][:10] in chosen else {**job, "primary_employment": NOT_PRIMARY} for job in jobs]

    async def _send(self, path: str, body: dict[str, Any] | list[dict[str, Any]]) -> None:
        await self.written("POST", path, self._client.send(path, body))
