"""Names of people by their ids, read from either side of an integration as far as it can be read now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.connections import Connections
from bot.providers.errors import ProviderError
from bot.providers.protocol import takes_files
from storage.integrations import Integration


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person's name and employee number, "" where there is none. A file target knows no name."""

    name: str | None = field(repr=False)
    number: str = field(repr=False)


async def source_people(connections: Connections, team_id: str, source_ids: Sequence[str]) -> Mapping[str, NamedPerson]:
    """Employees by source id; none when the source cannot be read."""
    try:
        async with connections.source(team_id) as source:
            return {
                person.source_id: NamedPerson(person.name, person.number)
                for person in await source.summaries(source_ids)
            }
    except ProviderError:
        return {}


async def target_people(
    connections: Connections, integration: Integration, target_ids: Collection[str]
) -> Mapping[str, NamedPerson]:
    """People of the target by target id, a request each: those that are there still, until one cannot be read."""
    found: dict[str, NamedPerson] = {}
    try:
        async with connections.target(integration) as target:
            for target_id in sorted(target_ids):
                if takes_files(target):
                    found[target_id] = NamedPerson(None, target_id)
                elif (person := await target.read(target_id)) is not None:
                    found[target_id] = NamedPerson(person.name, person.number or "")
    except ProviderError:
        return found
    return found
