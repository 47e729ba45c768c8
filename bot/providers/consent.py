"""Consent that a vendor asks for in the browser, and how what came of it gets back to who began it.

A person begins in Slack, agrees on the vendor's page, and is led back to an address with a code in it. They carry that
address, or what is behind its question mark, into the form that they began in: whoever agreed is so the one who is
connecting, and a link that was sent to somebody else's administrator connects nothing. Which person and workspace began
is in the state (`storage.oauth_states`); a code is exchanged once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import parse_qs

from bot.providers.protocol import Credentials, ProviderInfo

CONSENT = "consent"
"""The credential that is asked for: where the browser was led back to. It is never kept."""

REDIRECT_URL = "redirect_url"
"""The option that says where the vendor leads people back to, as it is registered with the vendor."""

CONSENT_PATH = "/consent"
"""Where that is, at the bot's own address over HTTP."""

LOOPBACK_URL = f"http://localhost{CONSENT_PATH}"
"""And without one: nothing need listen there, as it is the address alone that is wanted."""


@runtime_checkable
class ConsentProvider(Protocol):
    """A provider whose control is `ControlProof.VENDOR_CONSENT`. Raises `ProviderError`."""

    info: ProviderInfo

    def consent_url(self, options: Mapping[str, str], state: str) -> str:
        """The vendor's page. Raises `CredentialsRefused` where the operator has set no application."""
        ...

    async def redeem(self, options: Mapping[str, str], code: str) -> Credentials:
        """What is kept of a consent: credentials that nobody is ever asked for. A code is good once."""
        ...


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What a vendor says when it leads somebody back. Without a `code`, `refusal` says why, if anything does."""

    state: str = field(repr=False)
    code: str = field(repr=False)
    refusal: str | None = None


def consent_answer(pasted: str) -> ConsentAnswer:
    """What is in an address, or in the part of one behind its question mark."""
    said = parse_qs(pasted.strip().rpartition("?")[2].partition("#")[0])

    def one(name: str) -> str:
        return said.get(name, [""])[0]

    return ConsentAnswer(one("state"), one("code"), one("error_description") or one("error") or None)
