"""Making exactly the change of a plan, one write at a time per person.

Every round reads the person afresh, does what is still missing, and the round after it finds nothing left to do. So a
change that was interrupted is finished by making it again, and nothing is written twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from bot.core.log_config import id_of
from bot.core.text import text
from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.equality import remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.kit.written_parts import changed_since, changes_at, names_not_stored, settled_write
from bot.providers.protocol import TargetPerson, WriteResult, WriteStatus
from bot.providers.tripletex.bodies import body_of, carried, has_derived_rate
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import TripletexVersionConflict
from bot.providers.tripletex.field_table import OF_LEVEL
from bot.providers.tripletex.reader import TripletexReader
from bot.providers.tripletex.reference_data import TripletexReferenceData

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]

ROUNDS = 4
"""Rounds that may write; after them is one more that only looks."""


class TripletexWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: TripletexClient, people: TripletexReader, registers: TripletexReferenceData) -> None:
        self._client = client
        self._people = people
        self._registers = registers

    async def apply(self, change: Change) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            making = _TripletexWrite(self._client, self._people, self._registers, change)
            try:
                return await making.done()
            except Unavailable as error:
                # Not sent, this one; but something before it was, so that only a read can tell how far it went.
                error.sent = error.sent or making.wrote
                raise

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        if change.kind is ChangeKind.CREATE:
            found = await self._people.by_number(change.person.number)
            if len(found) > 1:
                raise _changed("the employee number is there twice")
            person = found[0] if found else None
        else:
            person = await self._people.read(change.person.target_id or "")
        return settled_write(change, person, _readable(change.fields))


class _TripletexWrite:
    """One change being made. `wrote` tells whether a write of it has succeeded."""

    def __init__(
        self, client: TripletexClient, people: TripletexReader, registers: TripletexReferenceData, change: Change
    ) -> None:
        self._client = client
        self._people = people
        self._registers = registers
        self._change = change
        self._told: list[Finding] = []
        self.wrote = False

    async def done(self) -> WriteResult:
        """Make the change."""
        if self._change.kind is ChangeKind.CREATE:
            return await self._rounds(await self._create())
        if self._change.person.target_id is None:
            raise ValueError("an update needs the person's id in the target")
        return await self._rounds(self._change.person.target_id)

    async def _create(self) -> str:
        """One request for person, employments and rows, so that it is there as a whole or not at all."""
        change = self._change
        body = await body_of(Level.PERSON, changes_at(change.fields, Level.PERSON), self._registers)
        employments = sorted(key for level, key in change.new_parts if level is Level.EMPLOYMENT)
        if employments:
            body["employments"] = [await self._employment_body(key) for key in employments]
        try:
            created = await self._send("POST", "/employee", body)
        except TripletexVersionConflict as stale:
            raise stale.error from None
        return str(created["id"])

    async def _rounds(self, target_id: str) -> WriteResult:
        """Rounds of reading and writing until the person is as the change says, or a round changed nothing.

        Raises `WriteConflict` where that never comes about.
        """
        findings: list[Finding] = []
        refused: frozenset[str] = frozenset()
        before: tuple[Sequence[FieldChange], Sequence[Address]] | None = None
        met_a_change = False
        for turn in range(ROUNDS + 1):
            shown = await self._people.raw(target_id)
            if shown is None:
                raise _changed("the person is gone")
            person = self._people.person(shown)
            asked = [field for field in _readable(self._change.fields) if field.field not in refused]
            missing, new_parts = remaining(person.record, asked, self._change.new_parts)
            if not missing and not new_parts:
                break
            if (missing, new_parts) == before:
                # Written, accepted, and still not there: say so rather than write it for ever.
                findings += _not_stored(missing, new_parts)
                break
            if turn == ROUNDS:
                # Something else was missing each time: somebody writes at the same time, and the rest is not there.
                raise _changed(f"unfinished after {ROUNDS} rounds")
            if not self.wrote:
                refuse_if_changed(self._change, missing, person)
            try:
                stopped = await self._write(shown, missing, new_parts)
            except TripletexVersionConflict as met:
                if met_a_change:
                    raise met.error from None
                met_a_change = True
                log.info("write_met_a_change", system="tripletex", person=id_of(target_id))
                continue
            before = missing, new_parts
            findings += stopped
            refused |= {finding.field for finding in stopped}
        findings += [told for i, told in enumerate(self._told) if told not in self._told[:i]]
        return WriteResult(target_id=target_id, wrote=self.wrote, findings=tuple(findings))

    def _tell(self, code: str, field: str) -> None:
        self._told.append(Finding(f"tripletex_{code}", Severity.WARNING, field))

    async def _write(self, shown: Json, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> list[Finding]:
        """One round of writes, in the order in which Tripletex can take them."""
        findings = await self._write_person(shown, changes_at(missing, Level.PERSON))
        employments = {_start(e): e for e in shown.get("employments") or ()}
        # Ends come before new beginnings: employments of one person may not overlap.
        for start, employment in employments.items():
            values = changes_at(missing, Level.EMPLOYMENT, (start,))
            if values:
                body = await body_of(Level.EMPLOYMENT, values, self._registers)
                await self._put(f"/employee/employment/{employment['id']}", employment, body)
                if "end_date" in values and "end_reason" not in values and not employment.get("employmentEndReason"):
                    self._told.append(Finding("end_reason.missing", Severity.WARNING, "end_reason"))
        for level, key in sorted(new_parts, key=lambda part: part[1]):
            if level is Level.EMPLOYMENT:
                body = {"employee": {"id": shown["id"]}, **await self._employment_body(key)}
                await self._send("POST", "/employee/employment", body)
                if shown.get("allowInformationRegistration") is False:
                    self._tell("registration_off", "employment")
        await self._write_terms(employments, missing)
        return findings

    async def _write_person(self, shown: Json, values: dict[str, Value]) -> list[Finding]:
        held = _text(shown.get("dateOfBirth"))
        birth_date = values.pop("birth_date") if held and "birth_date" in values else None
        version = shown.get("version")
        path = f"/employee/{shown['id']}"
        if values:
            body = await body_of(Level.PERSON, values, self._registers, shown)
            version = (await self._put(path, shown, body)).get("version", version)
        if birth_date is None:
            return []
        # Apart from the rest: once an a-melding has been delivered, Tripletex refuses another birth date.
        body = await body_of(Level.PERSON, {"birth_date": birth_date}, self._registers)
        try:
            await self._put(path, {"id": shown["id"], "version": version}, body)
        except Rejected as refused:
            code = "tripletex_birth_date_locked"
            return [Finding(code, Severity.WARNING, "birth_date", verbatim=refused.verbatim)]
        return []

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
        value = await self._client.send(method, path, body)
        self.wrote = True
        return value

    async def _employment_body(self, key: tuple[date, ...]) -> dict[str, Any]:
        body = await body_of(Level.EMPLOYMENT, changes_at(self._change.fields, Level.EMPLOYMENT, key), self._registers)
        body["startDate"] = key[0].isoformat()
        rows = sorted(k for level, k in self._change.new_parts if level is Level.TERMS and k[0] == key[0])
        made: list[dict[str, Any]] = []
        for row in rows:
            made.append(await self._terms_body(row, made[-1] if made else None))
        if made:
            body["employmentDetails"] = made
        return body

    async def _terms_body(self, key: tuple[date, ...], before: Json | None = None) -> dict[str, Any]:
        """A whole new row: what the change sets in it, and what the row `before` it holds beside that."""
        values = changes_at(self._change.fields, Level.TERMS, key)
        body = await body_of(Level.TERMS, values, self._registers)
        kept = carried(before or {}, values)
        if "annual_salary" in values and "hourlyWage" in kept and not has_derived_rate(before or {}):
            self._told.append(Finding("pay.rate_kept", Severity.WARNING, "hourly_wage"))
        body = {"date": key[1].isoformat(), **kept, **body}
        if not body.get("annualSalary") and not body.get("hourlyWage"):
            self._tell("row_without_pay", "salary")
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


def refuse_if_changed(change: Change, missing: Iterable[FieldChange], person: TargetPerson) -> None:
    """A field that is neither as the plan found it nor as it shall be was changed by somebody else."""
    if reason := changed_since(change, missing, person):
        raise _changed(reason)


def _not_stored(missing: Iterable[FieldChange], absent: Sequence[Address]) -> list[Finding]:
    return [Finding("tripletex_not_stored", Severity.WARNING, name) for name in names_not_stored(missing, absent)]


def _changed(reason: str) -> WriteConflict:
    return WriteConflict(
        f"tripletex: {reason}",
        text=text("tripletex.changed_meanwhile"),
        advice=text("tripletex.changed_meanwhile.advice"),
    )
