"""Connections to Spiris' stand-in, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey, DayWrite
from bot.providers.consent import consent_answer
from bot.providers.protocol import Connection, WriteResult
from bot.providers.spiris_lon.client import SpirisClient
from bot.providers.spiris_lon.leave_target import SpirisLeaveTarget
from bot.providers.spiris_lon.provider import PROVIDER
from bot.providers.spiris_lon.target import SpirisTarget
from sandbox.companies.numbers import swedish_account, swedish_identity_number
from sandbox.spiris_lon import CLIENT_ID, CLIENT_SECRET, COMPANY, SpirisLon
from sandbox.spiris_lon.company import SpirisCompany
from tests.support.make_change import change_for
from tests.support.provider_people import job, kari, pay

REDIRECT = "http://localhost/consent"
NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
SETTINGS = {"employee_category": "white_collar"}
BORN = date(1990, 5, 17)
IDENTITY = swedish_identity_number(BORN, woman=True)
CLEARING, ACCOUNT = swedish_account(32)


def options_of(url: str, **more: str) -> dict[str, str]:
    """What an operator sets."""
    application = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_url": REDIRECT}
    return {**application, "url": url, "auth_url": url, **NO_HASTE, **more}


def agree(system: SpirisLon, company: str = COMPANY, *, state: str = "s1", url: str | None = None) -> str:
    """Somebody of a company agrees on the vendor's page; gives where their browser is led to."""
    system.sign_in.redirect_uris.add(REDIRECT)
    page = url or PROVIDER.consent_url(options_of(system.url), state)
    return system.sign_in.approve(dict(parse_qsl(urlsplit(page).query)), company)


async def consented(system: SpirisLon, company: str = COMPANY) -> dict[str, str]:
    """What is kept of a consent."""
    return dict(await PROVIDER.redeem(options_of(system.url), consent_answer(agree(system, company)).code))


async def connection(
    system: SpirisLon,
    company: str = COMPANY,
    *,
    expected: str | None = None,
    **options: str,
) -> Connection:
    """With a consent of its own."""
    return Connection(
        credentials=await consented(system, company),
        options=options_of(system.url, **options),
        expected_account=expected,
    )


@asynccontextmanager
async def spiris_target(
    system: SpirisLon, company: str = COMPANY, *, expected: str | None = None, **options: str
) -> AsyncIterator[SpirisTarget]:
    async with SpirisClient(await connection(system, company, expected=expected, **options)) as client:
        yield SpirisTarget(client)


@asynccontextmanager
async def spiris_leave(
    system: SpirisLon, *, creates_karens: bool = False, **options: str
) -> AsyncIterator[SpirisLeaveTarget]:
    async with SpirisClient(await connection(system, **options)) as client:
        yield SpirisLeaveTarget(client, creates_karens=creates_karens)


def employee(**different: Any) -> Employee:
    """A complete employee of a Swedish company, whose numbers pass every check."""
    whole = kari(
        first_name="Karin",
        birth_date=BORN,
        identity=IdentityNumber(value=IDENTITY, country="SE"),
        bank=BankAccount(clearing=CLEARING, number=ACCOUNT, country="SE"),
        address=Address(street="Kaffegatan 1", postal_code="411 05", city="Göteborg", country="Sverige"),
        work_phone="+46 31 16 06 40",
        private_phone="+46 70 174 06 16",
        employments=(job(country="SE"),),
        compensations=(pay(date(2024, 3, 1), "35000", "SEK"),),
    )
    return replace(whole, **different)


async def put(target: SpirisTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**SETTINGS, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


def query_of(address: str) -> dict[str, list[str]]:
    """What is behind an address' question mark."""
    return parse_qs(urlsplit(address).query)


def leave_person(company: SpirisCompany, number: str = "2001") -> LeavePerson:
    """Somebody of the company, as absence knows them."""
    (row,) = company.numbered(number)
    return LeavePerson(employee_id=f"hr{number}", number=number, target_id=row["Id"], name="Elin Sjögren")


def day_write(
    company: SpirisCompany, day: date = date(2026, 11, 2), code: str = "sickleave", hours: str = "8.00"
) -> DayWrite:
    """A row of theirs."""
    who = leave_person(company)
    key = DayKey(who.employee_id, day, code)
    return DayWrite(person=who, key=key, hours=Decimal(hours), marker="3f9a1c2e", reference="r:1")
