"""The one HTTP client of all providers: turns, retries, time-outs, and errors that give nothing away.

What a caller can rely on:

* a read is repeated after a refusal (429), a server error, a network error or an unreadable answer, a bounded number
  of times with exponential backoff and jitter;
* a write is sent once. It is repeated only after a 429, which says that it was not done;
* a write asks `bot.core.ownership` just before it is sent, as `bot.providers.kit.transport` tells;
* a host that has failed many times in a row is left alone for a while (`bot.providers.kit.circuit_breaker`);
* `Unavailable.sent` is True exactly when a write may have reached the system;
* an answer is read up to `RetryPolicy.largest_answer` bytes, counted as they are unpacked, and within the time of the
  call; a larger one is unreadable, as is one that is no JSON (or XML, where that is spoken) or is nested too deep;
* no log line, exception or repr holds a header, a body or a query.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import ssl
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Self

import httpx
import structlog

from bot.core import metrics, traces
from bot.core.private_words import Secret, note_sent, secrets_in
from bot.core.text import Text
from bot.providers.errors import Unavailable
from bot.providers.kit.answer_body import ENCODINGS, TooLarge, Undecodable, bounded_body
from bot.providers.kit.circuit_breaker import CircuitBreaker, HostPaused
from bot.providers.kit.exact_json import Json, read_json
from bot.providers.kit.rate_limit import RateLimiter, Sleep
from bot.providers.kit.sent_body import FormBody as FormBody
from bot.providers.kit.sent_body import content_of, named_values
from bot.providers.kit.transport import OwnershipTransport, Sending, sending
from bot.providers.kit.xml_body import MEDIA_TYPE, read_xml

# httpx logs whole URLs, queries and all.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

log = structlog.get_logger(__name__)

LARGEST_ANSWER = 50_000_000
"""Bytes of one answer, unpacked: the largest page that a system here gives is some megabytes."""
_LONG = 1_000_000
"""Bytes from which an answer is read beside the event loop, which it would hold for 10 ms and more."""

Params = Sequence[tuple[str, str]]


_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to wait and how often to try. `timeout` is for one call altogether, in seconds.

    `attempts` counts tries of a read after failures, `refusals` how many 429 in a row are waited out, and
    `longest_pause` the longest announced pause that is waited for rather than handed to the caller. `largest_answer`
    is in bytes, unpacked, for calls that name no limit of their own.
    """

    timeout: float = 60.0
    connect_timeout: float = 10.0
    attempts: int = 4
    backoff: float = 0.5
    refusals: int = 8
    longest_pause: float = 300.0
    largest_answer: int = LARGEST_ANSWER

    @property
    def unannounced_backoff(self) -> float:
        """The first pause after a refusal that names no time, for `RateLimiter`."""
        return 10 * self.backoff

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> RetryPolicy:
        """Patience with what an operator has set in a connection's options.

        Reads `timeout_seconds`, `backoff_seconds` and `attempts`. Raises `ValueError` for a value that is no number.
        """
        default = cls()
        timeout = float(options.get("timeout_seconds", default.timeout))
        return cls(
            timeout=timeout,
            connect_timeout=min(default.connect_timeout, timeout),
            attempts=int(options.get("attempts", default.attempts)),
            backoff=float(options.get("backoff_seconds", default.backoff)),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system answered below 500, except 429. `body` is parsed JSON, numbers as int or Decimal, or the root of
    XML, else None."""

    status: int
    body: Json = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the system did what was asked."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class RequestStats:
    """Requests of one client, for diagnostics: by method and status (0 for no answer), and how many were repeats."""

    by_status: Counter[tuple[str, int]] = field(default_factory=Counter)
    repeats: int = 0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All requests that were sent or tried."""
        return sum(self.by_status.values())


class _Attempt(Exception):
    """One try that failed in a way that trying again might mend."""

    def __init__(
        self, reason: str, key: str, *, sent: bool, pause: float | None = None, reference: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.key = key
        self.sent = sent
        self.pause = pause
        self.reference = reference


class HttpClient:
    """Calls to one system at `base_url`. `system` is the provider's key; its name is the text `<system>.name`.

    `reference_header` names the header with the system's own request id. `on_request` is called after every try with
    (method, path, status), status 0 meaning no answer. `speaks_xml`: answers are XML. `shown` gives a path as it may be
    logged, where one stands for somebody.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        limiter: RateLimiter,
        *,
        patience: RetryPolicy = RetryPolicy(),
        breaker: CircuitBreaker | None = None,
        reference_header: str = "X-Request-Id",
        speaks_xml: bool = False,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        on_request: Callable[[str, str, int], None] | None = None,
        shown: Callable[[str], str] = str,
    ) -> None:
        self.system, self._shown = system, shown
        self.stats = RequestStats()
        self._base = base_url.rstrip("/")
        self._limiter, self._patience = limiter, patience
        self._breaker, self._reference_header = breaker or CircuitBreaker(), reference_header
        self._read_body = read_xml if speaks_xml else read_json
        self._sleep, self._jitter = sleep, jitter
        self._on_request = on_request
        self._signed_by, self._secret = "", Secret(())
        self._http = httpx.AsyncClient(
            transport=OwnershipTransport(base_url, _tls(), connections=20),
            timeout=httpx.Timeout(patience.timeout, connect=patience.connect_timeout),
            headers={
                "Accept": MEDIA_TYPE if speaks_xml else "application/json",
                "Accept-Encoding": ENCODINGS,
                "User-Agent": "integration-bot",
            },
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def read(
        self,
        path: str,
        params: Params = (),
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: Json = None,
        largest: int | None = None,
    ) -> Answer:
        """A call that may be repeated freely. Raises `Unavailable` (never sent) when no answer could be had.

        `largest` bytes are read of the answer, unpacked, or what the policy says. `method` and `body` (JSON, a
        `FormBody` or an `XmlBody`) are for calls that change nothing that matters, such as signing in.
        """
        return await self._call(method, path, params, headers, body, largest, write=False)

    async def write(
        self,
        method: str,
        path: str,
        body: Json,
        *,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
        largest: int | None = None,
    ) -> Answer:
        """A call that is sent once. Raises `Unavailable`, with `sent` where the outcome is unknown."""
        return await self._call(method, path, params, headers, body, largest, write=True)

    async def _call(
        self,
        method: str,
        path: str,
        params: Params,
        headers: Mapping[str, str] | None,
        body: Json,
        largest: int | None,
        *,
        write: bool,
    ) -> Answer:
        limit = self._patience.largest_answer if largest is None else largest
        failures = refusals = 0
        while True:
            try:
                of = {"system": self.system, "method": method, "route": traces.route(path)}
                with self._breaker.call(_says_of_host), traces.span("call", **of):
                    return await self._try(method, path, params, headers, body, limit, write=write)
            except HostPaused as paused:
                failed = _Attempt("left alone", "provider.paused", sent=False, pause=paused.seconds)
                raise self._unavailable(method, path, failed, sent=False) from None
            except _Attempt as failed:
                if failed.pause is not None:
                    refusals += 1
                    if refusals > self._patience.refusals or failed.pause > self._patience.longest_pause:
                        raise self._unavailable(method, path, failed, sent=False) from None
                    # The limiter holds the next turn back for everyone, so there is nothing to sleep here.
                else:
                    failures += 1
                    if write or failures >= self._patience.attempts:
                        raise self._unavailable(method, path, failed, sent=write and failed.sent) from None
                    await self._sleep(self._patience.backoff * 2 ** (failures - 1) * (0.75 + self._jitter() / 2))
                self.stats.repeats += 1

    async def _try(
        self,
        method: str,
        path: str,
        params: Params,
        headers: Mapping[str, str] | None,
        body: Json,
        limit: int,
        *,
        write: bool,
    ) -> Answer:
        note_sent(named_values(body))
        self._keep_secret((headers or {}).get("Authorization", ""))
        content, kind = content_of(body)
        try:
            request = self._http.build_request(
                method,
                self._base + path,
                params=list(params) or None,
                content=content,
                headers={**kind, **(headers or {})},
            )
        except (UnicodeEncodeError, httpx.InvalidURL):
            # A session, an id or a next page that the system gave, and that nobody can send back.
            raise _Attempt("cannot be sent", "provider.unreadable", sent=False) from None
        if (pause := self._limiter.pause()) > self._patience.longest_pause:
            raise _Attempt("nothing is left", "provider.busy", sent=False, pause=pause)
        status, received = 0, bytearray()
        # A read may be sent at any time and again: it needs nobody's word.
        with sending() if write else nullcontext(Sending()) as out:
            asked = time.monotonic()
            async with self._limiter.slot():
                begun = time.monotonic()
                metrics.THROTTLED.labels(self.system).inc(begun - asked)
                traces.note("waited_ms", round((begun - asked) * 1000))
                try:
                    # httpx counts its time-out anew with every piece received; this bounds the call altogether.
                    async with asyncio.timeout(self._patience.timeout):
                        response = await self._http.send(request, stream=True)
                        unread = None
                        try:
                            received = await bounded_body(response, limit)
                        except (TooLarge, Undecodable) as error:
                            unread = type(error).__name__
                    status = response.status_code
                except TimeoutError:
                    raise _Attempt("no answer in time", "provider.timeout", sent=out.begun) from None
                except (httpx.TransportError, httpx.DecodingError) as error:
                    key = "provider.timeout" if isinstance(error, httpx.TimeoutException) else "provider.unreachable"
                    sent = out.begun and not isinstance(error, _NOT_SENT)
                    raise _Attempt(type(error).__name__, key, sent=sent) from None
                finally:
                    self._count(method, path, status, begun)
                if status == 429:
                    pause = self._limiter.on_rejected(response.headers)
                    raise _Attempt("429", "provider.busy", sent=False, pause=pause)
                self._limiter.on_response(response.headers)
        return await self._understood(response, received, unread, write=write)

    def _keep_secret(self, header: str) -> None:
        """As long as the client lives, no error can quote what it signs in with."""
        if header != self._signed_by:
            self._signed_by, self._secret = header, Secret(secrets_in(header))

    async def _understood(
        self, response: httpx.Response, content: bytearray, unread: str | None, *, write: bool
    ) -> Answer:
        reference = response.headers.get(self._reference_header)
        if response.status_code >= 500:
            raise _Attempt(str(response.status_code), "provider.broken", sent=True, reference=reference)
        body = None
        if unread and response.status_code < 400:  # a refusal is told by its status alone
            raise _Attempt(unread, "provider.unreadable", sent=True, reference=reference)
        if content:
            try:
                read = self._read_body
                body = read(content) if len(content) < _LONG else await asyncio.to_thread(read, content)
            except (ValueError, RecursionError, MemoryError):
                # An answer cut short, or a page of a proxy on the way; a refusal is told by its status alone.
                if response.status_code < 400 or (_is_elsewhere(response, content) and not write):
                    raise _Attempt("unreadable answer", "provider.unreadable", sent=True, reference=reference) from None
        if 300 <= response.status_code < 400:
            raise _Attempt(f"redirect {response.status_code}", "provider.unreadable", sent=write, reference=reference)
        return Answer(response.status_code, body, response.headers)

    def _count(self, method: str, path: str, status: int, begun: float) -> None:
        seconds = time.monotonic() - begun
        self.stats.by_status[method, status] += 1
        self.stats.seconds += seconds
        metrics.count_call(self.system, status)
        traces.note("status", status)
        log.debug(
            "http",
            system=self.system,
            method=method,
            path=self._shown(path),
            status=status,
            milliseconds=round(seconds * 1000),
        )
        if self._on_request is not None:
            self._on_request(method, path, status)

    def _unavailable(self, method: str, path: str, failed: _Attempt, *, sent: bool) -> Unavailable:
        named = {"system": Text(f"{self.system}.name"), "seconds": math.ceil(failed.pause or 0)}
        return Unavailable(
            f"{self.system}: {method} {self._shown(path)}: {failed.reason}{', outcome unknown' if sent else ''}",
            text=Text("provider.unknown_outcome" if sent else failed.key, named),
            advice=Text("provider.unknown_outcome.advice" if sent else f"{failed.key}.advice", named),
            retry_after=failed.pause,
            sent=sent,
            reference=failed.reference,
        )


def _is_elsewhere(response: httpx.Response, content: bytearray) -> bool:
    """Whether a refusal is HTML, and so of whoever stands in front of the system: it says neither that something is
    not there, nor who may not. Keys are refused (401) in whatever form."""
    if response.status_code == 401:
        return False
    return content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _says_of_host(error: Exception) -> bool | None:
    key = error.key if isinstance(error, _Attempt) else ""
    if key in ("provider.timeout", "provider.unreachable", "provider.broken"):
        return True
    return False if key == "provider.busy" else None


@cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates takes longer than many a call; one context serves every client.
    return httpx.create_ssl_context()
