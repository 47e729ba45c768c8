"""Connections to Xledger's stand-in, with short patience, people whom it takes, and what it holds of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import BankAccount, Employee, IdentityNumber, Unit
from bot.providers.protocol import Connection, WriteResult
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.target import XledgerTarget
from sandbox.companies.numbers import norwegian_account, norwegian_identity_number
from sandbox.xledger import TOKEN, Xledger
from sandbox.xledger.company import Row, XledgerCompany
from sandbox.xledger.seed import COST_CENTERS, DEPARTMENTS, POSITIONS
from tests.support.make_change import change_for
from tests.support.provider_people import kari

NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
EVERYTHING = {
    "department": "posting_1", "department_kind": str(DEPARTMENTS), "cost_center": "posting_2",
    "cost_center_kind": str(COST_CENTERS), "title_kind": str(POSITIONS), "phone": "send", "bank_account": "send",
    "ends": "clear",
}  # fmt: skip
"""Everything that can be switched on."""
ENTERED = {"token": TOKEN, "environment": "demo"}
IDENTITY = norwegian_identity_number(date(1990, 5, 17), 120)
ACCOUNT = norwegian_account(31)


def connection(token: str = TOKEN, *, url: str, expected: str | None = None, **options: str) -> Connection:
    return Connection(
        credentials={**ENTERED, "token": token},
        options={"url": url, "demo_url": url, **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def xledger_target(
    system: Xledger, token: str = TOKEN, *, expected: str | None = None, **options: str
) -> AsyncIterator[XledgerTarget]:
    async with XledgerClient(connection(token, url=system.url, expected=expected, **options)) as client:
        yield XledgerTarget(client)


def employee(**different: Any) -> Employee:
    """A complete employee whose numbers pass every check, of a department and a cost centre that the entity has."""
    whole = kari(
        identity=IdentityNumber(value=IDENTITY, country="NO"),
        bank=BankAccount(number=ACCOUNT, country="NO"),
        department=Unit(id="d1", name="Roastery"),
        cost_center=Unit(id="c1", name="Produksjon", code="100"),
    )
    return replace(whole, **different)


async def put(target: XledgerTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**EVERYTHING, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


def row_of(company: XledgerCompany, number: str = "3001") -> Row:
    return next(row for row in company.employees.values() if row["code"] == number)
