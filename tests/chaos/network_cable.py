"""The line to an outside system, which can be cut, and which can lose answers."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit


class Cable:
    """Passes everything on to `url`, under an address of its own that stays the same."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.StreamWriter] = set()
        self.loses_answers = False

    @property
    def url(self) -> str:
        """The system's address as its callers have it."""
        return self._there._replace(netloc=f"127.0.0.1:{self._port}").geturl()

    async def mend(self) -> None:
        """Let connections through, as at the start."""
        self.loses_answers = False
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Refuse connections from now on, and break those that stand."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for writer in set(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            away_reader, away = await asyncio.open_connection(self._there.hostname, self._there.port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, away}
        self._open |= ends
        try:
            there = asyncio.create_task(self._pass(reader, away, answers=False))
            back = asyncio.create_task(self._pass(away_reader, writer, answers=True))
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65536):
            if answers and self.loses_answers:
                return
            writer.write(data)
            await writer.drain()
