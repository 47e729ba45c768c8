"""Both ends of an integration, opened at the first use and kept open for the length of an execution."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from bot.connections import ConnectedPair, Connections
from storage.integrations import Integration


class OpenConnections:
    """A pair of connections that can be dropped and opened anew."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._stack = AsyncExitStack()
        self._pair: ConnectedPair | None = None

    async def of(self, integration: Integration) -> ConnectedPair:
        """The open pair. Raises the providers' errors."""
        if self._pair is None:
            self._pair = await self._stack.enter_async_context(self._connections.pair(integration))
        return self._pair

    async def close(self) -> None:
        """Drop the connections; the next use opens new ones."""
        self._pair = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def __aenter__(self) -> OpenConnections:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
