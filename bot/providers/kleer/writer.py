"""Making exactly the change of a plan: the user whole, the agreement by what changed, and each salary by its day.

Kleer has no versions, so what a round compares was read a moment before (`WriteRounds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value
from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.json_values import amount_of
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.errors import ERRORS
from bot.providers.kleer.field_table import AGREEMENT, BY_KEY, END, ENTRIES, USER, HeldUser, sent_text, texts_of
from bot.providers.kleer.reader import KleerReader
from bot.providers.kleer.reference_data import KleerReferenceData
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus


class KleerWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: KleerClient, people: KleerReader, registers: KleerReferenceData) -> None:
        self._client = client
        self._people = people
        self._registers = registers

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._registers.load()
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            return await _KleerWrite(self._client, self._people, self._registers, change, settings).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _KleerWrite(WriteRounds[HeldUser]):
    """One change being made."""

    def __init__(
        self,
        client: KleerClient,
        people: KleerReader,
        registers: KleerReferenceData,
        change: Change,
        settings: Settings,
    ) -> None:
        super().__init__(change, ERRORS, not_stored="kleer_not_stored")
        self._client = client
        self._people = people
        self._registers = registers
        self._settings = settings
        self._lines: set[date | None] = set()

    async def read(self, target_id: str) -> tuple[HeldUser, TargetPerson] | None:
        """One user as Kleer shows them."""
        held = await self._people.held(target_id)
        if held is None:
            return None
        if self.wrote and self._lines - held.lines.keys():
            # What a new line does to others is not published.
            self.told.append(Finding("kleer_salaries_gone", Severity.WARNING, "salary"))
        self._lines = set(held.lines)
        return held, self._people.person(held)

    async def create(self) -> str:
        """The user alone. An answer that never came is settled by the number, which we give and nobody else has."""
        values = changes_at(self.change.fields, Level.PERSON)
        body = {"id": "0", "active": "true", **texts_of(values, self._settings)}
        try:
            made = await self._send("PUT", "/user", "user", body, USER)
        except Unavailable as lost:
            if not lost.sent:
                raise
            made = await self._made_after_all(lost)
        if made is None:
            raise ERRORS.unreadable("PUT /user: no id", sent=True)
        self.wrote = True
        return made

    async def _made_after_all(self, lost: Unavailable) -> str:
        try:
            found = await self._people.by_number(self.change.person.number)
        except ProviderError:
            raise lost from None
        if len(found) != 1:
            raise lost
        return found[0].id

    async def write(self, held: HeldUser, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:
        """One round of writes: the user, the agreement, and every salary from its day, the earliest first."""
        identifier = text_at(held.user, "id")
        own = changes_at(missing, Level.PERSON)
        starts = sorted({key[0] for level, key in new_parts if level is Level.EMPLOYMENT})
        jobs = {change.key[0]: change.key for change in missing if change.level is Level.EMPLOYMENT}
        for start in sorted({*starts, *jobs}):
            values = changes_at(missing, Level.EMPLOYMENT, (start,))
            inactive = values.pop("inactive", None)
            if inactive is not None and inactive != BY_KEY["inactive"].read(text_at(held.user, "active")):
                own["inactive"] = inactive
            body = self._agreement(held, values, start if start in starts else None)
            if body:
                method = "POST" if held.agreement is not None else "PUT"
                await self._send(method, f"/payroll/user/{identifier}", "payroll-user-writable", body, AGREEMENT)
        if own:
            body = _whole(held.user) | texts_of(own, self._settings)
            await self._send("POST", f"/user/{identifier}", "user", body, USER)
        for key in sorted({change.key for change in missing if change.level is Level.TERMS}):
            line = self._line(held, key[1], changes_at(missing, Level.TERMS, key))
            if line and (held.agreement is not None or starts):
                path = f"/payroll/user/{identifier}"
                await self._send("POST", path, "payroll-user-writable", line, AGREEMENT)

    def _agreement(self, held: HeldUser, values: dict[str, Value], start: date | None) -> dict[str, Any]:
        """An agreement's elements. `start`: it begins, in the place of the one before, whose last day must not stay."""
        center = values.pop("cost_center", None)
        body = texts_of(values, self._settings)
        if "end_date" in values:
            body[END] = {} if values["end_date"] is None else {END: body[END]}
        if start is not None:
            body["employment-start-date"] = start.isoformat()
            if held.agreement is not None:
                body.setdefault(END, {})
        if center is not None:
            # The list is written whole: what is of other dimensions stays.
            kept = [one for one in held.entries if self._registers.label(one) is None]
            ours = self._registers.id_of(str(center))
            body[ENTRIES] = {"dimension-entry": [{"id": one} for one in (*kept, ours)]}
        return body

    def _line(self, held: HeldUser, day: date, values: Mapping[str, Value]) -> dict[str, Any]:
        """Pay from a day on. No month's salary is said of somebody who has none."""
        body: dict[str, Any] = {}
        salary = values.get("salary")
        if salary or (salary is not None and held.salary_on(day)):
            body |= {"monthly-salary": sent_text(salary), "monthly-salary-start-date": day.isoformat()}
        if (rate := values.get("hourly_wage")) is not None:
            body |= {"hourly-salary": sent_text(rate), "hourly-salary-start-date": day.isoformat()}
        elif salary and held.salary_on(day) and amount_of(text_at(held.agreement, "hourly-salary")):
            # Overtime may be paid by it: it is kept when the salary changes, and told.
            self.told.append(Finding("pay.rate_kept", Severity.WARNING, "hourly_wage"))
        return body

    async def _send(
        self, method: str, path: str, root: str, body: Mapping[str, Any], order: Sequence[str]
    ) -> str | None:
        ordered = {name: body[name] for name in order if name in body}
        return await self.written(method, path, self._client.send(method, path, root, ordered))


def _whole(user: ET.Element) -> dict[str, Any]:
    """All that can be written of a user, as it was read."""
    return {name: _said(found) for name in USER if (found := user.find(name)) is not None}


def _said(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    made: dict[str, Any] = {}
    for inner in element:
        made.setdefault(inner.tag, []).append(_said(inner))
    return made
