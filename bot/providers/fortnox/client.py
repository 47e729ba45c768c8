"""Fortnox API v3 over HTTP: consent, tokens by tenant, whole lists, wrapped objects. It knows paths, not employees.

Source: fortnox.se/developer on authorization, client credentials, rate limits, parameters and errors, and Fortnox'
description of the API.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bot.core.private_words import Secret
from bot.providers.consent import REDIRECT_URL
from bot.providers.errors import Unavailable
from bot.providers.fortnox.errors import ERRORS, error_of, operator_error, token_error
from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.exact_json import read_json
from bot.providers.kit.http import Answer, FormBody, HttpClient, Params, RetryPolicy
from bot.providers.kit.list_bound import ListBound
from bot.providers.kit.numbered_pages import until_at_rest
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.token_cache import TokenCache, life
from bot.providers.protocol import Account, Connection

URL, AUTH_URL = "https://api.fortnox.se", "https://apps.fortnox.se"
PAGE = 500
CONCURRENCY = 4

NEEDED, USEFUL = ("companyinformation", "salary"), ("costcenter",)
"""Scopes: without one of the first nothing goes, without the last no cost centre is found."""

TENANT = "tenant_id"
"""What is kept of a consent. It is no secret to its company, and it is never asked for: a consent alone leads to it."""

Json = dict[str, Any]


class FortnoxApplication:
    """The operator's application in Fortnox' developer portal, and the page and the endpoint that know it."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._client_id = options.get("client_id", "").strip()
        self._secret = options.get("client_secret", "").strip()
        self._kept = Secret((self._secret,))
        self._redirect_url = options.get(REDIRECT_URL, "")
        self.url = (options.get("auth_url") or AUTH_URL).rstrip("/")
        self.patience = RetryPolicy.from_options(options)
        self.digest = hashlib.sha256(f"{self.url} {self._client_id} {self._secret}".encode()).hexdigest()

    def consent_url(self, state: str) -> str:
        """Where an administrator agrees to a service account. Raises `CredentialsRefused`."""
        self._require()
        asked = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_url,
            "scope": " ".join((*NEEDED, *USEFUL)),
            "state": state,
            "access_type": "offline",
            "response_type": "code",
            "account_type": "service",
        }
        return f"{self.url}/oauth-v1/auth?{urlencode(asked)}"

    async def redeem(self, http: HttpClient, code: str) -> str:
        """The tenant that a consent is of. A code is good once. Raises as `token` does."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_url}
        quoted = Secret((code,))
        body = await self.token(http, form, once=True)
        del quoted
        return _tenant_of(str(body["access_token"]))

    async def token(self, http: HttpClient, form: Mapping[str, str], *, once: bool = False, **headers: str) -> Json:
        """An answer with an access token in it. Raises `CredentialsRefused`."""
        self._require()
        keys = base64.b64encode(f"{self._client_id}:{self._secret}".encode()).decode()
        sent = {"Authorization": f"Basic {keys}", **headers}
        if once:
            answer = await http.write("POST", "/oauth-v1/token", FormBody(form), headers=sent)
        else:
            # One more token harms nobody, so this POST is repeated like a read.
            answer = await http.read("/oauth-v1/token", method="POST", body=FormBody(form), headers=sent)
        if not answer.ok or not isinstance(answer.body, dict) or not isinstance(answer.body.get("access_token"), str):
            raise token_error(answer)
        return answer.body

    def http(self) -> HttpClient:
        """A client of the endpoint that gives tokens."""
        limiter = shared_limiter(f"fortnox auth {self.digest}", lambda: RateLimiter(concurrency=CONCURRENCY))
        breaker = shared_breaker(f"fortnox auth {self.digest}")
        return HttpClient("fortnox", self.url, limiter, patience=self.patience, breaker=breaker)

    def _require(self) -> None:
        if not self._client_id or not self._secret:
            raise operator_error("fortnox: no client id or secret is set")
        if urlsplit(self._redirect_url).scheme not in ("http", "https"):
            raise operator_error("fortnox: no address is set that Fortnox leads people back to")


class FortnoxClient(SystemClient):
    """Calls of one connection. Tokens, limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection, *, clock: Callable[[], float] = time.monotonic) -> None:
        options = connection.options
        self._application = FortnoxApplication(options)
        self.tenant = connection.credentials.get(TENANT, "").strip()
        self._expected = connection.expected_account
        url = options.get("url") or URL
        self.page_size = int(options.get("page_size") or PAGE)
        self._key = hashlib.sha256(f"{url} {self._application.digest} {self.tenant}".encode()).hexdigest()
        patience = self._application.patience
        # 25 calls in any five seconds are let through for an application and a company; a refusal may name no time.
        limiter = shared_limiter(
            f"fortnox {self._key}",
            lambda: RateLimiter(
                concurrency=CONCURRENCY, first_backoff=2 * patience.backoff, longest_backoff=10 * patience.backoff
            ),
        )
        breaker = shared_breaker(f"fortnox {self._key}")
        self.http = HttpClient("fortnox", url, limiter, patience=patience, breaker=breaker, shown=_shown)
        self._auth = self._application.http()
        self._beside = (self._auth,)
        self._tokens = TokenCache(self._new_token, clock=clock)
        self._information: Json = {}
        self._scopes: frozenset[str] = frozenset()

    async def information(self) -> Json:
        """The company that the consent is of; signs in if need be."""
        await self._tokens.get()
        return self._information

    async def account(self) -> Account:
        """The same, as people are shown it."""
        said = await self.information()
        name, number = str(said.get("CompanyName") or "").strip(), str(said.get("OrganizationNumber") or "").strip()
        return Account(id=self.tenant, name=name or f"Fortnox {self.tenant}", organisation_number=number or None)

    async def count(self, path: str, name: str) -> int:
        """How many objects a list has. Raises `NotPermitted` where the company may not have any."""
        return _page(f"GET {path}", await self._signed("GET", path, params=[("limit", "1")]), name)[1]

    async def scopes(self) -> frozenset[str]:
        """What was agreed to."""
        await self._tokens.get()
        return self._scopes

    async def get(self, path: str, name: str) -> Json | None:
        """One object; None when Fortnox knows no such id."""
        answer = await self._signed("GET", path)
        return None if answer.status == 404 else _object(f"GET {_plain(path)}", answer, name, sent=False)

    async def pages(self, path: str, name: str, key: str, params: Params = ()) -> AsyncGenerator[list[Json], None]:
        """A list page by page, each object once, told apart by `key`; one of several pages as `until_at_rest` has it.

        A list says how many objects it has: as long as some are missing, it is gone through again.
        """
        said = 0

        async def sweep() -> AsyncGenerator[list[Json], None]:
            nonlocal said
            bound = ListBound()
            number, pages = 1, 1
            while number <= pages:
                asked = [*params, ("page", str(number)), ("limit", str(self.page_size))]
                answer = await self._signed("GET", path, params=asked)
                rows, said, pages = _page(f"GET {path}", answer, name)
                if bound.is_over(len(rows)):
                    raise ERRORS.unreadable(f"GET {path}: the list has no end", sent=False)
                yield rows
                number += 1

        def moving() -> Unavailable:
            return ERRORS.unreadable(f"GET {path}: the list does not come to rest", sent=False)

        async for new in until_at_rest(sweep, lambda row: str(row.get(key)), moving, lambda met: met >= said):
            yield new

    async def rows(self, path: str, name: str, key: str, params: Params = ()) -> list[Json]:
        """All objects of a list short enough to hold."""
        return [row async for page in self.pages(path, name, key, params) for row in page]

    async def send(self, method: str, path: str, name: str, body: Json | None) -> Json:
        """Write one object and get it back. Raises `Unavailable(sent=True)` when the outcome is unknown."""
        answer = await self._signed(method, path, None if body is None else {name: body}, writes=True)
        return _object(f"{method} {_plain(path)}", answer, name, sent=True)

    async def remove(self, path: str) -> None:
        """Take one object away; one that is gone is no error. Raises `Unavailable(sent=True)` as `send` does."""
        answer = await self._signed("DELETE", path, writes=True)
        if answer.status != 404 and not answer.ok:
            raise error_of(f"DELETE {_plain(path)}", answer)

    async def _signed(
        self, method: str, path: str, body: Json | None = None, params: Params = (), *, writes: bool = False
    ) -> Answer:
        async def once(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            if writes:
                return await self.http.write(method, f"/3{path}", body, headers=headers)
            return await self.http.read(f"/3{path}", params, headers=headers)

        return await self._tokens.signed(once)

    async def _new_token(self) -> tuple[str, float]:
        """A token, once it is known that it leads to the integration's own company."""
        if not self.tenant:
            raise ERRORS.credentials("fortnox: no consent is stored", "consent_gone", "consent")
        if self._expected not in (None, self.tenant):
            raise ERRORS.wrong_account("the consent is of another company")
        body = await self._application.token(self._auth, {"grant_type": "client_credentials"}, TenantId=self.tenant)
        token = str(body["access_token"])
        headers = {"Authorization": f"Bearer {token}"}
        told = await self.http.read("/3/companyinformation", headers=headers)
        information = _object("GET /companyinformation", told, "CompanyInformation", sent=False)
        if _tenant_of(token) != self.tenant or str(information.get("DatabaseNumber")) != self.tenant:
            raise ERRORS.wrong_account("the token is of another company")
        self._information = information
        said = body.get("scope") or _claims(token).get("scope")
        scopes = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
        self._scopes = frozenset(map(str, scopes))
        return token, life(body.get("expires_in"))


def employee_path(number: str) -> str:
    """Where one employee is; a number may have any letter in it."""
    return f"/employees/{quote(number, safe='')}"


def _shown(path: str) -> str:
    """A path with the version in front, as `_plain` gives it."""
    return f"/3{_plain(path.removeprefix('/3'))}"


def _plain(path: str) -> str:
    """A path for the log, without what stands for somebody."""
    return "/".join(path.split("/")[:2])


def _claims(token: str) -> Json:
    """What a token says of itself. It came from Fortnox' own endpoint, so nobody else can have written it."""
    piece = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        said = read_json(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}


def _tenant_of(token: str) -> str:
    """The company that a token is of. Raises `Unavailable`."""
    tenant = _claims(token).get("tenantId")
    if not isinstance(tenant, int | str) or not str(tenant).strip():
        raise ERRORS.unreadable("token: no tenant", sent=False)
    return str(tenant).strip()


def _page(call: str, answer: Answer, name: str) -> tuple[list[Json], int, int]:
    """Rows, how many there are in all, and on how many pages."""
    if not answer.ok:
        raise error_of(call, answer)
    body = answer.body if isinstance(answer.body, dict) else {}
    rows, told = body.get(name), body.get("MetaInformation")
    counts = [told.get(key) if isinstance(told, dict) else None for key in ("@TotalResources", "@TotalPages")]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ERRORS.unreadable(f"{call}: no list", sent=False)
    total, pages = (count if isinstance(count, int) else -1 for count in counts)
    if total < 0 or pages < 0:
        raise ERRORS.unreadable(f"{call}: no count", sent=False)
    return [row for row in rows if isinstance(row, dict)], total, pages


def _object(call: str, answer: Answer, name: str, *, sent: bool) -> Json:
    if not answer.ok:
        raise error_of(call, answer)
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    if not isinstance(found, dict):
        raise ERRORS.unreadable(f"{call}: no object", sent=sent)
    return found
