"""What a database has to choose from: employee groups and departments."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.likeness import folded
from bot.domain.employee import Unit
from bot.domain.record import Value
from bot.providers.errors import NotPermitted
from bot.providers.kit.json_values import text_of
from bot.providers.protocol import Choice
from bot.providers.tidsbanken.client import GROUPS, TidsbankenClient
from bot.providers.tidsbanken.errors import ERRORS

DEPARTMENTS = "/ansatt/avdeling"


@dataclass(frozen=True, slots=True)
class TidsbankenEntry:
    """One row of a list. `label` tells it from all others of its list."""

    id: str
    name: str
    label: str


Entries = tuple[TidsbankenEntry, ...]


class TidsbankenReferenceData:
    """The lists of one database, read once per connection. One that may not be read is an empty one."""

    def __init__(self, client: TidsbankenClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._loaded = False
        self.groups: Entries = ()
        self.departments: Entries = ()

    async def load(self) -> None:
        """Read everything, if it has not been read."""
        async with self._lock:
            if not self._loaded:
                self.groups = await self._read(GROUPS)
                self.departments = await self._read(DEPARTMENTS)
                self._loaded = True

    @property
    def version(self) -> str:
        """Everything that is looked up, as a text to compare."""
        return repr((self.groups, self.departments))

    def choices(self) -> list[Choice]:
        """The groups, by name."""
        found = [Choice(value=group.id, label=group.label) for group in self.groups]
        return sorted(found, key=lambda choice: choice.label.casefold())

    def group(self, identifier: str) -> TidsbankenEntry | None:
        """The group with an id."""
        return next((group for group in self.groups if group.id == identifier), None)

    def department_of(self, unit: Unit) -> TidsbankenEntry | None:
        """The one department whose id is the unit's code, else the one of the same name."""
        coded = [one for one in self.departments if unit.code and one.id == unit.code.strip()]
        found = coded or [one for one in self.departments if folded(one.name) == folded(unit.name)]
        return found[0] if len(found) == 1 else None

    async def _read(self, path: str) -> Entries:
        try:
            return _entries(await self._client.rows(path))
        except NotPermitted:
            return ()


def label_of(entries: Entries, identifier: Any) -> Value:
    """The label of an id; the id itself for one that is not listed, None for none."""
    wanted = text_of(identifier)
    return next((entry.label for entry in entries if entry.id == wanted), wanted)


def id_of(entries: Entries, label: str) -> str:
    """The id to send for a label. Raises `WriteConflict` when it is gone."""
    for entry in entries:
        if entry.label == label:
            return entry.id
    raise ERRORS.list_changed(label)


def _entries(rows: Sequence[Mapping[str, Any]]) -> Entries:
    named = [(text_of(row.get("Id")) or "", text_of(row.get("Navn")) or "") for row in rows]
    times = Counter(name for _, name in named)
    # Two of one name must not be taken for each other.
    return tuple(
        TidsbankenEntry(own, name, name if name and times[name] == 1 else f"{name} ({own})".strip())
        for own, name in named
    )
