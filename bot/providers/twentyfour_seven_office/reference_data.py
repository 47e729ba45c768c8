"""What a company has to choose from: sites, and the values of the dimensions for departments and cost centres.

Which dimension is which is each company's own, and told by its name alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.likeness import folded
from bot.core.text import text
from bot.domain.employee import Unit
from bot.domain.record import Value
from bot.providers.errors import NotPermitted, WriteConflict
from bot.providers.kit.json_values import text_of
from bot.providers.protocol import Choice

UNITS = {
    "department": frozenset({"department", "departments", "avdeling", "avdelinger", "avdelning"}),
    "cost_center": frozenset(
        {"cost center", "cost centre", "kostnadssted", "kostnadsted", "kostnadsbærer", "kostnadsställe"}
    ),
}
"""Fields that are values of a dimension, and how a dimension of that kind is called."""

WHOLE = "100.00"


@dataclass(frozen=True, slots=True)
class TwentyFourEntry:
    """One row of a list. `label` tells it from all others of its list, and `code` is what is sent."""

    code: str
    name: str
    label: str
    active: bool = True


class TwentyFourLists:
    """The lists of one company, read once per connection. `company` and `rows` are the client's."""

    def __init__(
        self, company: Callable[[], Awaitable[dict[str, Any]]], rows: Callable[[str], Awaitable[list[dict[str, Any]]]]
    ) -> None:
        self._company = company
        self._read = rows
        self._lock = asyncio.Lock()
        self._sites: tuple[TwentyFourEntry, ...] | None = None
        self._dimensions: dict[str, str] = {}
        self._values: dict[str, tuple[TwentyFourEntry, ...]] = {}

    async def load(self) -> None:
        """Read everything, if it has not been read. A list that may not be read is an empty one."""
        async with self._lock:
            if self._sites is not None:
                return
            company = await self._company()
            shown = company.get("sites")
            sites = [site for site in shown if isinstance(site, dict)] if isinstance(shown, list) else []
            dimensions = await self._rows("/dimension/v2")
            named = [(text_of(one.get("dimid")), folded(text_of(one.get("name")) or "")) for one in dimensions]
            known: dict[str, str] = {}
            values: dict[str, tuple[TwentyFourEntry, ...]] = {}
            for unit, names in UNITS.items():
                found = [number for number, name in named if number and name in names]
                if len(found) == 1:
                    known[unit] = found[0]
                    values[unit] = _entries(await self._rows(f"/dimension/v2/{found[0]}"), "value")
            # All at once: of what was broken off nothing stays.
            self._dimensions, self._values = known, values
            self._sites = _entries(sites, "enterprise_number")

    @property
    def version(self) -> str:
        """Everything that is looked up, as a text to compare."""
        return repr((self._sites, sorted(self._dimensions.items()), sorted(self._values.items())))

    @property
    def sites(self) -> tuple[TwentyFourEntry, ...]:
        """The sites; the lists must have been loaded."""
        return self._sites or ()

    def choices(self) -> list[Choice]:
        """The sites, by name."""
        found = [Choice(value=site.code, label=site.label) for site in self.sites]
        return sorted(found, key=lambda choice: choice.label.casefold())

    def site(self, number: str) -> TwentyFourEntry | None:
        """The site with a number."""
        return next((site for site in self.sites if site.code == number), None)

    def site_label(self, number: Any) -> Value:
        """The label of a site; the number itself for one that the company does not list."""
        code = text_of(number)
        site = self.site(code) if code else None
        return site.label if site is not None else code

    def site_number(self, label: str) -> str:
        """The number to send for a label. Raises `WriteConflict` when it is gone."""
        return _code_of(self.sites, label)

    def has(self, unit: str) -> bool:
        """Whether there is one dimension of that kind."""
        return unit in self._dimensions

    def find(self, unit: str, wanted: Unit) -> list[TwentyFourEntry]:
        """The active values of the same code; else those of the same name."""
        active = [entry for entry in self._values.get(unit, ()) if entry.active]
        by_code = [entry for entry in active if wanted.code and entry.code == wanted.code.strip()]
        return by_code or [entry for entry in active if folded(entry.name) == folded(wanted.name)]

    def units_of(self, accounting: Any) -> dict[str, Value]:
        """The units of an employee; nothing of one whose accounting is shared out over several: that is payroll's."""
        rows = _distributions(accounting)
        if len(rows) > 1:
            return {}
        held = {text_of(one.get("dimid")): text_of(one.get("value")) for row in rows for one in _dimensions_of(row)}
        return {unit: self._label(unit, held.get(number)) for unit, number in self._dimensions.items()}

    def accounting(self, accounting: Any, units: Mapping[str, str]) -> list[dict[str, Any]]:
        """An employee's accounting with these units in it, and whatever else is there. Raises `WriteConflict`."""
        rows = _distributions(accounting)
        if len(rows) > 1:
            raise _list_changed("accounting")
        row = rows[0] if rows else {"percentage": WHOLE}
        set_here = {self._dimensions[unit]: _code_of(self._values[unit], label) for unit, label in units.items()}
        others = [one for one in _dimensions_of(row) if text_of(one.get("dimid")) not in set_here]
        ours = [{"dimid": number, "value": code} for number, code in set_here.items()]
        return [{**row, "dimensions": [*others, *ours]}]

    def _label(self, unit: str, code: str | None) -> Value:
        return next((entry.label for entry in self._values[unit] if entry.code == code), code)

    async def _rows(self, path: str) -> list[dict[str, Any]]:
        try:
            return await self._read(path)
        except NotPermitted:
            return []


def _entries(rows: Sequence[Mapping[str, Any]], code: str) -> tuple[TwentyFourEntry, ...]:
    named = [(text_of(row.get(code)), text_of(row.get("name")) or "", row) for row in rows]
    times = Counter(name for _, name, _ in named)
    found = []
    for own, name, row in named:
        # Two of one name must not be taken for each other.
        label = name if name and times[name] == 1 else f"{name} ({own})".strip()
        if own:
            found.append(TwentyFourEntry(own, name, label, row.get("active") != "0"))
    return tuple(found)


def _code_of(entries: Sequence[TwentyFourEntry], label: str) -> str:
    for entry in entries:
        if entry.label == label:
            return entry.code
    raise _list_changed(label)


def _list_changed(name: str) -> WriteConflict:
    return WriteConflict(
        "twentyfour_seven_office: a list has no such entry any more",
        text=text("twentyfour_seven_office.list_changed", name=name),
        advice=text("twentyfour_seven_office.changed_meanwhile.advice"),
    )


def _distributions(accounting: Any) -> list[dict[str, Any]]:
    return [row for row in accounting if isinstance(row, dict)] if isinstance(accounting, list) else []


def _dimensions_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    shown = row.get("dimensions")
    return [one for one in shown if isinstance(one, dict)] if isinstance(shown, list) else []
