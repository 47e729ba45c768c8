"""Making exactly the change of a plan: the row as it was read a moment before, with the change in it.

Whether an update blanks what it leaves out is not published, so that nothing is left out. There are no versions
(`WriteRounds`), and what else is another afterwards is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.equality import remaining
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level
from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.write_rounds import WriteRounds, settled_by_number
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import TargetPerson, WriteResult, WriteStatus
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.errors import ERRORS
from bot.providers.tidsbanken.field_table import STAMPS, body_of
from bot.providers.tidsbanken.reader import PEOPLE, TidsbankenReader
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData

NEW_PEOPLE = "/ansatt/Ansatte"
"""People are made at a path of its own."""

Json = Mapping[str, Any]


class TidsbankenWriter:
    """Applies and settles changes over one connection."""

    def __init__(self, client: TidsbankenClient, people: TidsbankenReader, lists: TidsbankenReferenceData) -> None:
        self._client = client
        self._people = people
        self._lists = lists

    async def apply(self, change: Change) -> WriteResult:
        """Make a CREATE or UPDATE. Raises as `Target.apply` says."""
        await self._lists.load()
        async with self._client.write_lock(change.person.target_id or change.person.number.strip()):
            return await _TidsbankenWrite(self._client, self._people, self._lists, change).made()

    async def resolve_write(self, change: Change) -> tuple[WriteStatus, str | None]:
        """Read whether a change was made: by number for a create, which left no id."""
        return await settled_by_number(change, self._people.by_number, self._people.read, ERRORS)


class _TidsbankenWrite(WriteRounds[Json]):
    """One change being made."""

    def __init__(
        self, client: TidsbankenClient, people: TidsbankenReader, lists: TidsbankenReferenceData, change: Change
    ) -> None:
        super().__init__(change, ERRORS, not_stored="tidsbanken_not_stored")
        self._client = client
        self._people = people
        self._lists = lists
        self._kept: dict[str, Any] = {}

    async def read(self, target_id: str) -> tuple[Json, TargetPerson] | None:
        """One employee as Tidsbanken shows them; what was none of ours and is another now is told."""
        row = await self._people.held(target_id)
        if row is None:
            return None
        if gone := sorted(name for name, value in self._kept.items() if row.get(name) != value):
            self.told.append(
                Finding("tidsbanken_others_changed", Severity.WARNING, "employment", {"names": ", ".join(gone)})
            )
        return row, self._people.person(row)

    async def create(self) -> str:
        """The employee. An answer that never came is settled by who has the number now."""
        number = self.change.person.number.strip()
        if await self._people.held(number) is not None:
            # Whether making somebody who is there is refused is not published.
            raise ERRORS.changed("the number is taken")
        values = changes_at(self.change.fields, Level.PERSON)
        body = body_of({key: value for key, value in values.items() if value is not None}, self._lists)
        try:
            await self.written("POST", NEW_PEOPLE, self._client.send("POST", NEW_PEOPLE, body))
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
        return found is not None and remaining(found.record, self.change.fields, ()) == ((), ())

    async def write(self, held: Json, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:  # noqa: ARG002 - a person is one part
        """One write of the row. What is empty is not sent, as it stays so."""
        changed = body_of(changes_at(missing, Level.PERSON), self._lists)
        rest = {name: value for name, value in held.items() if name not in STAMPS and not name.startswith("@")}
        kept = {name: value for name, value in rest.items() if value is not None} if self._client.sends_whole else {}
        body = {**kept, "Id": held["Id"], **changed}
        await self.written("PUT", PEOPLE, self._client.send("PUT", PEOPLE, body))
        self._kept = {name: value for name, value in rest.items() if name not in changed}
