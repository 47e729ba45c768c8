"""What comparisons of one integration have said, in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from storage import verdicts
from storage.database import Database


@dataclass(frozen=True, slots=True)
class KeptVerdicts:
    """The `VerdictStore` of one integration."""

    database: Database
    integration_id: str

    async def around(self, first: str, last: str) -> Mapping[str, str]:
        """The pages that may have people from one source id to another."""
        async with self.database.reading() as session:
            return await verdicts.around(session, self.integration_id, first, last)

    async def put(self, first: str, content: str) -> None:
        """Keep a page."""
        async with self.database.session() as session:
            await verdicts.put(session, self.integration_id, first, content)

    async def keep_only(self, firsts: Collection[str]) -> None:
        """Let go of all pages but these."""
        async with self.database.session() as session:
            await verdicts.keep_only(session, self.integration_id, firsts)
