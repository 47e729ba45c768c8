"""What a company has to choose from: employee groups, and the objects of each kind (departments, positions, ...)."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.domain.record import Value
from bot.providers.errors import NotPermitted, Unsupported
from bot.providers.kit.json_values import text_of
from bot.providers.kit.listed_objects import ListedObject, ListedObjects
from bot.providers.protocol import Choice
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.errors import ERRORS

GROUPS = "employee groups"
"""The kind under which employee groups are kept here; kinds of objects are numbers."""


class XledgerReferenceData:
    """The lists of one company, read once per connection. One that is not there or may not be read is an empty one."""

    def __init__(self, client: XledgerClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._loaded = False
        self._labels: dict[str, str] = {}
        self.objects = ListedObjects()
        self.kinds: tuple[tuple[str, str], ...] = ()

    async def load(self) -> None:
        """Read everything, if it has not been read."""
        async with self._lock:
            if self._loaded:
                return
            groups = await self._read("employeeGroups", "dbId code description")
            objects = await self._read("objectValues", "dbId code description objectKindDbId")
            kinds = await self._read("objectKinds", "dbId name")
            listed = [*(_listed(row, GROUPS) for row in groups), *(_listed(row) for row in objects)]
            self.objects = ListedObjects(listed)
            places = (one for kind in self.objects.kinds - {GROUPS} for one in self.objects.of_kind(kind))
            self._labels = {one.id: one.label for one in places}
            named = ((text_of(row["dbId"]) or "", text_of(row.get("name")) or "") for row in kinds)
            self.kinds = tuple(sorted((name, kind) for kind, name in named if kind in self.objects.kinds and name))
            self._loaded = True

    def choices(self, setting: str) -> list[Choice]:
        """The employee groups, or the kinds of objects, by name."""
        if setting != "employee_group":
            return [Choice(value=kind, label=name) for name, kind in self.kinds]
        return [Choice(value=one.id, label=one.label) for one in self.objects.of_kind(GROUPS)]

    def label_of(self, identifier: Any, *, groups: bool) -> Value:
        """The label of an id; the id itself for one that is not listed, None for none."""
        wanted = text_of(identifier) or ""
        group = self.objects.with_id(GROUPS, wanted) if groups else None
        return group.label if group else (self._labels.get(wanted, wanted) or None)

    def id_of(self, kind: str, label: str) -> str:
        """The id to send for a label. Raises `WriteConflict` when it is gone."""
        if (found := self.objects.labelled(kind, label)) is None:
            raise ERRORS.list_changed(label)
        return found.id

    async def _read(self, name: str, fields: str) -> list[dict[str, Any]]:
        if name not in (await self._client.schema()).lists:
            return []
        try:
            return await self._client.rows(name, fields)
        except (NotPermitted, Unsupported):
            return []


def _listed(row: dict[str, Any], kind: str | None = None) -> ListedObject:
    own, code, name, of_kind = (text_of(row.get(n)) or "" for n in ("dbId", "code", "description", "objectKindDbId"))
    return ListedObject(own, kind or of_kind, code, name)
