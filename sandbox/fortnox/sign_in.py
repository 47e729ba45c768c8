"""Consent and tokens of Fortnox: the page that asks for consent, codes, refresh tokens, and tokens by tenant.

Source: fortnox.se/developer, "Authorization" and "Get access token using client credentials". What is answered to a
tenant without a consent is not published.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sandbox.standin import Clock

CODE_LIVES = timedelta(minutes=10)
REFRESH_LIVES = timedelta(days=45)
TOKEN_SECONDS = 3600
NEVER = datetime.max.replace(tzinfo=UTC)
KNOWN_SCOPES = frozenset({"salary", "companyinformation", "costcenter", "project", "settings", "profile"})


class TokenDenied(Exception):
    """No token: an OAuth error code and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(frozen=True)
class ConsentGrant:
    """What somebody has agreed to, and for which company."""

    tenant: int
    scopes: tuple[str, ...]
    redirect_uri: str = ""
    ends: datetime = NEVER


@dataclass
class FortnoxSignIn:
    """`redirect_uris` are those that are registered for the application. `consents` are of service accounts.

    `narrow` names companies whose people agree to fewer scopes than they were asked for.
    """

    clock: Clock
    client_id: str
    client_secret: str = field(repr=False)
    allows_service: bool = True
    redirect_uris: set[str] = field(default_factory=set)
    consents: dict[int, tuple[str, ...]] = field(default_factory=dict)
    narrow: dict[int, frozenset[str]] = field(default_factory=dict)
    lifetime: int = TOKEN_SECONDS
    issued: int = 0
    _codes: dict[str, ConsentGrant] = field(default_factory=dict, repr=False)
    _refresh: dict[str, ConsentGrant] = field(default_factory=dict, repr=False)
    _tokens: dict[str, ConsentGrant] = field(default_factory=dict, repr=False)

    def wrong(self, asked: Mapping[str, str]) -> str | None:
        """Why the page of consent cannot be shown; None where it can."""
        scopes = asked.get("scope", "").split()
        if asked.get("client_id") != self.client_id:
            return "Unknown client_id."
        if asked.get("redirect_uri") not in self.redirect_uris:
            return "The redirect_uri is not registered for this client."
        if asked.get("response_type") != "code" or asked.get("access_type") != "offline":
            return "response_type must be code, and access_type offline."
        if not asked.get("state"):
            return "state is missing."
        if not scopes or set(scopes) - KNOWN_SCOPES:
            return "Invalid scope."
        return None

    def approve(self, asked: Mapping[str, str], tenant: int, *, administrator: bool = True) -> str:
        """Somebody of a company says yes: where their browser is led to."""
        assert self.wrong(asked) is None
        service = asked.get("account_type") == "service"
        if service and not self.allows_service:
            return self._led_back(
                asked, error="invalid_request", error_description="Client does not allow service account"
            )
        if service and not administrator:
            return self._led_back(asked, error="access_denied", error_description="System administrator required")
        allowed = self.narrow.get(tenant, KNOWN_SCOPES)
        code, scopes = secrets.token_urlsafe(12), tuple(one for one in asked["scope"].split() if one in allowed)
        self._codes[code] = ConsentGrant(tenant, scopes, asked["redirect_uri"], self.clock() + CODE_LIVES)
        if service:
            self.consents[tenant] = scopes
        return self._led_back(asked, code=code)

    def deny(self, asked: Mapping[str, str]) -> str:
        """Somebody says no."""
        return self._led_back(asked, error="access_denied", error_description="The user denied the request")

    def _led_back(self, asked: Mapping[str, str], **said: str) -> str:
        return f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state']})}"

    def answer(self, authorization: str, form: Mapping[str, str], tenant: str | None) -> dict[str, object]:
        """Body of the token endpoint. Raises `TokenDenied`."""
        self._require_client(authorization)
        match form.get("grant_type"):
            case "authorization_code":
                grant = self._codes.pop(form.get("code", ""), None)
                if grant is None or grant.ends <= self.clock() or grant.redirect_uri != form.get("redirect_uri"):
                    raise TokenDenied("invalid_grant", "Invalid authorization code")
                return self._issue(grant, refreshable=True)
            case "refresh_token":
                grant = self._refresh.pop(form.get("refresh_token", ""), None)
                if grant is None or grant.ends <= self.clock():
                    raise TokenDenied("invalid_grant", "Invalid refresh token")
                return self._issue(grant, refreshable=True)
            case "client_credentials":
                scopes = self.consents.get(int(tenant)) if tenant and tenant.isdecimal() else None
                if not tenant or scopes is None:
                    raise TokenDenied("invalid_grant", "No consent for the tenant")
                return self._issue(ConsentGrant(int(tenant), scopes), refreshable=False)
        raise TokenDenied("unsupported_grant_type", "Unsupported grant type")

    def revoke(self, tenant: int) -> None:
        """The company takes its consent back in Fortnox: no further tokens, and those out there are dead."""
        self.consents.pop(tenant, None)
        for tokens in (self._tokens, self._refresh, self._codes):
            for value in [value for value, grant in tokens.items() if grant.tenant == tenant]:
                del tokens[value]

    def end_all(self) -> None:
        """Make every access token that is out there worthless."""
        self._tokens.clear()

    def bearer(self, authorization: str) -> ConsentGrant | None:
        """What a token is good for while it lives."""
        scheme, _, value = authorization.partition(" ")
        grant = self._tokens.get(value)
        return grant if scheme == "Bearer" and grant is not None and self.clock() < grant.ends else None

    def _require_client(self, authorization: str) -> None:
        scheme, _, value = authorization.partition(" ")
        try:
            given = base64.b64decode(value, validate=True).decode()
        except ValueError:
            given = ""
        if scheme != "Basic" or given != f"{self.client_id}:{self.client_secret}":
            raise TokenDenied("invalid_client", "Client authentication failed")

    def _issue(self, grant: ConsentGrant, *, refreshable: bool) -> dict[str, object]:
        self.issued += 1
        ends = self.clock() + timedelta(seconds=self.lifetime)
        claims = {"userId": 7, "tenantId": grant.tenant, "scope": list(grant.scopes), "exp": int(ends.timestamp())}
        token = ".".join((_coded({"alg": "RS256", "typ": "JWT"}), _coded(claims), secrets.token_urlsafe(24)))
        self._tokens[token] = ConsentGrant(grant.tenant, grant.scopes, ends=ends)
        body: dict[str, object] = {
            "access_token": token,
            "scope": " ".join(grant.scopes),
            "expires_in": self.lifetime,
            "token_type": "bearer",
        }
        if refreshable:
            refresh = secrets.token_hex(20)
            self._refresh[refresh] = ConsentGrant(grant.tenant, grant.scopes, ends=self.clock() + REFRESH_LIVES)
            body["refresh_token"] = refresh
        return body


def _coded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
