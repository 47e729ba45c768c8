"""Tidsbanken's API v3 over HTTP: three headers, OData lists, writes as lists. It knows paths, not employees.

Source: Tidsbanken's developer portal for headers and OData; a public connector for paths, verbs and bodies.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator
from typing import Any

from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.json_values import text_of
from bot.providers.kit.numbered_pages import until_at_rest
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.protocol import Account, Connection
from bot.providers.tidsbanken.errors import ERRORS, TB_KEY, error_of, operator_error

URL = "https://api.tidsbanken.net"
VERSION = "3.0"
GROUPS = "/ansatt/ansattgruppe"
PAGE = 100
CONCURRENCY = 2
"""No limit is published, so few calls are made at once; a refusal (429) is waited out."""
IN_A_HEADER = re.compile(r"[\x21-\x7e]+")

Json = dict[str, Any]


def account_id(tb_key: str) -> str:
    """What names a database for ever: no call names it, and a key leads to one alone. The key cannot be had from it."""
    return hashlib.scrypt(tb_key.encode(), salt=b"tidsbanken account", n=2**12, r=8, p=1, dklen=8).hex()


class TidsbankenClient(SystemClient):
    """Calls of one connection. Limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection) -> None:
        credentials, options = connection.credentials, connection.options
        url = options.get("url") or URL
        self._tb_key = credentials.get(TB_KEY, "").strip()
        self._subscription = options.get("subscription_key", "").strip()
        self._name = credentials.get("company_name", "").strip()
        self._environment = credentials.get("environment") or "production"
        self._expected = connection.expected_account
        # As long as this lives, nothing that Tidsbanken says can quote a key.
        self._secret = connection.secret
        self.may_be_empty = options.get("allow_empty", "").strip().lower() == "true"
        self.sends_whole = options.get("updates", "").strip().lower() != "changed"
        self._page = int(options.get("page_size") or PAGE)
        self._key = hashlib.sha256(f"{url} {self._tb_key}".encode()).hexdigest()
        patience = RetryPolicy.from_options(options)
        # Limits of such a service are a subscription's, over all customers.
        shared = hashlib.sha256(f"{url} {self._subscription}".encode()).hexdigest()
        limiter = shared_limiter(
            f"tidsbanken {shared}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        breaker = shared_breaker(f"tidsbanken {self._key}")
        self.http = HttpClient("tidsbanken", url, limiter, patience=patience, breaker=breaker)
        self._account: Account | None = None
        self._signing_in = asyncio.Lock()

    async def account(self) -> Account:
        """The database that the key leads to, once it is known to be the integration's own.

        Raises `CredentialsRefused`, `WrongAccount`.
        """
        async with self._signing_in:
            if self._account is None:
                self._account = await self._database()
            return self._account

    async def rows(self, path: str) -> list[Json]:
        """A whole list in order of Id, each row once."""
        return [row async for page in self.pages(path) for row in page]

    async def pages(self, path: str) -> AsyncGenerator[list[Json], None]:
        """The same page by page; one of several pages as `until_at_rest` has it."""
        told: list[int] = []
        async for new in until_at_rest(
            lambda: self._sweep(path, told),
            lambda row: row["Id"],
            lambda: ERRORS.unreadable(f"GET {path}: the list does not come to rest", sent=False),
            lambda met: not told or met >= told[-1],
        ):
            yield new

    async def _sweep(self, path: str, told: list[int]) -> AsyncGenerator[list[Json], None]:
        """All pages, once, until an empty one: how many rows go on a page is the server's to say."""
        seen: set[object] = set()
        skipped = 0
        while True:
            asked = [("$orderby", "Id"), ("$count", "true"), ("$top", str(self._page)), ("$skip", str(skipped))]
            body = await self._read(path, [("$select", "*"), *asked])
            if isinstance(count := body.get("@odata.count"), int):
                told.append(count)
            rows: list[Json] = body["value"]
            if not rows:
                return
            if seen.issuperset(row["Id"] for row in rows):
                raise ERRORS.unreadable(f"GET {path}: the list goes in circles", sent=False)
            seen.update(row["Id"] for row in rows)
            skipped += len(rows)
            yield rows

    async def with_id(self, path: str, identifier: int) -> list[Json]:
        """The rows that are shown for an Id: one or none."""
        asked = [("$select", "*"), ("$filter", f"Id eq {identifier}")]
        rows: list[Json] = (await self._read(path, asked))["value"]
        return [row for row in rows if row["Id"] == identifier]

    async def send(self, method: str, path: str, row: Json) -> None:
        """Write one object. Of what is answered nothing is published. Raises `Unavailable(sent=True)` when the outcome
        is unknown."""
        await self.account()
        answer = await self.http.write(method, path, [row], headers=self._headers())
        if not answer.ok:
            raise error_of(f"{method} {path}", answer)

    async def _read(self, path: str, params: Params) -> Json:
        await self.account()
        return _list(f"GET {path}", await self.http.read(path, params, headers=self._headers()))

    async def _database(self) -> Account:
        if not IN_A_HEADER.fullmatch(self._subscription):
            raise operator_error("tidsbanken: no subscription key is set")
        if not IN_A_HEADER.fullmatch(self._tb_key):
            raise ERRORS.credentials("tidsbanken: no tb-key that could be sent", "key_refused", TB_KEY)
        identifier = account_id(self._tb_key)
        if self._expected not in (None, identifier):
            raise ERRORS.wrong_account("another tb-key than the integration's")
        answer = await self.http.read(GROUPS, [("$top", "1")], headers=self._headers())
        _list(f"GET {GROUPS}", answer, proven=False)
        return Account(id=identifier, name=self._name or "Tidsbanken", environment=self._environment)

    def _headers(self) -> dict[str, str]:
        return {"tb-key": self._tb_key, "Ocp-Apim-Subscription-Key": self._subscription, "x-api-version": VERSION}


def _list(call: str, answer: Answer, *, proven: bool = True) -> Json:
    """An OData list. Raises what a refusal stands for, and `Unavailable` for an answer that is none."""
    if not answer.ok:
        raise error_of(call, answer, proven=proven)
    rows = answer.body.get("value") if isinstance(answer.body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and text_of(row.get("Id")) for row in rows):
        raise ERRORS.unreadable(f"{call}: no list", sent=False)
    body: Json = answer.body
    return body
