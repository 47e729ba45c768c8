"""Tokens and sessions: who is calling, for which company, and until when.

Source: developer.tripletex.no (authentication and tokens) and API v2 description. A session lives until
midnight, Norwegian time, as its expiration date begins. Keys of the newer kind begin with `tlxr_`, need no consumer
token, and are exchanged for sessions of 300 to 28800 seconds (SkyeTec-no/tripletex-mcp, src/oauth.ts and
src/tripletex-client.ts); how a bad one is refused has not been published.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.standin import Clock
from sandbox.tripletex import errors, texts
from sandbox.tripletex.errors import Problem, Refusal
from sandbox.tripletex.texts import Language

OSLO = ZoneInfo("Europe/Oslo")
NEWER_KEY = "tlxr_"
SHORTEST, LONGEST = 300, 28800


@dataclass
class EmployeeToken:
    """One customer's key. `clients` are the companies an accountant's token may act in."""

    id: int
    value: str = field(repr=False)
    company: int
    owner: int
    language: Language = "nb"
    revoked: bool = False
    clients: tuple[int, ...] = ()


@dataclass(frozen=True)
class Session:
    id: int
    value: str = field(repr=False)
    token: EmployeeToken
    consumer: str = field(repr=False)
    ends: datetime

    def alive(self, now: datetime) -> bool:
        return now < self.ends


@dataclass(frozen=True)
class Caller:
    """A signed-in call: the session, and the company it acts in."""

    session: Session
    company: int
    as_client: bool

    @property
    def language(self) -> Language:
        return self.session.token.language

    @property
    def owner(self) -> int:
        return self.session.token.owner


class Sessions:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.consumers: set[str] = set()
        self.tokens: dict[str, EmployeeToken] = {}
        self._sessions: dict[str, Session] = {}

    def create(self, consumer: Any, employee: Any, expires: Any) -> Session:
        """Exchange the two tokens for a session. Raises Refusal: 422 on bad values, 404 on a revoked token.

        Today's date gives a session that is dead at birth; the facts know that or a refusal.
        """
        given = {"consumerToken": consumer, "employeeToken": employee, "expirationDate": expires}
        missing = [Problem(name, texts.NOT_NULL, f"null.{name}") for name, value in given.items() if not value]
        if missing:
            raise Refusal(422, errors.VALIDATION, texts.VALIDATION_FAILED, problems=missing)
        try:
            expires_on = date.fromisoformat(expires)
        except (TypeError, ValueError):
            problem = Problem("expirationDate", texts.WRONG_TYPE)
            raise Refusal(422, errors.MAPPING, texts.MAPPING_FAILED, problems=[problem]) from None
        if consumer not in self.consumers:
            raise errors.invalid([Problem("arg:consumerToken", texts.CONSUMER_TOKEN)])
        token = self.tokens.get(employee)
        if token is None or token.value.startswith(NEWER_KEY):
            raise errors.invalid([Problem("arg:employeeToken", texts.EMPLOYEE_TOKEN)])
        if token.revoked:
            raise errors.not_found()
        if expires_on < self._clock().astimezone(OSLO).date():
            raise errors.invalid([Problem("arg:expirationDate", texts.EXPIRATION_DATE)])
        return self._open(token, consumer, datetime.combine(expires_on, time(), OSLO))

    def create_from_refresh_token(self, refresh: Any, seconds: Any) -> Session:
        """Exchange a key of the newer kind for a session. Raises Refusal: 422 on bad values, 401 on a bad key."""
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < SHORTEST:
            raise errors.invalid([Problem("ttlSeconds", texts.TTL_TOO_SHORT)])
        if seconds > LONGEST:
            raise errors.invalid([Problem("ttlSeconds", texts.TTL_TOO_LONG)])
        token = self.tokens.get(refresh) if isinstance(refresh, str) and refresh.startswith(NEWER_KEY) else None
        if token is None or token.revoked:
            raise errors.unauthorized()
        return self._open(token, "", self._clock() + timedelta(seconds=seconds))

    def _open(self, token: EmployeeToken, consumer: str, ends: datetime) -> Session:
        # Random, so that a session kept by a client never fits another one after a restart.
        value = f"tripletex-demo-session-{secrets.token_hex(8)}"
        session = Session(7000 + len(self._sessions), value, token, consumer, ends)
        self._sessions[value] = session
        return session

    def end(self, value: str) -> None:
        self._sessions.pop(value, None)

    def end_all(self) -> None:
        """Drop every session, as a restart of the real system does."""
        self._sessions.clear()

    def caller(self, authorization: str) -> Caller:
        """Who a Basic header is: user 0 or blank for the token's company, else a client's company id.

        Raises Refusal 401/3000.
        """
        scheme, _, coded = authorization.partition(" ")
        try:
            user, _, value = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise errors.unauthorized() from None
        session = self._sessions.get(value)
        if scheme.lower() != "basic" or session is None or session.token.revoked:
            raise errors.unauthorized()
        if not session.alive(self._clock()):
            raise errors.unauthorized()
        if user in ("", "0"):
            return Caller(session, session.token.company, False)
        if not user.isdecimal() or int(user) not in session.token.clients:
            raise errors.unauthorized()
        return Caller(session, int(user), True)
