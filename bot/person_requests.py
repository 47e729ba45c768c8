"""What is stored of one person is looked up, given out, and erased: by the operator's command and in Slack alike.

Each is in the audit, with the person as a keyed hash: who asks again is recognised, and nobody is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage import audit, person_records
from storage.database import Database, Session
from storage.json_codec import Json, dumps
from storage.person_records import PersonRecords
from storage.resolutions import ResolutionKind
from storage.vault import Vault

EXPORTED, ERASED = "person.exported", "person.erased"

_LEAVE = "leave_ledger"
_DIFFERENT = ResolutionKind.DIFFERENT.value
_OTHERS = ("lookalikes", "others")
"""Where an outcome or a decision names those whom the person might have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPerson:
    """What there is of whoever has, or had, a number in a workspace's integrations.

    `rows` are the records, opened; `chosen` names the integrations in which somebody has chosen them or left
    them out, with the ids; `files` counts sealed files of absence, each of everybody in a period.
    """

    number: str
    records: PersonRecords
    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    chosen: Sequence[tuple[str, Sequence[str]]]
    files: int

    @property
    def leave_entries(self) -> int:
        """Entries of absence, which stay: without them days would be paid or deducted twice."""
        return sum(row["table"] == _LEAVE for row in self.rows)

    @property
    def names(self) -> Mapping[str, str]:
        """How reports have called them, by their ids in the source; "" where none is kept."""
        told = {row["source_id"]: str(row["name"]) for row in self.rows if row.get("name")}
        return {source_id: told.get(source_id, "") for source_id in sorted(self.records.ids)}

    def lines(self) -> list[str]:
        """The records as JSON, one a line, without what they say of other people. Private."""
        rows = [_alone(_without_other(row)) for row in self.rows]
        rows += [
            {"table": "integrations", "integration": name, "chosen_by_name": list(ids)} for name, ids in self.chosen
        ]
        return [dumps(row) for row in rows]


async def look(database: Database, team_id: str, number: str, source_id: str | None = None) -> StoredPerson:
    """What is stored of a number in a workspace; only of the one with an id in the source, if it is given."""
    async with database.reading() as session:
        found = await person_records.find(session, team_id, number, source_id)
        chosen = await person_records.chosen_in(session, found)
        return StoredPerson(
            number=number,
            records=found,
            rows=await person_records.read(session, database.vault, found),
            chosen=[(found.names[one], ids) for one, ids in chosen.items()],
            files=await person_records.held_files(session, found),
        )


async def note_export(session: Session, vault: Vault, person: StoredPerson, actor: str, origin: str) -> None:
    """Note, before it is done, that the person's records are given to somebody."""
    await _note(session, vault, EXPORTED, person, actor, origin, {"rows": len(person.lines())})


async def erase(
    session: Session, vault: Vault, person: StoredPerson, actor: str, origin: str, but_draft: str | None = None
) -> Mapping[str, int]:
    """Erase what may be erased, and note it; how many records by table. Raises `RunUnderWay`, with nothing changed.

    `but_draft` is the conversation in which it is asked.
    """
    erased = await person_records.erase(session, person.records, but_draft)
    await _note(session, vault, ERASED, person, actor, origin, erased)
    return erased


async def _note(
    session: Session,
    vault: Vault,
    action: str,
    person: StoredPerson,
    actor: str,
    origin: str,
    counted: Mapping[str, Json],
) -> None:
    team_id = person.records.team_id
    who = vault.fingerprint(f"person:{team_id}", person.number)[:16]
    await audit.write(session, team_id, actor, action, new={"person": who, **counted}, origin=origin)


def _without_other(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row; where somebody has decided that the person is not another, without that one's id."""
    return {key: value for key, value in row.items() if (key, row.get("decision")) != ("target_id", _DIFFERENT)}


def _alone(value: Any) -> Any:
    """The same without other people: of those who look alike their number is left, of a finding that names somebody
    the code."""
    if isinstance(value, Mapping):
        values = value.get("values")
        names_other = isinstance(values, Mapping) and "other" in values
        return {
            key: len(item) if key in _OTHERS and isinstance(item, list) else _alone(item)
            for key, item in value.items()
            if not (names_other and key == "values")
        }
    if isinstance(value, list | tuple):
        return [_alone(item) for item in value]
    return value
