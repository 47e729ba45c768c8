"""Making exactly the change of a plan in rounds (`WriteRounds`), one write at a time per person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.errors import Rejected
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus
from bot.providers.tripletex.bodies import body_of, carried, has_derived_rate
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import ERRORS
from bot.providers.tripletex.field_table import OF_LEVEL
from bot.providers.tripletex.reader import TripletexReader
from bot.providers.tripletex.reference_data import TripletexReferenceData

Json = Mapping[str, Any]


class TripletexWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: TripletexClient, people: TripletexReader, registers: TripletexReferenceData) -> None:
        self._client = client
        self._people = people
        self._registers = registers

    async def apply(self, change: Change, settings: Settings) -> WriteResult:  # noqa: ARG002 - all is in the change
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            return await _TripletexWrite(self._client, self._people, self._registers, change).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        asked = _readable(change.fields)
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS, asked)


class _TripletexWrite(WriteRounds[Json]):
    """One change being made."""

    def __init__(
        self, client: TripletexClient, people: TripletexReader, registers: TripletexReferenceData, change: Change
    ) -> None:
        super().__init__(change, ERRORS, not_stored="tripletex_not_stored", asked=_readable(change.fields))
        self._client = client
        self._people = people
        self._registers = registers

    async def read(self, target_id: str) -> tuple[Json, TargetPerson] | None:
        """One person as Tripletex shows them."""
        shown = await self._people.raw(target_id)
        return None if shown is None else (shown, self._people.person(shown))

    async def create(self) -> str:
        """One request for person, employments and rows, so that it is there as a whole or not at all."""
        change = self.change
        body = await body_of(Level.PERSON, changes_at(change.fields, Level.PERSON), self._registers)
        employments = sorted(key for level, key in change.new_parts if level is Level.EMPLOYMENT)
        if employments:
            body["employments"] = [await self._employment_body(key) for key in employments]
        return str((await self._send("POST", "/employee", body))["id"])

    async def write(self, held: Json, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """One round of writes, in the order in which Tripletex can take them."""
        locked = await self._write_person(held, changes_at(missing, Level.PERSON))
        employments = {_start(e): e for e in held.get("employments") or ()}
        # Ends come before new beginnings: employments of one person may not overlap.
        for start, employment in employments.items():
            values = changes_at(missing, Level.EMPLOYMENT, (start,))
            if values:
                body = await body_of(Level.EMPLOYMENT, values, self._registers)
                await self._put(f"/employee/employment/{employment['id']}", employment, body)
                if "end_date" in values and "end_reason" not in values and not employment.get("employmentEndReason"):
                    self._tell("end_reason.missing", "end_reason")
        for level, key in sorted(new_parts, key=lambda part: part[1]):
            if level is Level.EMPLOYMENT:
                body = {"employee": {"id": held["id"]}, **await self._employment_body(key)}
                await self._send("POST", "/employee/employment", body)
                if held.get("allowInformationRegistration") is False:
                    self._tell("tripletex_registration_off", "employment")
        await self._write_terms(employments, missing)
        if locked is not None:
            self.told.append(locked)
            self.refused.add(locked.field)

    def _tell(self, code: str, field: str) -> None:
        self.told_last.append(Finding(code, Severity.WARNING, field))

    async def _write_person(self, shown: Json, values: dict[str, Value]) -> Finding | None:
        """Gives what is to be told of a birth date that is locked."""
        held = _text(shown.get("dateOfBirth"))
        birth_date = values.pop("birth_date") if held and "birth_date" in values else None
        version = shown.get("version")
        path = f"/employee/{shown['id']}"
        if values:
            body = await body_of(Level.PERSON, values, self._registers, shown)
            version = (await self._put(path, shown, body)).get("version", version)
        if birth_date is None:
            return None
        # Apart from the rest: once an a-melding has been delivered, Tripletex refuses another birth date.
        body = await body_of(Level.PERSON, {"birth_date": birth_date}, self._registers)
        try:
            await self._put(path, {"id": shown["id"], "version": version}, body)
        except Rejected as refused:
            code = "tripletex_birth_date_locked"
            return Finding(code, Severity.WARNING, "birth_date", verbatim=refused.verbatim)
        return None

    async def _write_terms(self, employments: Mapping[date | None, Json], missing: Sequence[FieldChange]) -> None:
        """Upsert dated rows of employments that were there: the same day is changed, a new day is added."""
        made: defaultdict[date | None, list[dict[str, Any]]] = defaultdict(list)
        keys = sorted({f.key for f in missing if f.level is Level.TERMS and f.key[0] in employments})
        for key in keys:
            start, day = key
            employment = employments[start]
            rows = [*(employment.get("employmentDetails") or ()), *made[start]]
            row = next((r for r in rows if r.get("date") == day.isoformat()), None)
            if row is not None:
                body = await body_of(Level.TERMS, changes_at(missing, Level.TERMS, key), self._registers)
                await self._put(f"/employee/employment/details/{row['id']}", row, body)
            else:
                before: Json = max((r for r in rows if _text(r.get("date")) < day.isoformat()), key=_date, default={})
                body = await self._terms_body(key, before)
                made[start].append(body)
                await self._send("POST", "/employee/employment/details", {**body, "employment": _id(employment)})

    async def _put(self, path: str, shown: Json, body: dict[str, Any]) -> dict[str, Any]:
        """Change some fields. The version just read makes Tripletex refuse if somebody else was quicker."""
        return await self._send("PUT", path, {"id": shown["id"], "version": shown["version"], **body})

    async def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self.written(method, path, self._client.send(method, path, body))

    async def _employment_body(self, key: tuple[date, ...]) -> dict[str, Any]:
        body = await body_of(Level.EMPLOYMENT, changes_at(self.change.fields, Level.EMPLOYMENT, key), self._registers)
        body["startDate"] = key[0].isoformat()
        rows = sorted(k for level, k in self.change.new_parts if level is Level.TERMS and k[0] == key[0])
        made: list[dict[str, Any]] = []
        for row in rows:
            made.append(await self._terms_body(row, made[-1] if made else None))
        if made:
            body["employmentDetails"] = made
        return body

    async def _terms_body(self, key: tuple[date, ...], before: Json | None = None) -> dict[str, Any]:
        """A whole new row: what the change sets in it, and what the row `before` it holds beside that."""
        values = changes_at(self.change.fields, Level.TERMS, key)
        body = await body_of(Level.TERMS, values, self._registers)
        kept = carried(before or {}, values)
        if "annual_salary" in values and "hourlyWage" in kept and not has_derived_rate(before or {}):
            self._tell("pay.rate_kept", "hourly_wage")
        body = {"date": key[1].isoformat(), **kept, **body}
        if not body.get("annualSalary") and not body.get("hourlyWage"):
            self._tell("tripletex_row_without_pay", "salary")
        return body


def _start(employment: Json) -> date | None:
    value = _text(employment.get("startDate"))
    return date.fromisoformat(value) if value else None


def _date(row: Json) -> str:
    return _text(row.get("date"))


def _id(thing: Json) -> dict[str, Any]:
    return {"id": thing["id"]}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _readable(fields: Iterable[FieldChange]) -> list[FieldChange]:
    """The fields whose arrival a read can tell; one that Tripletex never shows is taken for done."""
    return [f for f in fields if OF_LEVEL[f.level][f.field].readable]
