"""Keys and tokens of PowerOffice Go, and how many calls a second a subscription may make.

Source: PowerOffice's description of POST /OAuth/Token, and its pages on authentication and requests.
"""

from __future__ import annotations

import base64
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.standin import Clock

LIFETIME = 1200
PER_SECOND = 10


@dataclass
class SignIn:
    """`clients` names the Go client that a client key leads to. `limit` is of a subscription, over all clients."""

    clock: Clock
    application_key: str = field(repr=False)
    subscription_key: str = field(repr=False)
    clients: dict[str, str] = field(default_factory=dict, repr=False)
    lifetime: int = LIFETIME
    limit: int = PER_SECOND
    issued: int = 0
    _tokens: dict[str, tuple[str, str, datetime]] = field(default_factory=dict, repr=False)
    _calls: deque[datetime] = field(default_factory=deque)

    def issue(self, authorization: str) -> str | None:
        """A token for `Basic base64(application:client)`; None for keys that do not match."""
        scheme, _, value = authorization.partition(" ")
        try:
            application, _, client = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return None
        if scheme != "Basic" or application != self.application_key or client not in self.clients:
            return None
        self.issued += 1
        token = f"go-demo-token-{secrets.token_hex(12)}"
        self._tokens[token] = client, self.clients[client], self.clock() + timedelta(seconds=self.lifetime)
        return token

    def bearer(self, authorization: str) -> str | None:
        """The Go client of a token while it lives, and while its client key does."""
        scheme, _, value = authorization.partition(" ")
        key, client, ends = self._tokens.get(value, ("", "", self.clock()))
        return client if scheme == "Bearer" and self.clock() < ends and self.clients.get(key) == client else None

    def end_all(self) -> None:
        """Make every token that is out there worthless."""
        self._tokens.clear()

    def admits(self) -> bool:
        """Whether one more call is within the limit; counts it."""
        now = self.clock()
        while self._calls and now - self._calls[0] >= timedelta(seconds=1):
            self._calls.popleft()
        if len(self._calls) >= self.limit:
            return False
        self._calls.append(now)
        return True
