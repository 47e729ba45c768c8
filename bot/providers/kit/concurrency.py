"""Reads that do not need each other, made side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def gather_bounded(*work: Coroutine[Any, Any, Result]) -> list[Result]:
    """The results in the order of the work. The first failure is raised, once the rest has been let go of."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancel_and_wait(*tasks)


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what still runs, and wait until it has stopped; what became of it is nobody's concern any more."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def side_by_side(
    work: Iterable[Callable[[], Coroutine[Any, Any, Result]]], at_once: int
) -> AsyncGenerator[Result, None]:
    """The results in the order of the work, some of it under way at a time: so only so many are held at once.

    The first failure is raised in its place. Close it (`aclosing`) where it may be left before its end.
    """
    under_way: deque[asyncio.Task[Result]] = deque()
    try:
        for begin in work:
            under_way.append(asyncio.create_task(begin()))
            if len(under_way) >= at_once:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        await cancel_and_wait(*under_way)
