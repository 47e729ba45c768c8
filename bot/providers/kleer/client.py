"""Kleer's API v1 over HTTP: a token in a header, XML both ways, whole lists. It knows paths, not employees.

Source: Kleer's XML schema (api.kleer.se/v1/xsd) for what is said; public clients for where it is said.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from bot.providers.kit.circuit_breaker import shared_breaker
from bot.providers.kit.http import Answer, HttpClient, RetryPolicy
from bot.providers.kit.rate_limit import RateLimiter, shared_limiter
from bot.providers.kit.system_client import SystemClient
from bot.providers.kit.xml_body import XmlBody, text_at
from bot.providers.kleer.errors import COMPANY, ERRORS, TOKEN, company_error, error_of, is_refusal, token_error
from bot.providers.protocol import Account, Connection

URLS = {"production": "https://api.kleer.se/v1", "test": "https://test-api.kleer.se/v1"}
CONCURRENCY = 2
"""No limit is published, so few calls are made at once; a refusal (429) is waited out."""
SWEEPS = 4
"""How often a list is read until two readings in a row agree: it does not say how many rows it has."""
LARGEST_ANSWER = 20_000_000

MADE = frozenset({"created", "saved", "ok"})
"""What an answer to a write is called."""


class KleerClient(SystemClient):
    """Calls of one connection. Limits and write locks are its business; close it by leaving `async with`."""

    def __init__(self, connection: Connection) -> None:
        credentials, options = connection.credentials, connection.options
        self.environment = credentials.get("environment") or "production"
        prefix = "test_" if self.environment == "test" else ""
        url = options.get(f"{prefix}url") or URLS.get(self.environment, URLS["production"])
        self.company = credentials.get(COMPANY, "").strip()
        self._token = credentials.get(TOKEN, "").strip()
        # As long as this lives, nothing that Kleer says can quote the token.
        self._secret = connection.secret
        self._expected = connection.expected_account
        self._none = frozenset(re.findall(r"\d+", options.get("no_agreement_status") or "404"))
        self._key = hashlib.sha256(f"{url} {self.company} {self._token}".encode()).hexdigest()
        patience = replace(RetryPolicy.from_options(options), largest_answer=LARGEST_ANSWER)
        limiter = shared_limiter(
            f"kleer {self._key}",
            lambda: RateLimiter(concurrency=CONCURRENCY, first_backoff=patience.unannounced_backoff),
        )
        breaker = shared_breaker(f"kleer {self._key}")
        self.http = HttpClient("kleer", url, limiter, patience=patience, breaker=breaker, speaks_xml=True)
        self._account: Account | None = None
        self._signing_in = asyncio.Lock()

    async def account(self) -> Account:
        """The company that token and id lead to, once it is known to be the integration's own.

        Raises `CredentialsRefused`, `WrongAccount`.
        """
        async with self._signing_in:
            if self._account is None:
                self._account = await self._company()
            return self._account

    async def user(self, identifier: str) -> ET.Element | None:
        """One user; None when Kleer knows no such id."""
        answer = await self._read(f"/user/{identifier}")
        return None if answer.status == 404 else _root("GET /user", answer, "user")

    async def agreement(self, identifier: str) -> ET.Element | None:
        """A user's payroll agreement; None when there is none.

        Which refusal says so is not published. Any but the one that is set stops the reading: nobody is taken for
        somebody without pay.
        """
        answer = await self._read(f"/payroll/user/{identifier}")
        return None if str(answer.status) in self._none else _root("GET /payroll/user", answer, "payroll-user-readable")

    async def rows(self, path: str, root: str, item: str) -> list[ET.Element]:
        """A whole list, each row once, by id."""
        seen: dict[str, ET.Element] = {}
        before: set[str] | None = None
        for _ in range(SWEEPS):
            listed = _root(f"GET {path}", await self._read(path), root).findall(item)
            now = {identifier: row for row in listed if (identifier := text_at(row, "id"))}
            if len(now) != len(listed):
                raise ERRORS.unreadable(f"GET {path}: a row without an id of its own", sent=False)
            seen |= now
            if before == now.keys() == seen.keys():
                return list(seen.values())
            before = set(now)
        raise ERRORS.unreadable(f"GET {path}: no two readings agree", sent=False)

    async def send(self, method: str, path: str, root: str, fields: Mapping[str, Any]) -> str | None:
        """Write one object; gives the id that the answer names. PUT makes, POST changes.

        Raises `Unavailable(sent=True)` when the outcome is unknown.
        """
        await self.account()
        body = XmlBody(root, fields)
        answer = await self.http.write(method, f"/company/{self.company}{path}", body, headers=self._headers())
        call = f"{method} {_plain(path)}"
        if is_refusal(answer):
            raise error_of(call, answer)
        if not isinstance(answer.body, ET.Element) or answer.body.tag not in MADE:
            raise ERRORS.unreadable(f"{call}: not what was made", sent=True)
        return text_at(answer.body, "id")

    async def _read(self, path: str) -> Answer:
        await self.account()
        return await self.http.read(f"/company/{self.company}{path}", headers=self._headers())

    async def _company(self) -> Account:
        if not re.fullmatch(r"[\x21-\x7e]+", self._token):
            raise token_error("kleer: no token that could be sent")
        if not re.fullmatch(r"[0-9]{1,10}", self.company):
            raise ERRORS.credentials("kleer: no company id", "company_refused", COMPANY)
        answer = await self.http.read(f"/company/{self.company}/info", headers=self._headers())
        if is_refusal(answer):
            raise company_error("GET /info", answer)
        said = _root("GET /info", answer, "company-information")
        number = re.sub(r"\D", "", text_at(said, "orgno") or "")
        if not number:
            raise ERRORS.unreadable("GET /info: no organisation number", sent=False)
        # The id is Kleer's, and the number is the law's: both must be those of the integration.
        identifier = f"{self.company}-{number}"
        if self._expected not in (None, identifier):
            raise ERRORS.wrong_account("the token leads to another company")
        name = text_at(said, "name") or f"Kleer {self.company}"
        return Account(id=identifier, name=name, organisation_number=number, environment=self.environment)

    def _headers(self) -> dict[str, str]:
        return {"X-Token": self._token}


def _root(call: str, answer: Answer, name: str) -> ET.Element:
    """What was asked for. Raises what a refusal stands for, and `Unavailable` for anything else."""
    if is_refusal(answer):
        raise error_of(call, answer)
    if not isinstance(answer.body, ET.Element) or answer.body.tag != name:
        raise ERRORS.unreadable(f"{call}: no {name}", sent=False)
    return answer.body


def _plain(path: str) -> str:
    """A path for the log, without what stands for somebody."""
    return re.sub(r"/\d+", "", path)
