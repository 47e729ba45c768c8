"""Tokens and sessions: who is calling, for which company, and until when.

Source: developer.tripletex.no (authentication and tokens) and API v2 description. A session lives until
midnight, Norwegian time, as its expiration date begins.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.standin import Clock
from sandbox.tripletex import errors, texts
from sandbox.tripletex.errors import Problem, Refusal
from sandbox.tripletex.texts import Language

OSLO = ZoneInfo("Europe/Oslo")


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
    expires_on: date

    def alive(self, now: datetime) -> bool:
        return now < datetime.combine(self.expires_on, time(), OSLO)


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
        if token is None:
            raise errors.invalid([Problem("arg:employeeToken", texts.EMPLOYEE_TOKEN)])
        if token.revoked:
            raise errors.not_found()
        if expires_on < self._clock().astimezone(OSLO).date():
            raise errors.invalid([Problem("arg:expirationDate", texts.EXPIRATION_DATE)])
        # Random, so that a session kept by a client never fits another one after a restart.
        value = f"tripletex-demo-session-{secrets.token_hex(8)}"
        session = Session(7000 + len(self._sessions), value, token, consumer, expires_on)
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
