"""What a company has to choose from: employee groups, and the objects of each kind (departments, positions, ...)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bot.core.likeness import folded
from bot.domain.record import Value
from bot.providers.errors import NotPermitted, Unsupported
from bot.providers.kit.json_values import text_of
from bot.providers.protocol import Choice
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.errors import ERRORS

GROUPS = "employee groups"
"""The kind under which employee groups are kept here; kinds of objects are numbers."""


@dataclass(frozen=True, slots=True)
class XledgerEntry:
    """One row of a list. `label` tells it from all others of its kind."""

    id: str
    kind: str
    code: str
    name: str
    label: str


class XledgerReferenceData:
    """The lists of one company, read once per connection. One that is not there or may not be read is an empty one."""

    def __init__(self, client: XledgerClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._loaded = False
        self._entries: tuple[XledgerEntry, ...] = ()
        self._labels: dict[tuple[bool, str], str] = {}
        self.kinds: tuple[tuple[str, str], ...] = ()

    async def load(self) -> None:
        """Read everything, if it has not been read."""
        async with self._lock:
            if self._loaded:
                return
            groups = await self._read("employeeGroups", "dbId code description")
            objects = await self._read("objectValues", "dbId code description objectKindDbId")
            kinds = await self._read("objectKinds", "dbId name")
            self._entries = _entries([{**row, "objectKindDbId": GROUPS} for row in groups] + objects)
            self._labels = {(one.kind == GROUPS, one.id): one.label for one in self._entries}
            used = {one.kind for one in self._entries}
            named = ((text_of(row["dbId"]) or "", text_of(row.get("name")) or "") for row in kinds)
            self.kinds = tuple(sorted((name, kind) for kind, name in named if kind in used and name))
            self._loaded = True

    @property
    def version(self) -> str:
        """Everything that is looked up, as a text to compare."""
        return repr(sorted(map(repr, self._entries)))

    def choices(self, setting: str) -> list[Choice]:
        """The employee groups, or the kinds of objects, by name."""
        if setting != "employee_group":
            return [Choice(value=kind, label=name) for name, kind in self.kinds]
        found = [Choice(value=one.id, label=one.label) for one in self._entries if one.kind == GROUPS]
        return sorted(found, key=lambda choice: choice.label.casefold())

    def group(self, identifier: str) -> XledgerEntry | None:
        """The employee group with an id."""
        return next((one for one in self._entries if one.kind == GROUPS and one.id == identifier), None)

    def find(self, kind: str, code: str | None, name: str) -> XledgerEntry | None:
        """The one object of a kind with a code, else the one of a name."""
        of_kind = [one for one in self._entries if one.kind == kind]
        coded = [one for one in of_kind if code and one.code == code.strip()]
        found = coded or [one for one in of_kind if folded(one.name) == folded(name)]
        return found[0] if len(found) == 1 else None

    def label_of(self, identifier: Any, *, groups: bool) -> Value:
        """The label of an id; the id itself for one that is not listed, None for none."""
        wanted = text_of(identifier)
        return self._labels.get((groups, wanted), wanted) if wanted else None

    def id_of(self, kind: str, label: str) -> str:
        """The id to send for a label. Raises `WriteConflict` when it is gone."""
        for one in self._entries:
            if (one.kind, one.label) == (kind, label):
                return one.id
        raise ERRORS.list_changed(label)

    async def _read(self, name: str, fields: str) -> list[dict[str, Any]]:
        if name not in (await self._client.schema()).lists:
            return []
        try:
            return await self._client.rows(name, fields)
        except (NotPermitted, Unsupported):
            return []


def _entries(rows: list[dict[str, Any]]) -> tuple[XledgerEntry, ...]:
    found: list[tuple[str, str, str, str]] = []
    for row in rows:
        kind = text_of(row.get("objectKindDbId")) or ""
        code, name = (text_of(row.get(said)) or "" for said in ("code", "description"))
        found.append((text_of(row["dbId"]) or "", kind, code, name))
    times = Counter((kind, code, name) for _, kind, code, name in found)
    # Two of one code and name must not be taken for each other.
    return tuple(
        XledgerEntry(own, kind, code, name, _label(own, code, name, alone=times[kind, code, name] == 1))
        for own, kind, code, name in found
    )


def _label(own: str, code: str, name: str, *, alone: bool) -> str:
    shown = " ".join(part for part in (code, name) if part)
    return shown if shown and alone else f"{shown} ({own})".strip()
