"""Lists whose pages go by number: a row that goes between two of them takes the first of the next one out of sight.

Nothing tells so: the count goes down with the row, and the page that begins too late looks like any other. So a list of
several pages is gone through again, until two times running have met the same rows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from bot.providers.errors import Unavailable

TIMES = 5
"""How often a list is gone through until it has come to rest."""

Json = dict[str, Any]


async def until_at_rest(
    sweep: Callable[[], AsyncGenerator[list[Json], None]],
    key: Callable[[Json], object],
    moving: Callable[[], Unavailable],
    is_whole: Callable[[int], bool] = lambda _met: True,
) -> AsyncGenerator[list[Json], None]:
    """New rows of each page, each row once, told apart by `key`.

    `sweep` goes through all pages once, the first to the last. `is_whole` says of the number of rows that it met
    whether a sweep can have been all, as far as the list tells. Raises `moving` where the list never comes to rest.
    """
    seen: set[object] = set()
    before: set[object] | None = None
    for _ in range(TIMES):
        met: set[object] = set()
        pages = 0
        async with aclosing(sweep()) as all_pages:
            async for page in all_pages:
                pages += 1
                met.update(map(key, page))
                new = [row for row in page if key(row) not in seen]
                seen.update(map(key, new))
                if new:
                    yield new
        if is_whole(len(met)) and (pages < 2 or met == before):
            return
        before = met
    raise moving()
