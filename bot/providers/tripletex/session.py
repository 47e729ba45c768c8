"""Session tokens: made from the two long-lived tokens, renewed before they end, and never for another company.

Source: API v2 description (POST /token/session/:create, GET /token/session/>whoAmI) and Tripletex' developer pages:
a session ends at midnight of its expiration date in Norway, and that date must lie after today. Keys of the newer kind
(SkyeTec-no/tripletex-mcp, README and src/tripletex-client.ts) are exchanged without a consumer token, for eight hours
at most.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo

import structlog

from bot.core.text import Text
from bot.providers.errors import ProviderError
from bot.providers.kit.http import HttpClient
from bot.providers.tripletex.errors import ERRORS, Refusal, error_of, unreadable

log = structlog.get_logger(__name__)

OSLO = ZoneInfo("Europe/Oslo")
LIFETIME = timedelta(days=2)
"""How far ahead the expiration date lies. At least a day remains after the renewal that precedes each midnight."""

RENEW_BEFORE = timedelta(hours=1)

NEWER_KEY = "tlxr_"
"""What a key begins with that an administrator has made for their own company, under Company, API tokens."""

SECONDS = 28800
"""How long a session of such a key lives: the longest that Tripletex gives, 300 being the shortest."""


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The customer's and the operator's token for one environment."""

    employee: str = field(repr=False)
    consumer: str = field(repr=False)
    environment: str

    @property
    def is_newer(self) -> bool:
        """Whether the customer's key stands alone: no consumer token goes with it."""
        return self.employee.startswith(NEWER_KEY)


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Whom a session stands for."""

    company_id: int
    employee_id: int


class TripletexSession:
    """The session of one connection. `expected_company` pins it: a token that leads elsewhere raises `WrongAccount`."""

    def __init__(
        self,
        http: HttpClient,
        tokens: Tokens,
        *,
        expected_company: str | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._expected = expected_company
        self._now = now
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._ends: datetime | None = None
        self._who: WhoAmI | None = None

    async def headers(self) -> tuple[str, Mapping[str, str]]:
        """The session's token, to name it to `renew`, and the headers that carry it."""
        token = self._token
        if token is None or self._ends is None or self._now() >= self._ends - RENEW_BEFORE:
            token = await self.renew(token)
        return token, _basic(token)

    async def who(self) -> WhoAmI:
        """Whom the session stands for."""
        await self.headers()
        assert self._who is not None
        return self._who

    async def renew(self, old: str | None) -> str:
        """A new session unless another worker has already replaced `old`."""
        async with self._lock:
            if self._token is not None and self._token != old:
                return self._token
            token, ends = await self._create()
            who = await self._ask_who(token)
            if self._expected is not None and str(who.company_id) != self._expected:
                raise ERRORS.wrong_account("the token leads to another company")
            self._token, self._ends, self._who = token, ends, who
            log.debug("session_created", system="tripletex", environment=self._tokens.environment)
            return token

    async def _create(self) -> tuple[str, datetime]:
        if self._tokens.is_newer:
            return await self._exchange()
        if not self._tokens.consumer:
            line = f"tripletex: no consumer token is set for {self._tokens.environment}"
            raise ERRORS.credentials(line, "no_consumer_token", "environment", environment=self._environment)
        last_day = self._now().astimezone(OSLO).date() + LIFETIME
        body = {
            "consumerToken": self._tokens.consumer,
            "employeeToken": self._tokens.employee,
            "expirationDate": last_day.isoformat(),
        }
        # Making one more session harms nobody, so this POST is repeated like a read.
        answer = await self._http.read("/token/session/:create", method="POST", body=body)
        value = answer.body.get("value") if isinstance(answer.body, dict) else None
        token = value.get("token") if isinstance(value, dict) else None
        if answer.ok and _can_be_sent(token):
            return token, datetime.combine(last_day, time(), OSLO)
        if answer.ok:
            raise unreadable("POST /token/session/:create", sent=False)
        raise self._not_created(Refusal.of(answer))

    async def _exchange(self) -> tuple[str, datetime]:
        asked_at = self._now()
        body = {"refreshToken": self._tokens.employee, "ttlSeconds": SECONDS}
        answer = await self._http.read("/token/session/:createFromRefreshToken", method="POST", body=body)
        given = answer.body if isinstance(answer.body, dict) else {}
        # Whether the token comes in the envelope of everything else is not published.
        value = given.get("value") if isinstance(given.get("value"), dict) else given
        token = value.get("token") if isinstance(value, dict) else None
        if answer.ok and _can_be_sent(token):
            return token, asked_at + timedelta(seconds=SECONDS)
        if answer.ok:
            raise unreadable("POST /token/session/:createFromRefreshToken", sent=False)
        refusal = Refusal.of(answer)
        raise ERRORS.credentials(
            f"tripletex: POST /token/session/:createFromRefreshToken: {refusal.status}/{refusal.code}",
            "newer_key_refused",
            "employee_token",
            verbatim=refusal.verbatim,
            reference=refusal.reference,
            environment=self._environment,
        )

    def _not_created(self, refusal: Refusal) -> ProviderError:
        log_text = f"tripletex: POST /token/session/:create: {refusal.status}/{refusal.code}"
        if any("consumerToken" in field for field in refusal.fields):
            key, field = "consumer_refused", "environment"
            return ERRORS.credentials(log_text, key, field, reference=refusal.reference, environment=self._environment)
        # A revoked or mistyped employee token is answered with 404 or 422, not only with 401.
        return ERRORS.credentials(
            log_text,
            "token_refused",
            "employee_token",
            verbatim=refusal.verbatim,
            reference=refusal.reference,
            environment=self._environment,
        )

    @property
    def _environment(self) -> Text:
        return Text(f"tripletex.credential.environment.{self._tokens.environment}")

    async def _ask_who(self, token: str) -> WhoAmI:
        answer = await self._http.read("/token/session/>whoAmI", headers=_basic(token))
        value: Any = answer.body.get("value") if isinstance(answer.body, dict) else None
        if answer.ok and isinstance(value, dict) and isinstance(value.get("companyId"), int):
            own = value.get("employeeId")
            return WhoAmI(value["companyId"], own if isinstance(own, int) else 0)
        if answer.ok:
            raise unreadable("GET /token/session/>whoAmI", sent=False)
        raise error_of("GET /token/session/>whoAmI", Refusal.of(answer))


def _can_be_sent(token: object) -> TypeGuard[str]:
    return isinstance(token, str) and bool(token) and token.isascii() and token.isprintable()


def _basic(token: str) -> Mapping[str, str]:
    # User 0 is the company of the token's owner.
    return {"Authorization": "Basic " + base64.b64encode(f"0:{token}".encode()).decode()}
