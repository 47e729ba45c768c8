"""Visma Connect as far as a service application meets it: client credentials for one tenant.

Source: Visma.net API docs, "Authentication" and "Service Integrations"; the errors are those of OAuth 2.0 and, for a
tenant that has not approved the application, `invalid_tenant` as integrators report it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sandbox.standin import Clock

READ, WRITE = "visma_net_employee:employees:read", "visma_net_employee:employees:write"
LIFETIME = 3600


class Denied(Exception):
    """No token: an OAuth error code and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Token:
    """A bearer token and what it is good for."""

    value: str = field(repr=False)
    tenant: str
    scopes: frozenset[str]
    ends: datetime


@dataclass
class Connect:
    """Applications, and which tenants have approved what.

    `narrow` says what becomes of a request for more scopes than were approved: a refusal, or a token with fewer.
    """

    clock: Clock
    narrow: Literal["refuse", "grant_less"] = "refuse"
    lifetime: int = LIFETIME
    clients: dict[str, str] = field(default_factory=dict, repr=False)
    approved: dict[str, frozenset[str]] = field(default_factory=dict)
    issued: int = 0
    _tokens: dict[str, Token] = field(default_factory=dict, repr=False)

    def approve(self, tenant: str, scopes: frozenset[str] = frozenset({READ, WRITE})) -> None:
        """What an Integration Administrator does in the App Store with the invitation code."""
        self.approved[tenant] = scopes

    def withdraw(self, tenant: str) -> None:
        """Remove the integration under "My Apps": no further tokens, and those out there are dead."""
        self.approved.pop(tenant, None)
        self._tokens = {value: token for value, token in self._tokens.items() if token.tenant != tenant}

    def end_all(self) -> None:
        """Make every token that is out there worthless."""
        self._tokens.clear()

    def issue(self, form: dict[str, str]) -> Token:
        """A token for a form. Raises `Denied`."""
        if form.get("grant_type") != "client_credentials":
            raise Denied("unsupported_grant_type", "Grant type is not supported")
        client, tenant = form.get("client_id", ""), form.get("tenant_id", "")
        if not client or self.clients.get(client) != form.get("client_secret"):
            raise Denied("invalid_client", "Client authentication failed")
        if not tenant:
            raise Denied("invalid_request", "tenant_id is required for the requested scopes")
        if tenant not in self.approved:
            raise Denied("invalid_tenant", "The application is not integrated with the tenant")
        asked = frozenset(form.get("scope", "").split())
        given = asked & self.approved[tenant]
        if not given or (given != asked and self.narrow == "refuse"):
            raise Denied("invalid_scope", "Requested scope is not allowed")
        self.issued += 1
        ends = self.clock() + timedelta(seconds=self.lifetime)
        token = Token(f"visma-demo-token-{secrets.token_hex(8)}", tenant, given, ends)
        self._tokens[token.value] = token
        return token

    def bearer(self, authorization: str) -> Token | None:
        """The token of a header while it lives."""
        scheme, _, value = authorization.partition(" ")
        token = self._tokens.get(value)
        return token if scheme.lower() == "bearer" and token is not None and self.clock() < token.ends else None
