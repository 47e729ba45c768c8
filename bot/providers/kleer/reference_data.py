"""What a company has to choose cost centres from, and in which unit its salaries seem to be."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from xml.etree import ElementTree as ET

from bot.core.likeness import folded
from bot.domain.employee import Unit
from bot.providers.errors import NotPermitted
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.json_values import amount_of
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.errors import ERRORS
from bot.providers.kleer.settings import KRONOR, ORE

NAMES = frozenset(map(folded, ("Kostnadsställe", "Kostnadsställen", "Kst", "Cost centre", "Cost center")))
"""What the dimension of cost centres is called; where none is, and there is one alone, it is that one."""

SAMPLE = 10
"""Active users whose agreements are looked at for the unit."""

SOMEBODYS_MONTH, SOMEBODYS_HOUR = 400_000, 4_000
"""What no company pays in kronor to half of its people, and every company pays in öre."""


BOTH = "both"
"""Salaries in one unit and rates in the other."""


@dataclass(frozen=True, slots=True)
class KleerEntry:
    """A cost centre. `label` tells it from all others."""

    id: str
    label: str
    name: str
    code: str | None
    active: bool


class KleerReferenceData:
    """The lists of one company, read once per connection. One that may not be read is an empty one."""

    def __init__(self, client: KleerClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._entries: tuple[KleerEntry, ...] | None = None
        self.unit: str | None = None

    async def load(self) -> None:
        """Read everything, if it has not been read."""
        async with self._lock:
            if self._entries is None:
                self.unit = unit_of(*await self._pay())
                self._entries = await self._read()

    def label(self, identifier: str) -> str | None:
        """The cost centre with an id; None where the id is of another dimension."""
        return next((each.label for each in self._entries or () if each.id == identifier), None)

    def label_of(self, unit: Unit) -> str | None:
        """The active one of the same code, else the one of the same name."""
        active = [each for each in self._entries or () if each.active]
        coded = [each.label for each in active if unit.code and each.code == unit.code.strip()]
        named = [each.label for each in active if folded(each.name) == folded(unit.name)]
        found = coded or named
        return found[0] if len(found) == 1 else None

    def id_of(self, label: str) -> str:
        """The id to send for a label. Raises `WriteConflict` when it is gone."""
        for each in self._entries or ():
            if each.label == label:
                return each.id
        raise ERRORS.list_changed(label)

    @property
    def version(self) -> str:
        """Everything that is looked up, as a text to compare."""
        return repr((self._entries, self.unit))

    async def _read(self) -> tuple[KleerEntry, ...]:
        try:
            rows = await self._client.rows("/dimension", "dimensions", "dimension")
            active = [row for row in rows if text_at(row, "active") != "false"]
            called = [row for row in active if folded(text_at(row, "name") or "") in NAMES]
            found = called or active
            if len(found) != 1:
                # None that can be told from the others is none.
                return ()
            path = f"/dimension/{text_at(found[0], 'id')}/entry"
            return _entries(await self._client.rows(path, "dimension-entries", "dimension-entry"))
        except NotPermitted:
            return ()

    async def _pay(self) -> tuple[list[Decimal], list[Decimal]]:
        """Monthly salaries and hourly rates of some people."""
        users = await self._client.rows("/user", "users", "user")
        some = sorted(int(text_at(row, "id") or 0) for row in users if text_at(row, "active") == "true")[:SAMPLE]
        found = await gather_bounded(*(self._agreement(str(one)) for one in some))
        monthly, hourly = (
            [amount for one in found if (amount := amount_of(text_at(one, f"{name}-salary")))]
            for name in ("monthly", "hourly")
        )
        return monthly, hourly

    async def _agreement(self, identifier: str) -> ET.Element | None:
        try:
            return await self._client.agreement(identifier)
        except NotPermitted:
            return None


def unit_of(monthly: list[Decimal], hourly: list[Decimal]) -> str | None:
    """The unit that pay seems to be in; None where there is none, `BOTH` where the two differ: that fits no choice."""
    seen = {
        ORE if median(amounts) >= limit else KRONOR
        for amounts, limit in ((monthly, SOMEBODYS_MONTH), (hourly, SOMEBODYS_HOUR))
        if amounts
    }
    return BOTH if len(seen) > 1 else next(iter(seen), None)


def _entries(rows: list[ET.Element]) -> tuple[KleerEntry, ...]:
    times = Counter(text_at(row, "foreign-id") or text_at(row, "name") or "" for row in rows)
    found = []
    for row in rows:
        identifier, code, name = (text_at(row, key) for key in ("id", "foreign-id", "name"))
        label = code or name or ""
        # Two of one name must not be taken for each other.
        label = label if label and times[label] == 1 else f"{label} ({identifier})".strip()
        found.append(KleerEntry(identifier or "", label, name or "", code, text_at(row, "active") != "false"))
    return tuple(found)
