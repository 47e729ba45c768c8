"""Tripletex API v2 over HTTP: signed calls, complete lists, errors. It knows paths and envelopes, not employees.

Source: API v2 description 2.75.00.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.usual_errors import VersionConflict
from bot.providers.protocol import Connection
from bot.providers.tripletex.errors import Refusal, error_of, unreadable
from bot.providers.tripletex.session import Tokens, TripletexSession, WhoAmI, utc_now

URLS = {"production": "https://tripletex.no/v2", "test": "https://api-test.tripletex.tech/v2"}
PAGE = 1000
CONCURRENCY = 4
"""Calls at a time. Twenty at once were measured to earn mostly refusals; four keep the limit busy."""

Json = dict[str, Any]

AGAIN = 5
"""How often a list is begun again from further up, because rows went while it was read."""


class TripletexClient(SystemClient):
    """Calls of one connection. Sessions, limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection, *, now: Callable[[], datetime] = utc_now) -> None:
        credentials, options = connection.credentials, connection.options
        self.environment = credentials.get("environment") or "production"
        prefix = "test_" if self.environment == "test" else ""
        url = options.get(f"{prefix}url") or URLS.get(self.environment, URLS["production"])
        tokens = Tokens(
            credentials.get("employee_token", "").strip(),
            options.get(f"{prefix}consumer_token", "").strip(),
            self.environment,
        )
        # The limit counts per consumer and token owner.
        self._key = hashlib.sha256(f"{url} {tokens.consumer} {tokens.employee}".encode()).hexdigest()
        patience = RetryPolicy.from_options(options)
        limiter = shared_limiter(
            f"tripletex {self._key}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        self.http = HttpClient(
            "tripletex",
            url,
            limiter,
            patience=patience,
            breaker=shared_breaker(f"tripletex {self._key}"),
            reference_header="x-tlx-request-id",
        )
        self._session = TripletexSession(self.http, tokens, expected_company=connection.expected_account, now=now)

    async def who(self) -> WhoAmI:
        """Whom the session stands for; signs in if need be."""
        return await self._session.who()

    async def get(self, path: str, params: Params = ()) -> Json | None:
        """One object; None when Tripletex knows no such id. Raises the `ProviderError` of any other refusal."""
        answer = await self._signed("GET", path, None, params)
        if answer.status == 404:
            return None
        return self._value(f"GET {path}", answer, sent=False)

    async def probe(self, path: str, params: Params = ()) -> bool:
        """Whether a list may be read at all: False on 403."""
        answer = await self._signed("GET", path, None, [*params, ("count", "1")])
        if answer.status == 403:
            return False
        if not answer.ok:
            raise error_of(f"GET {path}", Refusal.of(answer))
        return True

    async def pages(
        self, path: str, params: Params = (), *, fields: str, count: int = PAGE
    ) -> AsyncGenerator[list[Json], None]:
        """A list page by page, each object once, in the order of ids.

        The end is an empty page: `fullResultSize` is deprecated and not exact, and a page may come short. Offsets shift
        when a row goes between two requests, so that a page begins with the last row of the one before; where it does
        not, the list is read again from further up. `Unavailable` where that does not end, where a list shows nothing
        new twice in a row, which does not heed where it is asked to begin, and where a row has no id: to leave it out
        would be to say that it is not there.
        """
        seen: set[int] = set()
        start = stale = overlap = lost = 0
        follows, bound = True, ListBound()
        while True:
            begin = max(0, start - overlap)
            asked = [*params, ("from", str(begin)), ("count", str(count)), ("sorting", "id"), ("fields", fields)]
            values = await self._values(path, asked)
            if bound.is_over(len(values)):
                raise unreadable(f"GET {path}", sent=False)
            if not values and not overlap:
                return
            if not (overlap or follows):
                overlap = 1  # there is more, where a short page looked like the last: does it follow on that?
                continue
            if overlap and (not values or values[0]["id"] not in seen):
                lost += 1
                if lost == AGAIN:
                    raise unreadable(f"GET {path}", sent=False)
                start, overlap, stale = max(0, begin - count), 0, 0
                follows = not start
                continue
            new = [value for value in values if value["id"] not in seen]
            seen.update(value["id"] for value in new)
            stale = 0 if new else stale + (len(values) > overlap)
            if stale == 2:
                raise unreadable(f"GET {path}", sent=False)
            # Where the last row stands was just seen: what comes after it needs no second look.
            follows = overlap == 1 and not new
            start, overlap = begin + len(values), int(not follows and len(values) >= count)
            if new:
                yield new

    async def _values(self, path: str, asked: Params) -> list[Json]:
        answer = await self._signed("GET", path, None, asked)
        if not answer.ok:
            raise error_of(f"GET {path}", Refusal.of(answer))
        values = answer.body.get("values") if isinstance(answer.body, dict) else None
        if not isinstance(values, list):
            raise unreadable(f"GET {path}", sent=False)
        if not all(isinstance(value, dict) and isinstance(value.get("id"), int) for value in values):
            raise unreadable(f"GET {path}", sent=False)
        return values

    async def all(self, path: str, params: Params = (), *, fields: str) -> list[Json]:
        """All objects of a list short enough to hold."""
        return [value async for page in self.pages(path, params, fields=fields) for value in page]

    async def some(self, path: str, params: Params = (), *, fields: str, count: int = PAGE) -> list[Json]:
        """The first page of a list, for a question whose answer is a handful."""
        pages = self.pages(path, params, fields=fields, count=count)
        try:
            return await anext(pages, [])
        finally:
            with suppress(RuntimeError):
                await pages.aclose()

    async def keyed(
        self, path: str, params: Params, *, fields: str, key: Callable[[Json], Hashable], expected: int
    ) -> list[Json]:
        """A list whose objects are told apart by `key`, each once; it is at its end when `expected` have been seen.

        For lists that may be no pages at all: the answer on a month's hours counts nothing (recorded), and gives what
        there is wherever it is asked to begin.
        """
        found: dict[Hashable, Json] = {}
        start = 0
        while len(found) < expected:
            asked = [*params, ("from", str(start)), ("count", str(PAGE)), ("fields", fields)]
            answer = await self._signed("GET", path, None, asked)
            if not answer.ok:
                raise error_of(f"GET {path}", Refusal.of(answer))
            values = answer.body.get("values") if isinstance(answer.body, dict) else None
            if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
                raise unreadable(f"GET {path}", sent=False)
            named = [(key(value), value) for value in values]
            new = {name: value for name, value in named if name not in found}
            if not new:
                break
            found |= new
            start += len(values)
        return list(found.values())

    async def write(self, method: str, path: str, body: Json | None = None, params: Params = ()) -> Answer:
        """Write one object, and get the answer whatever it is. Raises `Unavailable(sent=True)` where none came."""
        return await self._signed(method, path, body, params)

    async def send(self, method: str, path: str, body: Json) -> Json:
        """Write one object and get it back.

        Raises `VersionConflict` when another has written in between, else the `ProviderError` of the
        refusal, and `Unavailable(sent=True)` when the outcome is unknown.
        """
        call = f"{method} {path}"
        answer = await self._signed(method, path, body, ())
        if not answer.ok:
            refusal = Refusal.of(answer)
            error = error_of(call, refusal)
            raise VersionConflict(error) if refusal.stale else error
        return self._value(call, answer, sent=True)

    def value(self, call: str, answer: Answer) -> Json:
        """The object that a write answers with. Raises `Unavailable(sent=True)` where it is none."""
        return self._value(call, answer, sent=True)

    async def _signed(self, method: str, path: str, body: Json | None, params: Params) -> Answer:
        token, headers = await self._session.headers()
        answer = await self._once(method, path, body, params, headers)
        if answer.status == 401:
            # Refused before anything was done, so a write may be sent again too. Once: then the tokens are bad.
            await self._session.renew(token)
            _, headers = await self._session.headers()
            answer = await self._once(method, path, body, params, headers)
        return answer

    async def _once(self, method: str, path: str, body: Json | None, params: Params, headers: Any) -> Answer:
        if method == "GET":
            return await self.http.read(path, params, headers=headers)
        return await self.http.write(method, path, body, params=params, headers=headers)

    def _value(self, call: str, answer: Answer, *, sent: bool) -> Json:
        if not answer.ok:
            raise error_of(call, Refusal.of(answer))
        value = answer.body.get("value") if isinstance(answer.body, dict) else None
        if not isinstance(value, dict):
            raise unreadable(call, sent=sent)
        return value
