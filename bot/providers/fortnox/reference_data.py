"""The cost centres of a company."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.core.likeness import folded
from bot.domain.employee import Unit
from bot.providers.errors import NotPermitted
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.kit.json_values import text_of


@dataclass(frozen=True, slots=True)
class FortnoxCostCenter:
    """One that may be chosen."""

    code: str
    name: str


class CostCenters:
    """Those that are active, read once per connection. A list that may not be read is an empty one."""

    def __init__(self, client: FortnoxClient) -> None:
        self._client = client
        self._lock = asyncio.Lock()
        self._known: tuple[FortnoxCostCenter, ...] | None = None

    async def load(self) -> None:
        """Read them, if they have not been read."""
        async with self._lock:
            if self._known is not None:
                return
            try:
                rows = await self._client.rows("/costcenters", "CostCenters", "Code")
            except NotPermitted:
                rows = []
            active = [
                (text_of(row.get("Code")), text_of(row.get("Description")))
                for row in rows
                if row.get("Active") is not False
            ]
            self._known = tuple(
                sorted((FortnoxCostCenter(code, name or "") for code, name in active if code), key=repr)
            )

    def code_of(self, unit: Unit) -> str | None:
        """The code of the same code, else of the one cost centre of the same name."""
        known = self._known or ()
        if unit.code and any(each.code == unit.code.strip() for each in known):
            return unit.code.strip()
        named = [each.code for each in known if folded(each.name) == folded(unit.name)]
        return named[0] if len(named) == 1 else None

    @property
    def version(self) -> str:
        """Everything that is looked up, as a text to compare."""
        return repr(self._known)
