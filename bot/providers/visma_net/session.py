"""Access tokens of Visma Connect: made with the operator's application for one tenant, renewed before they end.

Source: Visma.net API docs, "Authentication" (client credentials with `tenant_id`, 3600 seconds) and "Fix 401
Unauthorized errors despite valid token". Which `error` Visma Connect answers in which case is only partly published.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from bot.core.text import text
from bot.providers.errors import NotPermitted, ProviderError
from bot.providers.kit.http import Answer, FormBody, HttpClient
from bot.providers.visma_net.errors import ERRORS

log = structlog.get_logger(__name__)

READ, WRITE = "visma_net_employee:employees:read", "visma_net_employee:employees:write"
SCOPES = (READ, WRITE)
TOKEN_SECONDS_LEFT = 300.0
"""Seconds of life that a token must have left to be used, so that it outlives the call."""

SHORTEST_LIFE = 60.0

_NOT_APPROVED = frozenset({"invalid_tenant", "unauthorized_client", "access_denied", "invalid_grant"})


@dataclass(frozen=True, slots=True)
class Application:
    """The operator's application in Visma's Developer Portal, and the tenant it asks for."""

    client_id: str
    client_secret: str = field(repr=False)
    tenant_id: str


class VismaNetSession:
    """The token of one connection. `expected_tenant` pins it: another tenant raises `WrongAccount` unasked."""

    def __init__(
        self,
        http: HttpClient,
        path: str,
        application: Application,
        *,
        expected_tenant: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._path = path
        self._application = application
        self._expected = expected_tenant
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    async def headers(self) -> tuple[str, Mapping[str, str]]:
        """The token, to name it to `renew`, and the header that carries it."""
        token = self._token
        if token is None or self._clock() >= self._renew_at:
            token = await self.renew(token)
        return token, {"Authorization": f"Bearer {token}"}

    async def renew(self, old: str | None) -> str:
        """A new token unless another worker has already replaced `old`.

        Raises `CredentialsRefused` for the tenant or the application, `NotPermitted` for scopes that were not given.
        """
        async with self._lock:
            if self._token is not None and self._token != old:
                return self._token
            self._refuse_early()
            asked = FormBody(
                {
                    "grant_type": "client_credentials",
                    "client_id": self._application.client_id,
                    "client_secret": self._application.client_secret,
                    "tenant_id": self._application.tenant_id,
                    "scope": " ".join(SCOPES),
                }
            )
            # One more token harms nobody, so this POST is repeated like a read.
            answer = await self._http.read(self._path, method="POST", body=asked)
            body = answer.body if isinstance(answer.body, dict) else {}
            token = body.get("access_token")
            if not answer.ok:
                raise _refused(answer)
            if not isinstance(token, str) or not token:
                raise ERRORS.unreadable(f"POST {self._path}: no token", sent=False)
            _require_scopes(body.get("scope"))
            life = body.get("expires_in")
            seconds = float(life) if isinstance(life, int) and life > 0 else SHORTEST_LIFE
            # A token that lives shorter than the margin is used for half its life rather than never.
            self._renew_at = self._clock() + max(seconds - TOKEN_SECONDS_LEFT, seconds / 2)
            self._token = token
            log.debug("token_created", system="visma_net", seconds=seconds)
            return token

    def _refuse_early(self) -> None:
        """What can be told without asking Visma."""
        if not self._application.client_id or not self._application.client_secret:
            raise ERRORS.credentials("visma_net: no client id or secret is set", "no_application", None)
        try:
            UUID(self._application.tenant_id)
        except ValueError:
            line = "visma_net: the tenant id is no UUID"
            raise ERRORS.credentials(line, "tenant_malformed", "tenant_id") from None
        if self._expected is not None and self._expected.lower() != self._application.tenant_id:
            raise ERRORS.wrong_account("the credentials name another tenant")


def _require_scopes(granted: object) -> None:
    """Visma Connect may give fewer scopes than were asked for, and names them; it need not name them."""
    if not isinstance(granted, str) or not granted.strip():
        return
    missing = tuple(scope for scope in SCOPES if scope not in granted.split())
    if missing:
        raise NotPermitted(
            f"visma_net: scopes not granted: {' '.join(missing)}",
            text=text("visma_net.scopes_missing", scopes=missing),
            advice=text("visma_net.scopes_missing.advice"),
        )


def _refused(answer: Answer) -> ProviderError:
    body = answer.body if isinstance(answer.body, dict) else {}
    code = str(body.get("error") or "")
    words = str(body.get("error_description") or code) or None
    line = f"visma_net: token: {answer.status} {code}".rstrip()
    if code == "invalid_client":
        return ERRORS.credentials(line, "application_refused", None, verbatim=words)
    if code == "invalid_scope":
        return NotPermitted(
            line,
            text=text("visma_net.scopes_missing", scopes=SCOPES),
            advice=text("visma_net.scopes_missing.advice"),
            verbatim=words,
        )
    key = "not_approved" if code in _NOT_APPROVED else "token_refused"
    return ERRORS.credentials(line, key, "tenant_id", verbatim=words)
