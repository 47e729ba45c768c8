"""Spiris Lön's API v2 over HTTP: consent, tokens that are good once, OData lists. It knows paths, not employees.

Source: Spiris' description of its payroll API v2, and developer.vismaonline.com on environments, limits and errors.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

from bot.core.private_words import Secret
from bot.providers.consent import CONSENT, REDIRECT_URL
from bot.providers.errors import CredentialsRefused
from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, FormBody, HttpClient, Params, RetryPolicy
from bot.providers.kit.json_values import digits_of, text_of
from bot.providers.kit.numbered_pages import until_at_rest
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.rotating_tokens import GivenTokens, RotatingTokens
from bot.providers.protocol import Account, Connection
from bot.providers.spiris_lon.errors import ERRORS, error_of, is_missing, operator_error, token_error

URL, AUTH_URL = "https://vlsapi.vismaonline.com", "https://identity.vismaonline.com"
SCOPE = "vls:api offline_access"
PEOPLE = "/v2/employees"
PAGE = 100
CONCURRENCY = 4

Json = dict[str, Any]

_write_locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
_ID = re.compile(r"/[0-9a-fA-F-]{36}|/[0-9]{4}-[0-9]{2}-[0-9]{2}")


class SpirisApplication:
    """The operator's application at Spiris, and the page and the endpoint that know it."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._client_id = options.get("client_id", "").strip()
        self._secret = options.get("client_secret", "").strip()
        self._kept = Secret((self._secret,))
        self._redirect_url = options.get(REDIRECT_URL, "")
        self.url = (options.get("auth_url") or AUTH_URL).rstrip("/")
        self.is_sandbox = options.get("sandbox", "").strip().lower() == "true"
        self.patience = RetryPolicy.from_options(options)
        self.digest = hashlib.sha256(f"{self.url} {self._client_id} {self._secret}".encode()).hexdigest()

    def consent_url(self, state: str) -> str:
        """Where somebody of the company agrees. Raises `CredentialsRefused`."""
        self._require()
        asked = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_url,
            "scope": SCOPE,
            "state": state,
            "response_type": "code",
        }
        return f"{self.url}/connect/authorize?{urlencode(asked)}"

    async def redeem(self, http: HttpClient, code: str) -> GivenTokens:
        """What a consent is worth. A code is good once. Raises as `refresh` does."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_url}
        return await self._tokens(http, form, code)

    async def refresh(self, http: HttpClient, token: str) -> GivenTokens:
        """Give a refresh token up for others; it is never sent twice. Raises `CredentialsRefused`, `Unavailable`."""
        return await self._tokens(http, {"grant_type": "refresh_token", "refresh_token": token}, token)

    async def _tokens(self, http: HttpClient, form: Mapping[str, str], spent: str) -> GivenTokens:
        self._require()
        quoted = Secret((spent,))
        keys = base64.b64encode(f"{self._client_id}:{self._secret}".encode()).decode()
        answer = await http.write("POST", "/connect/token", FormBody(form), headers={"Authorization": f"Basic {keys}"})
        del quoted
        if not answer.ok or not isinstance(answer.body, dict):
            raise token_error(answer)
        access, refresh = (text_of(answer.body.get(name)) for name in ("access_token", "refresh_token"))
        if not access or not refresh:
            raise ERRORS.credentials("spiris_lon: token: no refresh token", "no_refresh", CONSENT)
        return GivenTokens(access, refresh, answer.body.get("expires_in"))

    def http(self) -> HttpClient:
        """A client of the endpoint that gives tokens."""
        limiter = shared_limiter(f"spiris_lon auth {self.digest}", lambda: RateLimiter(concurrency=CONCURRENCY))
        breaker = shared_breaker(f"spiris_lon auth {self.digest}")
        return HttpClient("spiris_lon", self.url, limiter, patience=self.patience, breaker=breaker)

    def _require(self) -> None:
        if not self._client_id or not self._secret:
            raise operator_error("spiris_lon: no client id or secret is set")
        if urlsplit(self._redirect_url).scheme not in ("http", "https"):
            raise operator_error("spiris_lon: no address is set that Spiris leads people back to")


class SpirisClient:
    """Calls of one connection. Tokens, limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection) -> None:
        options = connection.options
        self._application = SpirisApplication(options)
        self._expected = connection.expected_account
        self.may_be_empty = options.get("allow_empty", "").strip().lower() == "true"
        self.page_size = int(options.get("page_size") or PAGE)
        self._order = options.get("order_by", "Id").strip()
        url = (options.get("url") or URL).rstrip("/")
        self._key = hashlib.sha256(f"{url} {self._application.digest}".encode()).hexdigest()
        patience = self._application.patience
        # 600 calls a minute are let through for an application and an address, over all customers; how long to wait
        # stands in the words of a refusal alone.
        limiter = shared_limiter(
            f"spiris_lon {self._key}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        breaker = shared_breaker(f"spiris_lon {self._key}")
        self.http = HttpClient("spiris_lon", url, limiter, patience=patience, breaker=breaker, shown=plain_path)
        self._auth = self._application.http()
        self._tokens = RotatingTokens(connection, self._refreshed, self._over)
        self._account: Account | None = None
        self._signing_in = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.__aexit__(kind, error, trace)
        await self._auth.__aexit__(kind, error, trace)

    async def account(self) -> Account:
        """The company that the consent is of, once it is known to be the integration's own.

        Raises `CredentialsRefused`, `WrongAccount`.
        """
        async with self._signing_in:
            if self._account is None:
                self._account = await self._company()
            return self._account

    async def write_lock(self, person: str) -> asyncio.Lock:
        """One write at a time per person, over all connections of this process to the company."""
        return _write_locks.setdefault((f"{self._key} {(await self.account()).id}", person), asyncio.Lock())

    async def get(self, path: str) -> Json | None:
        """One object; None when Spiris knows no such id."""
        await self.account()
        answer = await self._signed("GET", path)
        return None if is_missing(answer) else _object(f"GET {plain_path(path)}", answer, sent=False)

    async def pages(self, path: str) -> AsyncGenerator[list[Json], None]:
        """A list page by page, each row once; one of several pages as `until_at_rest` has it."""
        told: list[int] = []
        async for new in until_at_rest(
            lambda: self._sweep(path, told),
            lambda row: row["Id"],
            lambda: ERRORS.unreadable(f"GET {path}: the list does not come to rest", sent=False),
            lambda met: not told or met >= told[-1],
        ):
            yield new

    async def count(self, path: str) -> int:
        """How many rows a list has."""
        return (await self._page(path, 1, 0))[1]

    async def rows(self, path: str) -> list[Json]:
        """A list that comes as a bare array."""
        await self.account()
        return _rows(f"GET {plain_path(path)}", await self._signed("GET", path))

    async def send(self, method: str, path: str, body: Json | None) -> Json:
        """Write one object and get it back. Raises `Unavailable(sent=True)` when the outcome is unknown."""
        await self.account()
        return _object(f"{method} {plain_path(path)}", await self._signed(method, path, body, writes=True), sent=True)

    async def remove(self, path: str) -> None:
        """Take one object away; one that is gone is no error."""
        await self.account()
        answer = await self._signed("DELETE", path, writes=True)
        if not answer.ok and not is_missing(answer):
            raise error_of(f"DELETE {plain_path(path)}", answer, writes=True)

    async def _sweep(self, path: str, told: list[int]) -> AsyncGenerator[list[Json], None]:
        """All pages, once: how many rows go on a page is the server's to say."""
        skipped = 0
        while True:
            rows, total = await self._page(path, self.page_size, skipped)
            told.append(total)
            if not rows:
                # Somebody has gone meanwhile, so that what was one page more is none: the list is gone through again.
                if skipped:
                    yield []
                return
            skipped += len(rows)
            yield rows
            if skipped >= total:
                return

    async def _page(self, path: str, top: int, skip: int) -> tuple[list[Json], int]:
        await self.account()
        asked = [("$top", str(top)), ("$skip", str(skip))]
        if self._order:
            asked.insert(0, ("$orderby", self._order))
        answer = await self._signed("GET", path, params=asked)
        call = f"GET {path}"
        if not answer.ok:
            raise error_of(call, answer)
        body = answer.body if isinstance(answer.body, dict) else {}
        meta = body.get("Meta")
        total = meta.get("TotalNumberOfResults") if isinstance(meta, dict) else None
        if not isinstance(total, int) or isinstance(total, bool):
            raise ERRORS.unreadable(f"{call}: no count", sent=False)
        return _listed(call, body.get("Data")), total

    async def _signed(
        self, method: str, path: str, body: Json | None = None, params: Params = (), *, writes: bool = False
    ) -> Answer:
        async def once(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            if writes:
                return await self.http.write(method, path, body, headers=headers)
            return await self.http.read(path, params, headers=headers)

        return await self._tokens.signed(once)

    async def _company(self) -> Account:
        call = "GET /v2/payrollsettings"
        told = _object(call, await self._signed("GET", "/v2/payrollsettings"), sent=False)
        number, name = digits_of(told.get("CompanyRegistrationNumber")), text_of(told.get("CompanyName"))
        if number is None:
            raise ERRORS.credentials(f"spiris_lon: {call}: no company number", "no_company_number", CONSENT)
        environment = "test" if self._application.is_sandbox else "production"
        if self._expected not in (None, number):
            raise ERRORS.wrong_account("the consent is of another company")
        return Account(id=number, name=name or f"Spiris {number}", organisation_number=number, environment=environment)

    async def _refreshed(self, token: str) -> GivenTokens:
        return await self._application.refresh(self._auth, token)

    def _over(self) -> CredentialsRefused:
        return ERRORS.credentials("spiris_lon: the consent cannot be used any more", "consent_old", CONSENT)


def plain_path(path: str) -> str:
    """A path for the log, without what stands for somebody or for a day."""
    return _ID.sub("/#", path)


def _rows(call: str, answer: Answer) -> list[Json]:
    if not answer.ok:
        raise error_of(call, answer)
    return _listed(call, answer.body)


def _listed(call: str, rows: Any) -> list[Json]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and text_of(row.get("Id")) for row in rows):
        raise ERRORS.unreadable(f"{call}: no list", sent=False)
    return rows


def _object(call: str, answer: Answer, *, sent: bool) -> Json:
    if not answer.ok:
        raise error_of(call, answer, writes=sent)
    if not isinstance(answer.body, dict):
        raise ERRORS.unreadable(f"{call}: no object", sent=sent)
    return answer.body
