"""24SevenOffice's Payroll API 2.0 over HTTP: tokens, whole lists, POST for every write. It knows paths, not employees.

Source: 24SevenOffice's description of the Payroll API ("Finago Payday's API documentation"). The customer's token goes
into the query of one call, and so does nothing of that call but its path leave `HttpClient`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, Params, RetryPolicy
from bot.providers.kit.json_values import digits_of, text_of
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.token_cache import SHORTEST_LIFE, TokenCache
from bot.providers.protocol import Connection
from bot.providers.twentyfour_seven_office.errors import ERRORS, error_of, not_norwegian, token_error

URL = "https://payroll.24sevenoffice.com/api"
TOKEN = "access_token"  # noqa: S105 - the name of a credential
COMPANY = "/organization/v2"
CONCURRENCY = 4
LONGEST_LIFE = 3600.0
"""Seconds that a token is used at most, whatever it says of itself: the zone of its end is not published."""

Json = dict[str, Any]
Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The time by which a token's end is read."""
    return datetime.now(UTC)


class TwentyFourClient(SystemClient):
    """Calls of one connection. Tokens, limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection, *, now: Now = utc_now) -> None:
        options = connection.options
        url = options.get("url") or URL
        self._secret = connection.credentials.get(TOKEN, "").strip()
        self._kept = connection.secret  # as long as the client can be answered, nothing can quote it
        self.environment = connection.credentials.get("environment") or "production"
        self._expected = connection.expected_account
        self._now = now
        self._key = hashlib.sha256(f"{url} {self._secret}".encode()).hexdigest()
        patience = RetryPolicy.from_options(options)
        # No limit is published: few calls at once, and a refusal is waited out.
        limiter = shared_limiter(
            f"twentyfour_seven_office {self._key}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        breaker = shared_breaker(f"twentyfour_seven_office {self._key}")
        self.http = HttpClient(
            "twentyfour_seven_office", url, limiter, patience=patience, breaker=breaker, shown=_plain
        )
        self.absence_kind = options.get("absence_content_type") or "text/html"
        self.may_be_empty = options.get("allow_empty", "").strip().lower() == "true"
        self._tokens = TokenCache(self._new_token)
        self._company: Json = {}

    async def company(self) -> Json:
        """The company that the token is of, with its sites; signs in if need be."""
        await self._tokens.get()
        return self._company

    async def rows(self, path: str, params: Params = ()) -> list[Json]:
        """A list, whole: there are no pages. Raises `Unavailable` for an answer that is none."""
        answer = await self._signed("GET", path, params=params)
        if not answer.ok:
            raise error_of(f"GET {_plain(path)}", answer, write=False)
        return _rows(f"GET {_plain(path)}", answer)

    async def maybe(self, path: str) -> list[Json] | None:
        """The same of a path that ends in an id; None where the id is refused. Which status that has is not published:
        401 stands there for wrong input too, and the token has just been found good."""
        answer = await self._signed("GET", path)
        if answer.status in (400, 401, 404):
            return None
        if not answer.ok:
            raise error_of(f"GET {_plain(path)}", answer, write=False)
        return _rows(f"GET {_plain(path)}", answer)

    async def send(self, path: str, body: Json | list[Json], *, kind: str = "") -> Any:
        """Write, and hand back whatever is answered, of which nothing is published. `kind` is what the body is called,
        JSON unless given. Raises `Unavailable(sent=True)` when the outcome is unknown."""
        answer = await self._signed("POST", path, body, kind=kind)
        if not answer.ok:
            raise error_of(f"POST {_plain(path)}", answer, write=True)
        return answer.body

    async def _signed(
        self, method: str, path: str, body: Json | list[Json] | None = None, params: Params = (), kind: str = ""
    ) -> Answer:
        async def once(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            if method == "GET":
                return await self.http.read(path, params, headers=headers)
            return await self.http.write(method, path, body, headers=headers | ({"Content-Type": kind} if kind else {}))

        return await self._tokens.signed(once)

    async def _new_token(self) -> tuple[str, float]:
        """A token, once it is known that it leads to the integration's own company."""
        answer = await self.http.read("/auth", [("token", self._secret)])
        body = answer.body if isinstance(answer.body, dict) else {}
        token = text_of(body.get("accessToken"))
        if answer.status in (400, 401, 403):
            raise token_error("/auth", answer)
        if not answer.ok or token is None:
            raise ERRORS.unreadable(f"GET /auth: {answer.status}, no token", sent=False)
        told = await self.http.read(COMPANY, headers={"Authorization": f"Bearer {token}"})
        if told.status in (401, 403):
            raise token_error(COMPANY, told)
        if not told.ok or not isinstance(told.body, dict):
            raise ERRORS.unreadable(f"GET {COMPANY}: {told.status}, no company", sent=False)
        number = digits_of(told.body.get("orgno"))
        if number is None:
            raise ERRORS.unreadable(f"GET {COMPANY}: no number of the company", sent=False)
        if self._expected not in (None, number):
            raise ERRORS.wrong_account("the token leads to another company")
        if (country := text_of(told.body.get("country_code")) or "NO").upper() != "NO":
            raise not_norwegian(country)
        self._company = told.body
        return token, life_until(body.get("expiresOn") or body.get("validToUtc"), self._now())


def life_until(end: Any, now: datetime) -> float:
    """Seconds until an end that a token tells; the shortest life where it tells none that can be read."""
    try:
        told = datetime.fromisoformat(str(end))
    except ValueError:
        return SHORTEST_LIFE
    whole = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    return min(max((whole - now).total_seconds(), SHORTEST_LIFE), LONGEST_LIFE)


def _plain(path: str) -> str:
    """A path for the log, without what stands for somebody."""
    return "/".join(path.split("/")[:3])


def _rows(call: str, answer: Answer) -> list[Json]:
    rows = answer.body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ERRORS.unreadable(f"{call}: no list", sent=False)
    return rows
