"""What the tenant has to choose from: its tax units and agreements, and the codes that its people already carry.

Ids are shown and compared by their names and sent as ids. What the rows of `/taxUnits` and `/workTimeAgreements` are
made of is not published, so their names are looked for where names usually are.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.text import text
from bot.domain.record import Value
from bot.providers.errors import WriteConflict
from bot.providers.protocol import Choice
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.field_table import EMPLOYMENT_FORMS, REGISTERS, text_of
from bot.providers.visma_net.timeline import entries_of

Json = Mapping[str, Any]

PEOPLE_READ_FOR_CODES = 2000
"""How many people are looked at for the codes in use; whoever has more uses the common ones long before."""

_NAMES = ("name", "description", "displayName", "title")
_CODES = ("organizationNumber", "organisationNumber", "code", "number")


@dataclass(frozen=True, slots=True)
class VismaNetEntry:
    """One row of a list. `label` tells it from all others of its list."""

    id: str
    label: str
    organisation_number: str | None = None


@dataclass(slots=True)
class _InUse:
    """How many people carry each code, by setting."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, employee: Json) -> None:
        for setting, member, name in (("email_type", "emails", "type"), ("phone_type", "phones", "type")):
            self._count(setting, (entry.get(name) for entry in entries_of(employee.get(member))))
        embedded = employee.get("_embedded")
        for position in entries_of(embedded.get("positions") if isinstance(embedded, dict) else None):
            self._count("occupation_code", (entry.get("value") for entry in entries_of(position.get("typeOfWork"))))
            forms = (entry.get("value") for entry in entries_of(position.get("employmentForm")))
            self._count("other_employment_form", forms)
            reasons = position.get("positionEndReason")
            self._count("end_reason", reasons if isinstance(reasons, list) else ())

    def _count(self, setting: str, values: Any) -> None:
        self.counts[setting].update({shown for value in values if (shown := text_of(value))})


class VismaNetReferenceData:
    """The lists of one tenant, each read when first needed and once per connection."""

    def __init__(self, client: VismaNetClient) -> None:
        self._client = client
        self._entries: dict[str, tuple[VismaNetEntry, ...]] = {}
        self._in_use: _InUse | None = None
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self) -> None:
        """Read tax units and work time agreements, if they have not been read."""
        for name in REGISTERS.values():
            await self.entries(name)

    async def entries(self, name: str) -> tuple[VismaNetEntry, ...]:
        """A whole list. Raises `NotPermitted` when it may not be read."""
        async with self._locks[name]:
            if name not in self._entries:
                self._entries[name] = _entries(await self._client.rows(f"/{name}"))
            return self._entries[name]

    def label(self, name: str, identifier: str) -> Value:
        """The label of an id; the id itself for one that the list does not have, such as one of the old kind."""
        known = (entry.label for entry in self._entries.get(name, ()) if entry.id == identifier)
        return next(known, identifier)

    def by_id(self, name: str, identifier: str) -> VismaNetEntry | None:
        """The entry with an id; the list must have been loaded."""
        return next((entry for entry in self._entries[name] if entry.id == identifier), None)

    def id_of(self, name: str, label: str) -> str:
        """The id to send for a label; the list must have been loaded. Raises `WriteConflict` when it is gone."""
        for entry in self._entries[name]:
            if entry.label == label:
                return entry.id
        raise WriteConflict(
            f"visma_net: {name} has no such entry any more",
            text=text("visma_net.list_changed", name=label),
            advice=text("visma_net.changed_meanwhile.advice"),
        )

    async def choices(self, setting: str) -> list[Choice]:
        """What an admin can choose from, the most used first; Raises `KeyError` for a setting that is not live."""
        listed = REGISTERS.get(setting.removeprefix("office_"))
        if listed is not None:
            entries = await self.entries(listed)
            return [Choice(value=entry.id, label=entry.label) for entry in sorted(entries, key=lambda e: e.label)]
        counts = dict((await self._codes()).counts[setting])
        if setting == "other_employment_form":
            counts = dict.fromkeys(EMPLOYMENT_FORMS, 0) | counts
        return [Choice(value=code, label=code) for code in sorted(counts, key=lambda code: (-counts[code], code))]

    async def _codes(self) -> _InUse:
        async with self._locks["codes"]:
            if self._in_use is None:
                in_use, people = _InUse(), 0
                async for page in self._client.pages("/employees", EVERYONE):
                    for employee in page:
                        in_use.add(employee)
                    people += len(page)
                    if people >= PEOPLE_READ_FOR_CODES:
                        break
                self._in_use = in_use
            return self._in_use


EVERYONE = (("embed", "(positions)"), ("includeDrafts", "true"))
"""Parameters of the list of all employees, drafts and leavers too, with their positions."""


def _entries(rows: list[dict[str, Any]]) -> tuple[VismaNetEntry, ...]:
    known = [(str(row["id"]), _first(row, _NAMES), _first(row, _CODES)) for row in rows if text_of(row.get("id"))]
    times = Counter(name for _, name, _ in known)
    found = []
    for identifier, name, code in known:
        # Two of one name must not be taken for each other.
        label = name if name and times[name] == 1 else f"{name or ''} ({code or identifier})".strip()
        found.append(VismaNetEntry(identifier, label, code))
    labels = Counter(entry.label for entry in found)
    return tuple(
        e if labels[e.label] == 1 else VismaNetEntry(e.id, f"{e.label} {e.id}", e.organisation_number) for e in found
    )


def _first(row: Json, names: tuple[str, ...]) -> str | None:
    return next((shown for name in names if (shown := text_of(row.get(name)))), None)
