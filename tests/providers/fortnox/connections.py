"""Connections to Fortnox' stand-in, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber, Unit
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.fortnox.leave_target import FortnoxLeaveTarget
from bot.providers.fortnox.provider import PROVIDER
from bot.providers.fortnox.target import FortnoxTarget
from bot.providers.protocol import Connection, WriteResult
from sandbox.companies.numbers import swedish_account, swedish_identity_number
from sandbox.fortnox import CLIENT_ID, CLIENT_SECRET, COMPANY, Fortnox
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, kari, pay

REDIRECT = "http://localhost/consent"
NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
SETTINGS = {"personnel_type": "tjm"}
BORN = date(1990, 5, 17)
IDENTITY = swedish_identity_number(BORN, woman=True)
CLEARING, ACCOUNT = swedish_account(32)


def options_of(url: str, **more: str) -> dict[str, str]:
    """What an operator sets."""
    application = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_url": REDIRECT}
    return {**application, "url": url, "auth_url": url, **NO_HASTE, **more}


def agree(system: Fortnox, tenant: int = COMPANY, *, state: str = "s1", url: str | None = None) -> str:
    """An administrator of a company agrees on the vendor's page; gives where their browser is led to."""
    system.sign_in.redirect_uris.add(REDIRECT)
    page = url or PROVIDER.consent_url(options_of(system.url), state)
    return system.sign_in.approve(dict(parse_qsl(urlsplit(page).query)), tenant)


def connection(url: str, tenant: int | str = COMPANY, *, expected: str | None = None, **options: str) -> Connection:
    """With what is kept of a consent."""
    return Connection(
        credentials={"tenant_id": str(tenant)}, options=options_of(url, **options), expected_account=expected
    )


@asynccontextmanager
async def fortnox_target(
    system: Fortnox, tenant: int = COMPANY, *, expected: str | None = None, **options: str
) -> AsyncIterator[FortnoxTarget]:
    async with FortnoxClient(connection(system.url, tenant, expected=expected, **options)) as client:
        yield FortnoxTarget(client)


def employee(**different: Any) -> Employee:
    """A complete employee of a Swedish company, whose numbers pass every check."""
    whole = kari(
        first_name="Karin",
        title="Rostare",
        birth_date=BORN,
        identity=IdentityNumber(value=IDENTITY, country="SE"),
        bank=BankAccount(clearing=CLEARING, number=ACCOUNT, country="SE"),
        address=Address(street="Kaffegatan 1", postal_code="411 05", city="Göteborg", country="Sverige"),
        work_phone="+46 31 16 06 40",
        private_phone="+46 70 174 06 16",
        cost_center=Unit(id="c1", name="Rosteri", code="200"),
        employments=(job(country="SE"),),
        compensations=(pay(date(2024, 3, 1), "35000", "SEK"),),
    )
    return replace(whole, **different)


async def put(target: FortnoxTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**SETTINGS, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


@asynccontextmanager
async def fortnox_leave(
    system: Fortnox, tenant: int = COMPANY, *, today: date = TODAY, **options: str
) -> AsyncIterator[FortnoxLeaveTarget]:
    async with FortnoxClient(connection(system.url, tenant, **options)) as client:
        yield FortnoxLeaveTarget(client, lambda: today)
