"""Connections to Tidsbanken's stand-in, with short patience, people whom it takes, and what it holds of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import BankAccount, Employee, IdentityNumber, Unit
from bot.providers.protocol import Connection, WriteResult
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.target import TidsbankenTarget
from sandbox.companies.numbers import norwegian_account, norwegian_identity_number
from sandbox.tidsbanken import DATABASE, SUBSCRIPTION_KEY, TB_KEY, Tidsbanken
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.rules import Document
from sandbox.tidsbanken.seed import FIXED_PAY
from tests.support.make_change import change_for
from tests.support.provider_people import kari

NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
CHOSEN = {"group": str(FIXED_PAY)}
ENTERED = {"tb_key": TB_KEY, "company_name": DATABASE, "environment": "test"}
IDENTITY = norwegian_identity_number(date(1990, 5, 17), 120)
ACCOUNT = norwegian_account(31)


def connection(tb_key: str = TB_KEY, *, url: str, expected: str | None = None, **options: str) -> Connection:
    return Connection(
        credentials={**ENTERED, "tb_key": tb_key},
        options={"url": url, "subscription_key": SUBSCRIPTION_KEY, **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def tidsbanken_target(
    system: Tidsbanken, tb_key: str = TB_KEY, *, expected: str | None = None, **options: str
) -> AsyncIterator[TidsbankenTarget]:
    async with TidsbankenClient(connection(tb_key, url=system.url, expected=expected, **options)) as client:
        yield TidsbankenTarget(client)


def employee(**different: Any) -> Employee:
    """A complete employee whose numbers pass every check, of a department that the database has."""
    whole = kari(
        identity=IdentityNumber(value=IDENTITY, country="NO"),
        bank=BankAccount(number=ACCOUNT, country="NO"),
        department=Unit(id="d1", name="Roastery"),
        title="Barista",
    )
    return replace(whole, **different)


async def put(target: TidsbankenTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**CHOSEN, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


def row_of(database: TidsbankenDatabase, number: int = 3001) -> Document:
    return database.employees[number]
