"""Consent and tokens of Spiris: the page that asks for consent, codes, and refresh tokens that are good once.

Source: developer.vismaonline.com on authorisation. Whether refresh tokens rotate is not published: here they do, and
one that comes twice ends all that its consent has given, as such services do where they suspect a theft.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sandbox.standin import Clock

CODE_LIVES = timedelta(minutes=5)
TOKEN_SECONDS = 3600
KNOWN_SCOPES = frozenset({"vls:api", "offline_access"})


class TokenDenied(Exception):
    """No token: an OAuth error code."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class SpirisGrant:
    """One consent: the company that somebody agreed for, and whether it still counts."""

    company: str
    scopes: frozenset[str]
    redirect_uri: str
    good: bool = True


@dataclass
class SpirisSignIn:
    """`redirect_uris` are those that are registered for the application. `spent` counts refresh tokens given up."""

    clock: Clock
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: set[str] = field(default_factory=set)
    lifetime: int = TOKEN_SECONDS
    spent: int = 0
    _codes: dict[str, tuple[SpirisGrant, datetime]] = field(default_factory=dict, repr=False)
    _refresh: dict[str, SpirisGrant] = field(default_factory=dict, repr=False)
    _used: dict[str, SpirisGrant] = field(default_factory=dict, repr=False)
    _tokens: dict[str, tuple[SpirisGrant, datetime]] = field(default_factory=dict, repr=False)

    def wrong(self, asked: Mapping[str, str]) -> str | None:
        """Why the page of consent cannot be shown; None where it can."""
        scopes = set(asked.get("scope", "").split())
        if asked.get("client_id") != self.client_id:
            return "unauthorized_client"
        if asked.get("redirect_uri") not in self.redirect_uris:
            return "Invalid redirect_uri"
        if asked.get("response_type") != "code" or not asked.get("state"):
            return "invalid_request"
        return None if scopes and scopes <= KNOWN_SCOPES else "invalid_scope"

    def approve(self, asked: Mapping[str, str], company: str) -> str:
        """Somebody of a company says yes: where their browser is led to."""
        assert self.wrong(asked) is None
        code = secrets.token_urlsafe(12)
        grant = SpirisGrant(company, frozenset(asked["scope"].split()), asked["redirect_uri"])
        self._codes[code] = (grant, self.clock() + CODE_LIVES)
        return self._led_back(asked, code=code)

    def deny(self, asked: Mapping[str, str]) -> str:
        """Somebody says no."""
        return self._led_back(asked, error="access_denied")

    def _led_back(self, asked: Mapping[str, str], **said: str) -> str:
        return f"{asked['redirect_uri']}?{urlencode({**said, 'state': asked['state']})}"

    def answer(self, authorization: str, form: Mapping[str, str]) -> dict[str, object]:
        """Body of the token endpoint. Raises `TokenDenied`."""
        keys = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {keys}":
            raise TokenDenied("invalid_client")
        match form.get("grant_type"):
            case "authorization_code":
                grant, ends = self._codes.pop(form.get("code", ""), (None, self.clock()))
                if grant is None or ends <= self.clock() or grant.redirect_uri != form.get("redirect_uri"):
                    raise TokenDenied("invalid_grant")
                return self._issue(grant)
            case "refresh_token":
                return self._issue(self._spend(form.get("refresh_token", "")))
        raise TokenDenied("unsupported_grant_type")

    def _spend(self, token: str) -> SpirisGrant:
        if (twice := self._used.get(token)) is not None:
            twice.good = False
        grant = self._refresh.pop(token, None)
        if grant is None or not grant.good:
            raise TokenDenied("invalid_grant")
        self._used[token] = grant
        self.spent += 1
        return grant

    def _issue(self, grant: SpirisGrant) -> dict[str, object]:
        token, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._tokens[token] = (grant, self.clock() + timedelta(seconds=self.lifetime))
        body: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}
        if "offline_access" in grant.scopes:
            self._refresh[refresh] = grant
            body["refresh_token"] = refresh
        return body

    def revoke(self, company: str) -> None:
        """The company takes its consents back: no further tokens, and those out there are dead."""
        for grant in [*self._refresh.values(), *(grant for grant, _ in self._tokens.values())]:
            grant.good = grant.good and grant.company != company

    def snapshot(self) -> dict[str, object]:
        """Refresh tokens that are good, and whose they are."""
        good = {token: grant for token, grant in self._refresh.items() if grant.good}
        return {token: [grant.company, sorted(grant.scopes), grant.redirect_uri] for token, grant in good.items()}

    def restore(self, state: Mapping[str, tuple[str, list[str], str]]) -> None:
        """Take up a snapshot; access tokens are made anew."""
        self._refresh = {
            token: SpirisGrant(company, frozenset(scopes), back) for token, (company, scopes, back) in state.items()
        }

    def end_all(self) -> None:
        """Make every access token that is out there worthless."""
        self._tokens.clear()

    def bearer(self, authorization: str) -> SpirisGrant | None:
        """What a token is good for while it lives."""
        scheme, _, value = authorization.partition(" ")
        grant, ends = self._tokens.get(value, (None, self.clock()))
        return grant if scheme == "Bearer" and grant is not None and grant.good and self.clock() < ends else None
