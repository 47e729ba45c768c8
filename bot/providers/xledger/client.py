"""Xledger's GraphQL: a token, employees and lists by cursor, two mutations. It knows no fields of employees.

Source: Xledger's own sample for address, header, cursors and limits; public clients for the documents.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator
from typing import Any

from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.graphql import GraphqlCalls, GraphqlDialect, list_document
from bot.providers.kit.http import Answer, HttpClient, RetryPolicy
from bot.providers.kit.numbered_pages import until_at_rest
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.protocol import Account, Connection
from bot.providers.xledger.errors import ERRORS, TOKEN, error_of, pause_of
from bot.providers.xledger.schema import XledgerSchema, read_schema

URLS = {"production": "https://www.xledger.net", "demo": "https://demo.xledger.net"}
PAGE, LONG_PAGE = 1000, 10_000
"""Rows of employees and of lists: what a public client and Xledger's own sample ask for."""
CONCURRENCY = 1
"""How many calls may be made at once is not published."""
IN_A_HEADER = re.compile(r"[A-Za-z0-9_=.~+/-]+")

Json = dict[str, Any]


class XledgerClient(SystemClient):
    """Calls of one connection. Limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection) -> None:
        credentials, options = connection.credentials, connection.options
        self._is_demo = credentials.get("environment") == "demo"
        url = options.get("demo_url" if self._is_demo else "url") or URLS["demo" if self._is_demo else "production"]
        self._token = credentials.get(TOKEN, "").strip()
        self._expected = connection.expected_account
        # As long as this lives, nothing that Xledger says can quote the token.
        self._secret = connection.secret
        self._page = int(options.get("page_size") or PAGE)
        self._key = hashlib.sha256(f"{url} {self._token}".encode()).hexdigest()
        self._patience = patience = RetryPolicy.from_options(options)
        limiter = shared_limiter(
            f"xledger {self._key}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        breaker = shared_breaker(f"xledger {self._key}")
        self.http = HttpClient("xledger", url, limiter, patience=patience, breaker=breaker)
        dialect = GraphqlDialect(
            path="/graphql",
            errors=ERRORS,
            headers=lambda: {"Authorization": f"token {self._token}"},
            pause_of=self._pause_of,
            refused=error_of,
        )
        self._calls = GraphqlCalls(self.http, dialect, limiter, patience)
        self._schema: XledgerSchema | None = None
        self._account: Account | None = None
        self._owner = ""
        self._opening = asyncio.Lock()

    async def account(self) -> Account:
        """The entity that the token is of, once it is known to be the integration's own.

        Raises `CredentialsRefused`, `WrongAccount`, `NotPermitted`.
        """
        async with self._opening:
            if self._account is None:
                self._account = await self._entity(await self._read_schema())
            return self._account

    async def schema(self) -> XledgerSchema:
        """What the schema has for us, read once."""
        async with self._opening:
            return await self._read_schema()

    async def employees(self, fields: str) -> AsyncGenerator[list[Json], None]:
        """Everybody page by page, each once; several pages as `until_at_rest` has it."""
        await self.account()
        async for page in until_at_rest(
            lambda: self._calls.pages("employees", fields, self._page),
            lambda row: row.get("dbId"),
            lambda: ERRORS.unreadable("employees: the list does not come to rest", sent=False),
        ):
            yield [self._own(row) for row in page]

    async def employee(self, fields: str, db_id: int) -> Json | None:
        """One of them, fresh; None where none is shown."""
        await self.account()
        found = "first: $first, filter: { dbId_in: $dbIds }"
        document = list_document("employees", fields, "$first: Int, $dbIds: [Int!]", found)
        data = await self._calls.ask("employees", document, {"first": 2, "dbIds": [db_id]})
        rows = self._calls.page("employees", data)[0]
        return next((self._own(row) for row in rows if str(row.get("dbId")) == str(db_id)), None)

    async def rows(self, name: str, fields: str) -> list[Json]:
        """A whole list to choose from."""
        await self.account()
        return [row async for page in self._calls.pages(name, fields, LONG_PAGE) for row in page if row.get("dbId")]

    async def send(self, name: str, node: Json) -> str:
        """Make one mutation, of one node; gives its id. Raises `Unavailable(sent=True)` when the outcome is unknown."""
        await self.account()
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = (
            f"mutation {name}($inputs: [{kind}!]!) {{ {name}(inputs: $inputs)"
            " { edges { clientId node { dbId code } } } }"
        )
        data = await self._calls.send(name, document, {"inputs": [{"clientId": "1", "node": node}]})
        try:
            (edge,) = data[name]["edges"]
            made = edge["node"]["dbId"] if edge["clientId"] == "1" else None
        except (KeyError, TypeError, ValueError):
            made = None
        if not made:
            raise ERRORS.unreadable(f"{name}: no result", sent=True)
        return str(made)

    async def _read_schema(self) -> XledgerSchema:
        if self._schema is None:
            if not IN_A_HEADER.fullmatch(self._token):
                raise ERRORS.credentials("xledger: no token that could be sent", "token_refused", TOKEN)
            self._schema = await read_schema(lambda name, document: self._calls.ask(name, document, proven=False))
        return self._schema

    async def _entity(self, schema: XledgerSchema) -> Account:
        """Whose employees are shown. Records of lists may be of a company above it, so employees alone say it."""
        if "employees" not in schema.lists or "ownerDbId" not in schema.reads:
            raise ERRORS.not_permitted("xledger: the schema has no employees", "employees")
        named = " owner { description }" if "owner.description" in schema.reads else ""
        document = list_document("employees", f"dbId ownerDbId{named}", "$first: Int", "first: $first")
        rows = self._calls.page("employees", await self._calls.ask("employees", document, {"first": 100}))[0]
        owners = {str(row.get("ownerDbId") or ""): (row.get("owner") or {}).get("description") for row in rows}
        if not owners or "" in owners:
            raise ERRORS.nobody_shown()
        if len(owners) > 1:
            names = ", ".join(sorted(str(name or owner) for owner, name in owners.items()))
            raise ERRORS.credentials("xledger: several entities", "several_entities", TOKEN, names=names)
        ((owner, name),) = owners.items()
        identifier = f"demo-{owner}" if self._is_demo else owner
        if self._expected not in (None, identifier):
            raise ERRORS.wrong_account("the token is of another entity")
        self._owner = owner
        environment = "test" if self._is_demo else "production"
        return Account(id=identifier, name=str(name or f"Xledger {owner}"), environment=environment)

    def _own(self, row: Json) -> Json:
        if not row.get("dbId"):
            raise ERRORS.unreadable("employees: one without an id", sent=False)
        if str(row.get("ownerDbId")) != self._owner:
            raise ERRORS.wrong_account("employees of another entity are shown")
        return row

    def _pause_of(self, answer: Answer) -> float | None:
        # Xledger's sample waits that long where the kit's clients begin with half a second.
        pause = pause_of(answer)
        return None if pause is None else pause * self._patience.backoff / RetryPolicy().backoff
