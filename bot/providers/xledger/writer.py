"""Making exactly the change of a plan: one mutation with what changes alone.

An update needs the id alone, so it is taken to leave what is not in it; whatever else is another afterwards is told.
There are no versions, so what a round compares was read a moment before (`WriteRounds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level, Value, same
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import Settings, TargetPerson, WriteResult, WriteStatus
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.errors import ERRORS
from bot.providers.xledger.field_table import BY_KEY, node_of
from bot.providers.xledger.reader import XledgerReader
from bot.providers.xledger.reference_data import XledgerReferenceData
from bot.providers.xledger.schema import ADD, CHANGE


class XledgerWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: XledgerClient, people: XledgerReader, lists: XledgerReferenceData) -> None:
        self._client = client
        self._people = people
        self._lists = lists

    async def apply(self, change: Change, settings: Settings) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._lists.load()
        async with self._client.write_lock(change.person.target_id or f"number {change.person.number}"):
            return await _XledgerWrite(self._client, self._people, self._lists, change, settings).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _XledgerWrite(WriteRounds[TargetPerson]):
    """One change being made."""

    def __init__(
        self,
        client: XledgerClient,
        people: XledgerReader,
        lists: XledgerReferenceData,
        change: Change,
        settings: Settings,
    ) -> None:
        super().__init__(change, ERRORS, not_stored="xledger_not_stored")
        self._client = client
        self._people = people
        self._lists = lists
        self._settings = settings
        self._kept: Mapping[str, Value] = {}

    async def read(self, target_id: str) -> tuple[TargetPerson, TargetPerson] | None:
        """One employee as Xledger shows them; what was none of ours and is another now is told."""
        person = await self._people.read(target_id)
        if person is None:
            return None
        values = person.record[0].values
        if gone := sorted(key for key, value in self._kept.items() if not same(values.get(key), value)):
            names = ", ".join(BY_KEY[key].rule.target for key in gone)
            self.told.append(Finding("xledger_others_changed", Severity.WARNING, "employment", {"names": names}))
        return person, person

    async def create(self) -> str:
        """The employee, in one mutation: whether one without an answer was made is read by the number, our own."""
        if await self._people.by_number(self.change.person.number):
            # Whether making somebody who is there is refused is not published.
            raise ERRORS.changed("the number is taken")
        values = changes_at(self.change.fields, Level.PERSON)
        node = node_of({key: value for key, value in values.items() if value is not None}, self._lists, self._settings)
        return await self.written("POST", ADD, self._client.send(ADD, node))

    async def write(self, held: TargetPerson, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:  # noqa: ARG002 - a person is one part
        """One mutation of what is still missing."""
        changed = changes_at(missing, Level.PERSON)
        node = {"dbId": int(held.id), **node_of(changed, self._lists, self._settings)}
        await self.written("POST", CHANGE, self._client.send(CHANGE, node))
        self._kept = {key: value for key, value in held.record[0].values.items() if key not in changed}
