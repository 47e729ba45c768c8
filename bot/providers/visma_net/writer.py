"""Making exactly the change of a plan, one write at a time per person.

Every document is read, compared with the plan, changed and sent back whole with its ETag; what is already as it shall
be is not sent. So a change that was interrupted is finished by making it again, and nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import structlog

from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.equality import as_found, remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value, same
from bot.providers.errors import Unavailable
from bot.providers.kit.written_parts import names_not_stored, settled_write
from bot.providers.protocol import Settings, Write, WriteResult, WriteStatus
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.documents import differs, edited_person, edited_position, new_employee, new_position
from bot.providers.visma_net.errors import VismaNetVersionConflict, changed, two_positions, unclear
from bot.providers.visma_net.field_table import FIELDS, by_start, person_values, position_values, salary_values
from bot.providers.visma_net.reader import VismaNetReader
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.settings import chosen
from bot.providers.visma_net.timeline import begins, entries_of

log = structlog.get_logger(__name__)

Json = dict[str, Any]
Values = dict[str, Value]
Key = tuple[date, ...]
Edit = Callable[[Json], tuple[Json, list[Finding]]]

ALONG = frozenset((rule.level, rule.key) for rule in FIELDS if rule.write is Write.ALONG)
"""Fields that say how another one is written, and are not asked for afterwards."""

UNREAD = frozenset({"email", "phone"})
"""Fields that are sent only where the settings name a type for them."""


class VismaNetWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: VismaNetClient, people: VismaNetReader, registers: VismaNetReferenceData) -> None:
        self._client = client
        self._people = people
        self._registers = registers

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._registers.load()
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            making = _VismaNetWrite(self._client, self._people, self._registers, change)
            try:
                if change.kind is ChangeKind.CREATE:
                    return await making.create(settings)
                return await making.update()
            except Unavailable as error:
                # Not sent, this one; but something before it was, so that only a read can tell how far it went.
                error.sent = error.sent or making.wrote
                raise

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made, once no job that might still make it is under way.

        Raises `Unavailable` while one is.
        """
        await self._registers.load()
        await self._client.finish(_note(change))
        await self._wait("/employees/jobs")
        if change.kind is ChangeKind.CREATE:
            found = await self._people.by_number(change.person.number)
            if len(found) > 1:
                raise changed("the employee number is there twice")
            person = found[0] if found else None
        else:
            target_id = change.person.target_id or ""
            await self._wait(f"/employees/{target_id}/positions/jobs")
            person = await self._people.read(target_id)
        return settled_write(change, person, _readable(change.fields))

    async def _wait(self, jobs: str) -> None:
        if not await self._client.quiet(jobs):
            raise unclear("jobs are still under way", sent=True)


class _VismaNetWrite:
    """One change being made. `wrote` tells whether a write of it has been accepted and its job has succeeded."""

    def __init__(
        self, client: VismaNetClient, people: VismaNetReader, registers: VismaNetReferenceData, change: Change
    ) -> None:
        self.wrote = False
        self._client = client
        self._people = people
        self._registers = registers
        self._change = change
        self._findings: list[Finding] = []

    async def create(self, settings: Settings) -> WriteResult:
        """One request for the person and all positions, so that they are there as a whole or not at all."""
        change = self._change
        earlier = await self._client.finish(_note(change))
        if earlier is not None and earlier.succeeded:
            raise changed("an earlier create has succeeded by now")
        if await self._people.by_number(change.person.number):
            raise changed("the employee number has been taken meanwhile")
        starts = [key for level, key in change.new_parts if level is Level.EMPLOYMENT]
        body = new_employee(
            self._values(Level.PERSON),
            [self._new_position(key) for key in sorted(starts)],
            email_type=chosen(settings, "email_type"),
            phone_type=chosen(settings, "phone_type"),
            today=self._people.today,
        )
        try:
            job = await self._client.send("POST", "/employees/withPosition", body, note=_note(change))
        except VismaNetVersionConflict as stale:
            raise stale.error from None
        self.wrote = True
        self._findings += job.warnings()
        target_id = job.artifact_id or await self._id_of_the_new()
        return await self._looked_at(target_id)

    async def update(self) -> WriteResult:
        """The person's own document first, then each position; what has ended before what begins."""
        change, target_id = self._change, self._change.person.target_id
        if target_id is None:
            raise ValueError("an update needs the person's id in the target")
        path = f"/employees/{target_id}"
        if self._changes(Level.PERSON):
            await self._put(path, self._edited_person)
        keys = {key[:1] for level, key in self._addresses() if level is not Level.PERSON}
        new = {key for level, key in change.new_parts if level is Level.EMPLOYMENT}
        if keys:
            held = by_start(await self._client.rows(f"{path}/positions"))
            for key in sorted(keys, key=lambda key: (key in new, key)):
                if key[0] in held:
                    position = held[key[0]]
                    if position is None:
                        raise two_positions(key[0])
                    await self._put(f"{path}/positions/{position['id']}", self._edit_of_position(key))
                elif key in new:
                    await self._send("POST", f"{path}/positions", self._new_position(key))
                else:
                    raise changed("a position is gone")
        return await self._looked_at(target_id)

    async def _put(self, path: str, edit: Edit) -> None:
        """Get, change, put whole. Somebody who was quicker is met once: what they left is judged like the first."""
        for last in (False, True):
            found = await self._client.get(path)
            if found is None:
                raise changed("the document is gone")
            document, etag = found
            body, findings = edit(document)
            if not differs(document, body):
                return
            try:
                await self._send("PUT", path, body, etag)
            except VismaNetVersionConflict as stale:
                if last:
                    raise stale.error from None
                log.info("write_met_a_change", system="visma_net")
                continue
            self._findings += findings
            return

    async def _send(self, method: str, path: str, body: Json, etag: str | None = None) -> None:
        job = await self._client.send(method, path, body, etag=etag, note=_note(self._change))
        self.wrote = True
        self._findings += job.warnings()

    def _edited_person(self, document: Json) -> tuple[Json, list[Finding]]:
        held = person_values(document, self._people.today)
        values = still_to_do(self._changes(Level.PERSON), held)
        return edited_person(document, values, self._people.today), []

    def _edit_of_position(self, key: Key) -> Edit:
        def edit(document: Json) -> tuple[Json, list[Finding]]:
            today = self._people.today
            held = position_values(document, today, self._registers.label)
            values = still_to_do(self._changes(Level.EMPLOYMENT, key), held)
            terms: dict[date, Values] = {}
            coming = {begins(e): salary_values(e) for e in entries_of(document.get("salaryInformation"))}
            for address in self._terms(key):
                terms[address[1]] = still_to_do(self._changes(Level.TERMS, address), coming.get(address[1], {}))
            return edited_position(document, values, terms, today, self._registers.id_of)

        return edit

    def _new_position(self, key: Key) -> Json:
        terms = {address[1]: self._values(Level.TERMS, address) for address in self._terms(key)}
        values = self._values(Level.EMPLOYMENT, key)
        return new_position(key[0], values, terms, self._change.person.source_id, self._registers.id_of)

    def _changes(self, level: Level, key: Key = ()) -> list[FieldChange]:
        return [f for f in self._change.fields if (f.level, f.key) == (level, key)]

    def _values(self, level: Level, key: Key = ()) -> Values:
        return {f.field: f.new for f in self._changes(level, key)}

    def _addresses(self) -> set[tuple[Level, Key]]:
        return {(f.level, f.key) for f in self._change.fields} | set(self._change.new_parts)

    def _terms(self, key: Key) -> list[Key]:
        return sorted(k for level, k in self._addresses() if level is Level.TERMS and k[:1] == key and k[1] != k[0])

    async def _id_of_the_new(self) -> str:
        found = await self._people.by_number(self._change.person.number)
        if len(found) != 1:
            raise unclear("the job names no employee", sent=True)
        return found[0].id

    async def _looked_at(self, target_id: str) -> WriteResult:
        """Read once more: what Visma.net accepted without keeping, and who still waits for approval, is told."""
        found = await self._client.get(f"/employees/{target_id}", [("embed", "(positions)")])
        if found is None:
            raise unclear("the employee cannot be read back", sent=self.wrote)
        shown, _ = found
        person = self._people.person(shown)
        if self.wrote:
            missing, absent = remaining(person.record, _readable(self._change.fields), self._change.new_parts)
            self._findings += _not_stored(missing, absent)
        self._findings += person.waiting
        findings = [one for place, one in enumerate(self._findings) if one not in self._findings[:place]]
        return WriteResult(target_id=person.id, wrote=self.wrote, findings=tuple(findings))


def _note(change: Change) -> str:
    """The name under which an unfinished job of a change is remembered."""
    return change.person.target_id or f"number {change.person.number.strip()}"


def _readable(fields: Iterable[FieldChange]) -> list[FieldChange]:
    """The fields whose arrival a read can tell; another one is taken for done."""
    return [field for field in fields if (field.level, field.field) not in ALONG and field.field not in UNREAD]


def still_to_do(changes: Iterable[FieldChange], held: Mapping[str, Value]) -> Values:
    """New values that are not there yet. Raises `WriteConflict` for one that is neither new nor what the plan found."""
    values: Values = {}
    along: Values = {}
    for change in changes:
        if (change.level, change.field) in ALONG:
            along[change.field] = change.new
        elif change.field not in held:
            values[change.field] = change.new
        elif not same(held[change.field], change.new):
            if not as_found(change, held[change.field]):
                raise changed(f"{change.level}.{change.field} differs from the plan")
            values[change.field] = change.new
    return values | along if values else {}


def _not_stored(missing: Iterable[FieldChange], absent: Sequence[Address]) -> list[Finding]:
    return [Finding("visma_net_not_stored", Severity.WARNING, name) for name in names_not_stored(missing, absent)]
