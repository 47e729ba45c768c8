"""Making exactly the change of a plan, one write at a time per person.

Every document is read, compared with the plan, changed and sent back whole with its ETag; what is already as it shall
be is not sent. So a change that was interrupted is finished by making it again, and nothing is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import structlog

from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.equality import as_found, remaining
from bot.domain.findings import Finding
from bot.domain.record import Level, Value, same
from bot.providers.kit.one_person import about_one_person, call_of
from bot.providers.kit.usual_errors import VersionConflict
from bot.providers.kit.write_rounds import OneChange, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import Settings, Write, WriteResult, WriteStatus
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.documents import differs, edited_person, edited_position, new_employee, new_position
from bot.providers.visma_net.errors import ERRORS, two_positions
from bot.providers.visma_net.field_table import FIELDS, by_start, person_values, position_values, salary_values
from bot.providers.visma_net.jobs import Job
from bot.providers.visma_net.reader import VismaNetReader
from bot.providers.visma_net.reference_data import VismaNetReferenceData
from bot.providers.visma_net.settings import chosen
from bot.providers.visma_net.timeline import begins, entries_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

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
            return await _VismaNetWrite(self._client, self._people, self._registers, change, settings).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made, once no job that might still make it is under way.

        Raises `Unavailable` while one is.
        """
        await self._registers.load()
        await self._client.finish(_note(change))
        await self._wait("/employees/jobs")
        if change.kind is not ChangeKind.CREATE:
            await self._wait(f"/employees/{change.person.target_id or ''}/positions/jobs")
        asked = _readable(change.fields)
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS, asked)

    async def _wait(self, jobs: str) -> None:
        if not await self._client.quiet(jobs):
            raise ERRORS.unreadable("jobs are still under way", sent=True)


class _VismaNetWrite(OneChange):
    """One change being made. A write of it has succeeded when it has been accepted and so has its job."""

    def __init__(
        self,
        client: VismaNetClient,
        people: VismaNetReader,
        registers: VismaNetReferenceData,
        change: Change,
        settings: Settings,
    ) -> None:
        super().__init__(change, ERRORS, not_stored="visma_net_not_stored", asked=_readable(change.fields))
        self._client = client
        self._people = people
        self._registers = registers
        self._settings = settings

    async def create(self) -> str:
        """One request for the person and all positions, so that they are there as a whole or not at all."""
        change = self.change
        earlier = await self._client.finish(_note(change))
        if earlier is not None and earlier.succeeded:
            raise ERRORS.changed("an earlier create has succeeded by now")
        if await self._people.by_number(change.person.number):
            raise ERRORS.changed("the employee number has been taken meanwhile")
        starts = [key for level, key in change.new_parts if level is Level.EMPLOYMENT]
        body = new_employee(
            changes_at(change.fields, Level.PERSON),
            [self._new_position(key) for key in sorted(starts)],
            email_type=chosen(self._settings, "email_type"),
            phone_type=chosen(self._settings, "phone_type"),
            today=self._people.today,
        )
        job = await self._send("POST", "/employees/withPosition", body)
        return job.artifact_id or await self._id_of_the_new()

    async def bring_about(self, target_id: str) -> str:
        """Each document that the change is about; then a look at what has become of them."""
        if self.change.kind is not ChangeKind.CREATE:
            await self._update(target_id)
        return await self._looked_at(target_id)

    async def _update(self, target_id: str) -> None:
        """The person's own document first, then each position; what has ended before what begins."""
        change = self.change
        path = f"/employees/{target_id}"
        if self._changes(Level.PERSON):
            await self._put(path, self._edited_person)
        keys = {key[:1] for level, key in self._addresses() if level is not Level.PERSON}
        new = {key for level, key in change.new_parts if level is Level.EMPLOYMENT}
        if keys:
            held = by_start(await self._read(f"{path}/positions", self._client.rows(f"{path}/positions")))
            for key in sorted(keys, key=lambda key: (key in new, key)):
                if key[0] in held:
                    position = held[key[0]]
                    if position is None:
                        raise two_positions(key[0])
                    await self._put(f"{path}/positions/{position['id']}", self._edit_of_position(key))
                elif key in new:
                    await self._send("POST", f"{path}/positions", self._new_position(key))
                else:
                    raise ERRORS.changed("a position is gone")

    async def _put(self, path: str, edit: Edit) -> None:
        """Get, change, put whole. Somebody who was quicker is met once: what they left is judged like the first."""
        for last in (False, True):
            found = await self._read(path, self._client.get(path))
            if found is None:
                raise ERRORS.changed("the document is gone")
            document, etag = found
            body, findings = edit(document)
            if not differs(document, body):
                return
            try:
                await self._send("PUT", path, body, etag)
            except VersionConflict:
                if last:
                    raise
                log.info("write_met_a_change", system="visma_net")
                continue
            self.told += findings
            return

    async def _read(self, path: str, asked: Coroutine[Any, Any, T]) -> T:
        with about_one_person(call_of("GET", path), self.change.person.source_id):
            return await asked

    async def _send(self, method: str, path: str, body: Json, etag: str | None = None) -> Job:
        sent = self._client.send(method, path, body, etag=etag, note=_note(self.change))
        job = await self.written(method, path, sent)
        self.told += job.warnings()
        return job

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
        terms = {address[1]: changes_at(self.change.fields, Level.TERMS, address) for address in self._terms(key)}
        values = changes_at(self.change.fields, Level.EMPLOYMENT, key)
        return new_position(key[0], values, terms, self.change.person.source_id, self._registers.id_of)

    def _changes(self, level: Level, key: Key = ()) -> list[FieldChange]:
        return [f for f in self.change.fields if (f.level, f.key) == (level, key)]

    def _addresses(self) -> set[tuple[Level, Key]]:
        return {(f.level, f.key) for f in self.change.fields} | set(self.change.new_parts)

    def _terms(self, key: Key) -> list[Key]:
        return sorted(k for level, k in self._addresses() if level is Level.TERMS and k[:1] == key and k[1] != k[0])

    async def _id_of_the_new(self) -> str:
        found = await self._people.by_number(self.change.person.number)
        if len(found) != 1:
            raise ERRORS.unreadable("the job names no employee", sent=True)
        return found[0].id

    async def _looked_at(self, target_id: str) -> str:
        """Read once more: what Visma.net accepted without keeping, and who still waits for approval, is told."""
        path = f"/employees/{target_id}"
        found = await self._read(path, self._client.get(path, [("embed", "(positions)")]))
        if found is None:
            raise ERRORS.unreadable("the employee cannot be read back", sent=self.wrote)
        shown, _ = found
        person = self._people.person(shown)
        if self.wrote:
            self.tell_not_stored(*remaining(person.record, self.asked, self.change.new_parts))
        self.told += person.waiting
        return person.id


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
                raise ERRORS.changed(f"{change.level}.{change.field} differs from the plan")
            values[change.field] = change.new
    return values | along if values else {}
