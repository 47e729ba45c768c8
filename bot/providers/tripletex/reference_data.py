"""The account's lists that values refer to: departments, divisions, categories, countries, occupation codes.

Each is read once per connection. A reference is shown and compared by its label, and sent as its id.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.core.text import text
from bot.domain.record import Value
from bot.providers.errors import NotPermitted, WriteConflict
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.protocol import Choice
from bot.providers.tripletex.client import TripletexClient

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TripletexEntry:
    """One row of a register. `name` is what the customer calls it; `label` tells it from all others of its list."""

    id: int
    label: str
    name: str
    number: str = ""
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    path: str
    fields: str


_LISTS = {
    "departments": _List("/department", "id,name,departmentNumber,isInactive"),
    "divisions": _List("/division", "id,name,organizationNumber,endDate"),
    "categories": _List("/employee/category", "id,name,number"),
    "countries": _List("/country", "id,isoAlpha2Code"),
    "occupation_codes": _List("/employee/employment/occupationCode", "id,code,nameNO"),
}


class TripletexReferenceData:
    """The lists of one account, each read when first needed. One that may not be read is an empty one."""

    def __init__(self, client: TripletexClient) -> None:
        self._client = client
        self._entries: dict[str, tuple[TripletexEntry, ...]] = {}
        self._hidden: set[str] = set()
        self._by_label: dict[str, dict[str, TripletexEntry]] = {}
        self._by_id: dict[str, dict[int, TripletexEntry]] = {}
        self._codes: dict[str, TripletexEntry | None] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self, *names: str) -> None:
        """Read the named lists, if they have not been read."""
        await gather_bounded(*(self._load(name) for name in names if name not in self._entries))

    async def _load(self, name: str) -> None:
        async with self._locks[name]:
            if name not in self._entries:
                self._keep(name, await self._read(name))

    async def is_readable(self, name: str) -> bool:
        """Whether the token may read a list at all; reads it."""
        await self.load(name)
        return name not in self._hidden

    async def entries(self, name: str) -> tuple[TripletexEntry, ...]:
        """A whole list."""
        await self.load(name)
        return self._entries[name]

    async def occupation(self, code: str) -> TripletexEntry | None:
        """The occupation with exactly this code; the server's filter is "containing", so codes are compared here."""
        async with self._locks["occupation_codes"]:
            if "occupation_codes" in self._by_label:
                return self._by_label["occupation_codes"].get(code)
            if code not in self._codes:
                listed = _LISTS["occupation_codes"]
                rows = await self._client.all(listed.path, [("code", code)], fields=listed.fields)
                exact = [_occupation(row) for row in rows if row.get("code") == code]
                self._codes[code] = exact[0] if exact else None
            return self._codes[code]

    async def choices(self, name: str) -> tuple[Choice, ...]:
        """What an admin can choose from: what is active, by its label."""
        chosen = [entry for entry in await self.entries(name) if not entry.inactive]
        return tuple(Choice(value=_value(name, entry), label=_shown(name, entry)) for entry in chosen)

    def label(self, name: str, reference: Json) -> Value:
        """The label of a reference as Tripletex shows it; a list that was read must hold it, else its own words do."""
        known = reference.get("id")
        entry = self._by_id.get(name, {}).get(known) if isinstance(known, int) else None
        if entry is not None:
            return entry.label
        own = reference.get("code") or reference.get("isoAlpha2Code") or reference.get("name")
        return str(own) if own else None

    def loaded(self, name: str) -> tuple[TripletexEntry, ...]:
        """A list that has been loaded."""
        return self._entries[name]

    def by_label(self, name: str, label: str) -> TripletexEntry | None:
        """The entry with a label; the list must have been loaded."""
        return self._by_label[name].get(label)

    def by_value(self, name: str, value: str) -> TripletexEntry | None:
        """The entry that a setting's stored value means; the list must have been loaded."""
        return next((entry for entry in self._entries[name] if _value(name, entry) == value), None)

    async def reference(self, name: str, label: Value) -> Json:
        """The reference to send for a label. Raises `WriteConflict` when the list no longer has it."""
        if name == "occupation_codes":
            entry = await self.occupation(str(label))
        else:
            await self.load(name)
            entry = self._by_label[name].get(str(label))
        if entry is None:
            raise WriteConflict(
                f"tripletex: {name} has no such entry any more",
                text=text("tripletex.list_changed", name=str(label)),
                advice=text("tripletex.changed_meanwhile.advice"),
            )
        return {"id": entry.id}

    async def _read(self, name: str) -> tuple[TripletexEntry, ...]:
        listed = _LISTS[name]
        try:
            rows = await self._client.all(listed.path, fields=listed.fields)
        except NotPermitted:
            self._hidden.add(name)
            return ()
        return _entries(name, rows)

    def _keep(self, name: str, entries: tuple[TripletexEntry, ...]) -> None:
        self._entries[name] = entries
        self._by_label[name] = {entry.label: entry for entry in entries}
        self._by_id[name] = {entry.id: entry for entry in entries}


def _entries(name: str, rows: list[dict[str, Any]]) -> tuple[TripletexEntry, ...]:
    if name == "occupation_codes":
        return tuple(_occupation(row) for row in rows if _scalar(row.get("code")))
    if name == "countries":
        return tuple(
            TripletexEntry(row["id"], row["isoAlpha2Code"], row["isoAlpha2Code"])
            for row in rows
            if isinstance(row.get("isoAlpha2Code"), str) and row["isoAlpha2Code"]
        )
    named = [(row, str(row.get("name") or "").strip()) for row in rows]
    times = Counter(_same(own) for _, own in named)
    found = []
    for row, own in named:
        number = str(row.get("organizationNumber") or row.get("departmentNumber") or row.get("number") or "").strip()
        # Two of one name must not be taken for each other.
        label = own if own and times[_same(own)] == 1 else f"{own} ({number or row['id']})".strip()
        found.append(TripletexEntry(row["id"], label, own, number, bool(row.get("isInactive") or row.get("endDate"))))
    labels = Counter(entry.label for entry in found)
    return tuple(e if labels[e.label] == 1 else replace(e, label=f"{e.name} ({e.id})") for e in found)


def _scalar(value: object) -> bool:
    return isinstance(value, str | int) and bool(value)


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _occupation(row: Json) -> TripletexEntry:
    return TripletexEntry(row["id"], str(row["code"]), str(row.get("nameNO") or row["code"]))


def _value(name: str, entry: TripletexEntry) -> str:
    # An occupation is known by its code, which is the same in every account and environment.
    return entry.label if name == "occupation_codes" else str(entry.id)


def _shown(name: str, entry: TripletexEntry) -> str:
    return f"{entry.label} {entry.name}" if name == "occupation_codes" else entry.label
