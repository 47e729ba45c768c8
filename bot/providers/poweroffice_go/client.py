"""PowerOffice Go API v2 over HTTP: tokens, whole lists, changes as JSON Patch. It knows paths, not employees.

Source: PowerOffice's description of API v2 and of POST /OAuth/Token, and its pages on authentication and requests.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from bot.providers.errors import Unavailable
from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.exact_json import read_json
from bot.providers.kit.http import Answer, FormBody, HttpClient, Params, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.numbered_pages import until_at_rest
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.token_cache import TokenCache, life
from bot.providers.poweroffice_go.errors import ERRORS, error_of, operator_error, token_error
from bot.providers.protocol import Connection

URLS = {"production": "https://goapi.poweroffice.net", "test": "https://goapi.poweroffice.net/Demo"}
PAGE = 1000
CONCURRENCY = 4
SUBSCRIPTION = "Ocp-Apim-Subscription-Key"

Json = dict[str, Any]


class PowerofficeGoClient(SystemClient):
    """Calls of one connection. Tokens, limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float] = time.monotonic) -> None:
        credentials, options = connection.credentials, connection.options
        self.environment = credentials.get("environment") or "production"
        prefix = "test_" if self.environment == "test" else ""
        url = options.get(f"{prefix}url") or URLS.get(self.environment, URLS["production"])
        self._application = options.get(f"{prefix}application_key", "").strip()
        self._subscription = options.get(f"{prefix}subscription_key", "").strip()
        self._client_key = credentials.get("client_key", "").strip()
        self._page = int(options.get("page_size") or PAGE)
        self._expected = connection.expected_account
        self._key = hashlib.sha256(f"{url} {self._application} {self._client_key}".encode()).hexdigest()
        patience = RetryPolicy.from_options(options)
        # Ten calls a second are let through for a subscription, over all customers; a refusal names no time, and the
        # next second is good again: a longer pause would only lose time.
        shared = hashlib.sha256(f"{url} {self._subscription}".encode()).hexdigest()
        limiter = shared_limiter(
            f"poweroffice_go {shared}",
            lambda: RateLimiter(
                concurrency=CONCURRENCY, first_backoff=2 * patience.backoff, longest_backoff=3 * patience.backoff
            ),
        )
        breaker = shared_breaker(f"poweroffice_go {self._key}")
        self.http = HttpClient("poweroffice_go", url, limiter, patience=patience, breaker=breaker)
        self._tokens = TokenCache(self._new_token, clock=clock)
        self._information: Json = {}

    async def information(self) -> Json:
        """The Go client that the keys lead to, and what the integration may do in it; signs in if need be."""
        await self._tokens.get()
        return self._information

    async def get(self, path: str) -> Json | None:
        """One object; None when Go knows no such id."""
        answer = await self._signed("GET", path)
        if answer.status == 404:
            return None
        return _object(f"GET {path}", answer, sent=False)

    async def pages(self, path: str, params: Params = ()) -> AsyncGenerator[list[Json], None]:
        """A list page by page, each object once; one of several pages as `until_at_rest` has it."""

        def moving() -> Unavailable:
            return ERRORS.unreadable(f"GET {path}: the list does not come to rest", sent=False)

        async for new in until_at_rest(lambda: self._sweep(path, params), lambda row: row["Id"], moving):
            yield new

    async def _sweep(self, path: str, params: Params) -> AsyncGenerator[list[Json], None]:
        """All pages, once. An empty list is 204 and nothing else: 200 without rows is no list."""
        seen: set[object] = set()
        number, bound = 1, ListBound()
        while True:
            asked = [*params, ("PageNumber", str(number)), ("PageSize", str(self._page))]
            answer = await self._signed("GET", path, params=asked)
            if answer.status == 204:
                return
            if not answer.ok:
                raise error_of(f"GET {path}", answer)
            rows = answer.body
            if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
                raise ERRORS.unreadable(f"GET {path}: no list", sent=False)
            if not all(row.get("Id") and isinstance(row["Id"], int | str) for row in rows):
                raise ERRORS.unreadable(f"GET {path}: a row without an id", sent=False)
            if bound.is_over(len(rows)):
                raise ERRORS.unreadable(f"GET {path}: the list has no end", sent=False)
            yield rows
            if not _has_next(answer, full=len(rows) == self._page):
                return
            if seen.issuperset(row["Id"] for row in rows):
                raise ERRORS.unreadable(f"GET {path}: the list goes in circles", sent=False)
            seen.update(row["Id"] for row in rows)
            number += 1

    async def rows(self, path: str, params: Params = ()) -> list[Json]:
        """All objects of a list short enough to hold."""
        return [row async for page in self.pages(path, params) for row in page]

    async def send(self, method: str, path: str, body: Json | list[Json]) -> Json:
        """Write one object and get it back; a list is a JSON Patch. Raises `Unavailable(sent=True)` when the outcome is
        unknown."""
        answer = await self._signed(method, path, body)
        return _object(f"{method} {path}", answer, sent=True)

    async def _signed(
        self, method: str, path: str, body: Json | list[Json] | None = None, params: Params = ()
    ) -> Answer:
        async def once(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}", SUBSCRIPTION: self._subscription}
            if body is None:
                return await self.http.read(f"/v2{path}", params, headers=headers)
            if isinstance(body, list):
                headers["Content-Type"] = "application/json-patch+json"
            return await self.http.write(method, f"/v2{path}", body, headers=headers)

        return await self._tokens.signed(once)

    async def _new_token(self) -> tuple[str, float]:
        """A token, once it is known that it leads to the integration's own client."""
        if not self._application or not self._subscription:
            raise operator_error(f"poweroffice_go: no application or subscription key is set for {self.environment}")
        keys = base64.b64encode(f"{self._application}:{self._client_key}".encode()).decode()
        headers = {"Authorization": f"Basic {keys}", SUBSCRIPTION: self._subscription}
        asked = FormBody({"grant_type": "client_credentials"})
        # One more token harms nobody, so this POST is repeated like a read.
        answer = await self.http.read("/OAuth/Token", method="POST", body=asked, headers=headers)
        body = answer.body if isinstance(answer.body, dict) else {}
        token = body.get("access_token")
        if not answer.ok:
            raise token_error(answer)
        if not isinstance(token, str) or not token:
            raise ERRORS.unreadable("POST /OAuth/Token: no token", sent=False)
        headers = {"Authorization": f"Bearer {token}", SUBSCRIPTION: self._subscription}
        told = await self.http.read("/v2/ClientIntegrationInformation", headers=headers)
        information = _object("GET /ClientIntegrationInformation", told, sent=False)
        if not information.get("ClientId"):
            raise ERRORS.unreadable("GET /ClientIntegrationInformation: no client", sent=False)
        if self._expected is not None and information["ClientId"] != self._expected:
            raise ERRORS.wrong_account("the client key leads to another client")
        self._information = information
        return token, life(body.get("expires_in"))


def _has_next(answer: Answer, *, full: bool) -> bool:
    """Whether another page follows: as the header says, or, without one that can be read, if this one is full."""
    try:
        said = read_json((answer.headers.get("x-pagination") or "").encode())
    except (ValueError, RecursionError):
        return full
    if not isinstance(said, Mapping):
        return full
    return bool({str(name).lower(): value for name, value in said.items()}.get("nextpagelink"))


def _object(call: str, answer: Answer, *, sent: bool) -> Json:
    if not answer.ok:
        raise error_of(call, answer)
    if not isinstance(answer.body, dict):
        raise ERRORS.unreadable(f"{call}: no object", sent=sent)
    return answer.body
