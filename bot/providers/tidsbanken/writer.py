"""Making exactly the change of a plan: the row as it was read a moment before, with the change in it.

Whether an update blanks what it leaves out is not published, so that nothing is left out. There are no versions
(`WriteRounds`), and what else is another afterwards is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.change import Change, FieldChange
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Level
from bot.providers.kit.write_rounds import WriteRounds
from bot.providers.kit.written_parts import changes_at
from bot.providers.protocol import TargetPerson
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.errors import ERRORS
from bot.providers.tidsbanken.field_table import STAMPS, body_of
from bot.providers.tidsbanken.reader import PEOPLE, TidsbankenReader
from bot.providers.tidsbanken.reference_data import TidsbankenReferenceData

NEW_PEOPLE = "/ansatt/Ansatte"
"""People are made at a path of its own."""

Json = Mapping[str, Any]


class TidsbankenWrite(WriteRounds[Json]):
    """One change being made; the lists must have been loaded."""

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
        """The employee, in one write: whether one without an answer was made is read by the number, which is ours."""
        number = self.change.person.number.strip()
        if await self._people.held(number) is not None:
            # Whether making somebody who is there is refused is not published.
            raise ERRORS.changed("the number is taken")
        values = changes_at(self.change.fields, Level.PERSON)
        body = body_of({key: value for key, value in values.items() if value is not None}, self._lists)
        await self.written("POST", NEW_PEOPLE, self._client.send("POST", NEW_PEOPLE, body))
        return number

    async def write(self, held: Json, missing: Sequence[FieldChange], new_parts: Sequence[Address]) -> None:  # noqa: ARG002 - a person is one part
        """One write of the row. What is empty is not sent, as it stays so."""
        changed = body_of(changes_at(missing, Level.PERSON), self._lists)
        rest = {name: value for name, value in held.items() if name not in STAMPS and not name.startswith("@")}
        kept = {name: value for name, value in rest.items() if value is not None} if self._client.sends_whole else {}
        body = {**kept, "Id": held["Id"], **changed}
        await self.written("PUT", PEOPLE, self._client.send("PUT", PEOPLE, body))
        self._kept = {name: value for name, value in rest.items() if name not in changed}
