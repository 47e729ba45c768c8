"""Lists of which a missing row would look like one that was taken back: read whole, or not at all.

`SimployerClient.pages` copes with a list that changes, and ends a filtered one where it seems to end. That is right for
people, who are told when they are missing; a day of leave that is missing would be taken out of payroll.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import structlog

from bot.core.text import text
from bot.providers.errors import Unavailable
from bot.providers.kit.http import Params
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.prefetch import ListPrefetch
from bot.providers.simployer.cells import NO_ID
from bot.providers.simployer.client import PAGE, Row, SimployerClient

log = structlog.get_logger(__name__)

Made = TypeVar("Made")
ReadPage = Callable[[int], Coroutine[Any, Any, tuple[list[Row], int]]]

READ_AGAIN = 3
"""How often a list that changed while it was read is read once more."""


class _Moved(Exception):
    """The pages do not fit together: rows came or went between two of them."""


class WholeLists:
    """Reads lists of one account whole."""

    def __init__(self, client: SimployerClient) -> None:
        self._client = client

    async def read(
        self, path: str, params: Params, make: Callable[[Row], Made], page: ReadPage | None = None
    ) -> list[Made]:
        """What `make` makes of each row of a list, in the order of ids, each row once.

        All pages tell the same total, each begins with the last row of the one before, and as many rows are met as the
        total says; otherwise the list is read again. `page` reads one page from an offset on, in the order of ids.
        Raises `Unavailable` where the list does not come to rest.
        """

        async def plain(start: int) -> tuple[list[Row], int]:
            return await self._client.page(path, params, PAGE, start)

        for attempt in range(READ_AGAIN + 1):
            made: list[Made] = []
            try:
                async with aclosing(self._pages(path, page or plain)) as pages:
                    async for rows in pages:
                        made += map(make, rows)
            except _Moved as moved:
                log.info("list_moved", system="simployer", path=path, why=str(moved), attempt=attempt + 1)
            else:
                return made
        raise Unavailable(
            f"simployer: GET {path}: the list changed while it was read",
            text=text("simployer.list_moved"),
            advice=text("simployer.list_moved.advice"),
        )

    async def _pages(self, path: str, read: ReadPage) -> AsyncGenerator[list[Row], None]:
        ahead = ListPrefetch(read)
        ids: set[str] = set()
        met, offset, told, last = 0, 0, None, ""
        overlap = barren = 0
        bound = ListBound()
        try:
            while True:
                start = offset - overlap
                rows, total = await ahead.page(start)
                if bound.is_over(len(rows)):
                    raise _Moved("no end")
                told = total if told is None else told
                if total != told:
                    raise _Moved("another total")
                if overlap and (not rows or rows[0]["id"] != last):
                    raise _Moved("no last row of the page before")
                new = rows[overlap:]
                known = {row["id"] for row in new if not row["id"].startswith(NO_ID)}
                if known & ids or len(known) < sum(not row["id"].startswith(NO_ID) for row in new):
                    raise _Moved("a row twice")
                ids |= known
                met += len(new)
                if new:
                    last, barren = new[-1]["id"], 0
                    ahead.expect(start, len(rows), total)
                    yield new
                else:
                    barren += 1
                offset += len(new)
                if met >= total:
                    if met > total:
                        raise _Moved("more rows than there are")
                    return
                # A page of a single row has no room for one of the page before: the next is asked for without.
                overlap = 1 if new else 0
                if barren > 1:
                    if await self._client.counts_everything(path):
                        return
                    raise _Moved("fewer rows than there are")
        finally:
            await ahead.drop()
