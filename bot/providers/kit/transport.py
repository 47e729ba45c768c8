"""The connection under `bot.providers.kit.http`: a write's ownership is checked as its bytes leave.

httpx's own network layer lets the event loop turn between a question and the bytes, and sends headers and body apart. A
process that is frozen in such a turn sends, when it wakes, a write that another process has done meanwhile. Here each
piece of a write asks `bot.core.ownership` again and is handed to the kernel with nothing between: what remains is
the system call itself. A body cut off after its headers is no request, and no system acts on it.
"""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from bot.core.ownership import require_ownership

# What waits to be read of one answer before its sender is held back.
_BUFFERED = 256 * 1024


class Sending:
    """One write on its way. `begun` tells whether any of it may have left."""

    def __init__(self) -> None:
        self.begun = False


_sending: ContextVar[Sending | None] = ContextVar("sending", default=None)


@contextmanager
def sending() -> Iterator[Sending]:
    """What is sent inside, by this task, is a write: ownership is checked before each piece of it."""
    write = Sending()
    before = _sending.set(write)
    try:
        yield write
    finally:
        _sending.reset(before)


class OwnershipTransport(httpx.AsyncBaseTransport):
    """httpx's way to one system, over connections of this module and the proxy that the environment names for it.

    Raises `ValueError` when made, for a proxy of another kind than HTTP.
    """

    def __init__(self, base_url: str, tls: ssl.SSLContext, connections: int) -> None:
        proxy = _proxy_for(httpx.URL(base_url))
        options: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": connections,
            "max_keepalive_connections": connections,
            "keepalive_expiry": 5.0,
            "network_backend": _Network(),
        }
        self._pool: httpcore.AsyncConnectionPool
        if proxy is None:
            self._pool = httpcore.AsyncConnectionPool(**options)
        else:
            self._pool = httpcore.AsyncHTTPProxy(proxy_url=_target(proxy.url), proxy_auth=proxy.raw_auth, **options)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send and have the head of the answer. Raises `httpx.TransportError`."""
        assert isinstance(request.stream, AsyncIterable)
        with _errors():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=_target(request.url),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Connection(asyncio.Protocol):
    """What comes over one connection, until somebody reads it."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.lost: Exception | None = None
        self.ended = False
        self._arrived = bytearray()
        self._something = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) > _BUFFERED:
            self.transport.pause_reading()
        self._something.set()

    def eof_received(self) -> bool:
        self.ended = True
        self._something.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.lost = exc
        self._something.set()
        self._room.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    @property
    def idle(self) -> bool:
        """Nothing has come that nobody asked for, not even the end."""
        return not self._arrived and not self.ended and not self.transport.is_closing()

    async def read(self, most: int) -> bytes:
        while not self._arrived and not self.ended:
            self._something.clear()
            await self._something.wait()
        if not self._arrived and self.lost is not None:
            raise self.lost
        piece = bytes(self._arrived[:most])
        del self._arrived[:most]
        if len(self._arrived) <= _BUFFERED and not self.transport.is_closing():
            self.transport.resume_reading()
        return piece

    async def room(self) -> None:
        await self._room.wait()
        if self.lost is not None:
            raise self.lost


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, line: _Connection) -> None:
        self._line = line

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _failing(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._line.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        write = _sending.get()
        if write is not None:
            await require_ownership()
            # No await from here to the bytes.
            write.begun = True
        if self._line.transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._line.transport.write(buffer)
        with _failing(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                await self._line.room()

    async def aclose(self) -> None:
        # Not closed with a farewell: what has not left must not leave any more.
        self._line.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        line = self._line
        try:
            with _failing(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    transport = await asyncio.get_running_loop().start_tls(
                        line.transport, line, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            await self.aclose()
            raise
        if transport is None:
            raise httpcore.ConnectError("the connection is closed")
        line.transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self._line.idle
        return self._line.transport.get_extra_info(info)


class _Network(httpcore.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        with _failing(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                _, line = await asyncio.get_running_loop().create_connection(
                    _Connection,
                    host,
                    port,
                    local_addr=None if local_address is None else (local_address, 0),
                    # The other address family is tried after this, as RFC 8305 has it.
                    happy_eyeballs_delay=0.25,
                )
        for option in socket_options or ():
            line.transport.get_extra_info("socket").setsockopt(*option)
        return _Stream(line)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def _failing(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(type(error).__name__) from error
    except OSError as error:
        raise broken(type(error).__name__) from error


@contextmanager
def _errors() -> Iterator[None]:
    """Tell in httpx's terms what httpcore raises; they have the same names."""
    try:
        yield
    except Exception as error:
        named = next((kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("httpcore")), None)
        same = getattr(httpx, named or "", None)
        if same is None:
            raise
        raise same(str(error)) from error


def _target(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """The proxy that the environment (HTTPS_PROXY, NO_PROXY, ...) or the operating system names for an address."""
    if urllib.request.proxy_bypass(url.host):
        return None
    known = urllib.request.getproxies()
    named = known.get(url.scheme) or known.get("all")
    if not named:
        return None
    proxy = httpx.Proxy(named if "://" in named else f"http://{named}")
    if proxy.url.scheme not in ("http", "https"):
        raise ValueError(f"a proxy of the kind {proxy.url.scheme} is not supported; use an HTTP proxy")
    return proxy
