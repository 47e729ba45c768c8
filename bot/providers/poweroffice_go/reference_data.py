"""What a Go client has to choose from: departments, enterprises, number series, and what new employments default to."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bot.core.text import text
from bot.domain.record import Value
from bot.providers.errors import NotPermitted, WriteConflict
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.json_values import number_of, text_of
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.protocol import Choice

LISTS = {"Departments": "Code", "Enterprises": "EnterpriseNo"}
"""The lists that values are ids of, and what tells two of one name apart."""

DEFAULTS = {
    "employment_type": "EmploymentType",
    "working_hours_scheme": "WorkingHoursArrangement",
    "full_time_hours": "FullTimeHoursPerWeek",
}
"""What Go's payroll settings say of new employments, by our keys."""


@dataclass(frozen=True, slots=True)
class GoEntry:
    """One row of a list. `label` tells it from all others of its list."""

    id: int
    label: str
    name: str
    code: str | None = None
    active: bool = True


class GoReferenceData:
    """The lists of one client, read once per connection. One that may not be read is an empty one."""

    def __init__(self, client: PowerofficeGoClient) -> None:
        self._client = client
        self._entries: dict[str, tuple[GoEntry, ...]] = {}
        self._lock = asyncio.Lock()
        self.defaults: dict[str, Value] = {}
        self.series: tuple[tuple[int, int], ...] = ()

    async def load(self) -> None:
        """Read everything, if it has not been read."""
        async with self._lock:
            if self._entries:
                return
            departments, enterprises, series, settings = await gather_bounded(
                self._rows("/Departments"),
                self._rows("/Enterprises"),
                self._rows("/SubLedgerNumberSeries"),
                self._settings(),
            )
            ranges = [
                (row.get("FromInclusive"), row.get("ToInclusive"))
                for row in series
                if row.get("SubLedgerNumberSeriesType") == "Employee"
            ]
            self.series = tuple((a, b) for a, b in ranges if isinstance(a, int) and isinstance(b, int))
            said = settings[0] if settings else {}
            self.defaults = {key: text_of(said.get(name)) for key, name in DEFAULTS.items()}
            self.defaults["full_time_hours"] = number_of(said.get(DEFAULTS["full_time_hours"])) or None
            self._entries = {
                name: _entries(rows, LISTS[name])
                for name, rows in (("Departments", departments), ("Enterprises", enterprises))
            }

    def entries(self, name: str) -> tuple[GoEntry, ...]:
        """A list that has been loaded."""
        return self._entries[name]

    def choices(self, name: str) -> list[Choice]:
        """What an admin can choose from."""
        return [Choice(value=str(each.id), label=each.label) for each in self._entries[name] if each.active]

    def by_id(self, name: str, identifier: str) -> GoEntry | None:
        """The entry with an id; the lists must have been loaded."""
        return next((each for each in self._entries[name] if str(each.id) == identifier), None)

    def label(self, name: str, identifier: Any) -> Value:
        """The label of an id; the id itself for one that the list does not have."""
        entry = self.by_id(name, str(identifier))
        return entry.label if entry is not None else str(identifier)

    def id_of(self, name: str, label: str) -> int:
        """The id to send for a label. Raises `WriteConflict` when it is gone."""
        for each in self._entries[name]:
            if each.label == label:
                return each.id
        raise WriteConflict(
            f"poweroffice_go: {name} has no such entry any more",
            text=text("poweroffice_go.list_changed", name=label),
            advice=text("poweroffice_go.changed_meanwhile.advice"),
        )

    async def _rows(self, path: str) -> list[dict[str, Any]]:
        try:
            return await self._client.rows(path)
        except NotPermitted:
            return []

    async def _settings(self) -> list[dict[str, Any]]:
        try:
            found = await self._client.get("/PayrollSettings")
        except NotPermitted:
            found = None
        return [found] if found else []


def _entries(rows: list[dict[str, Any]], code: str) -> tuple[GoEntry, ...]:
    named = [(row, text_of(row.get("Name")) or "", text_of(row.get(code))) for row in rows]
    named = [each for each in named if isinstance(each[0].get("Id"), int)]
    times = Counter(name for _, name, _ in named)
    doubled = Counter((name, own) for _, name, own in named)
    found = []
    for row, name, own in named:
        # Two of one name must not be taken for each other.
        tells = own if own and doubled[name, own] == 1 else row["Id"]
        label = name if name and times[name] == 1 else f"{name} ({tells})".strip()
        found.append(GoEntry(row["Id"], label, name, own, row.get("IsActive") is not False))
    return tuple(found)
