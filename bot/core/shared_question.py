"""One question for all who ask at once: the busier it is, the less each costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import Context
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


class SharedQuestion(Generic[_Key, _Answer]):
    """Who asks while a question is under way shares the next one, so that no answer is older than its question.

    `ask` gives an answer by each key that has one. What it raises, all of its askers get.
    """

    def __init__(self, ask: Callable[[Collection[_Key]], Awaitable[Mapping[_Key, _Answer]]]) -> None:
        self._ask = ask
        self._waiting: dict[_Key, list[asyncio.Future[_Answer | None]]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: _Key) -> _Answer | None:
        """The answer for a key; None where there is none."""
        answered: asyncio.Future[_Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answered)
        if self._asking is None:
            # In nobody's name: it is the work of no one workspace, and nobody's who may be cancelled.
            self._asking = asyncio.get_running_loop().create_task(self._go_on(), context=Context())
        return await answered

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, {}
                await self._answer(together)
        finally:
            self._asking = None

    async def _answer(self, together: Mapping[_Key, list[asyncio.Future[_Answer | None]]]) -> None:
        try:
            answers = await self._ask(together.keys())
        except Exception as error:
            for answered in (one for waiting in together.values() for one in waiting):
                if not answered.done():
                    answered.set_exception(error)
            return
        for key, waiting in together.items():
            for answered in waiting:
                if not answered.done():
                    answered.set_result(answers.get(key))
