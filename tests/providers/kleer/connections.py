"""Connections to Kleer's stand-in, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber, Unit
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.target import KleerTarget
from bot.providers.protocol import Connection, WriteResult
from sandbox.companies.numbers import swedish_account, swedish_identity_number
from sandbox.kleer import COMPANY, TOKEN, Kleer
from sandbox.kleer.company import KleerCompany
from sandbox.kleer.rules import Document
from sandbox.kleer.server import HOSTS
from tests.support.make_change import change_for
from tests.support.provider_people import kari, pay

NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
SETTINGS = {"salary_unit": "ore", "new_people": "created"}
ENTERED = {"token": TOKEN, "company_id": str(COMPANY), "environment": "test"}
IDENTITY = swedish_identity_number(date(1990, 5, 17), woman=True, separator="")
CLEARING, ACCOUNT = swedish_account(71341)
START = date(2024, 3, 1)


def connection(
    *, url: str, token: str = TOKEN, company: str = str(COMPANY), expected: str | None = None, **options: str
) -> Connection:
    return Connection(
        credentials={"token": token, "company_id": company, "environment": "test"},
        options={"test_url": f"{url}{HOSTS['test']}", **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def kleer_target(
    system: Kleer, token: str = TOKEN, *, expected: str | None = None, **options: str
) -> AsyncIterator[KleerTarget]:
    async with KleerClient(connection(url=system.url, token=token, expected=expected, **options)) as client:
        yield KleerTarget(client)


def employee(**different: Any) -> Employee:
    """A complete employee whose numbers pass every check, of a cost centre that Kleer has."""
    whole = kari(
        identity=IdentityNumber(value=IDENTITY, country="SE"),
        private_phone="+46 70 123 45 67",
        bank=BankAccount(clearing=CLEARING, number=ACCOUNT, country="SE"),
        address=Address(street="Rostargatan 1", postal_code="411 05", city="Göteborg", country="Sverige"),
        cost_center=Unit(id="c1", name="Rosteri", code="200"),
        compensations=(pay(START, "36000", "SEK"),),
    )
    return replace(whole, **different)


async def put(target: KleerTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**SETTINGS, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


def user_of(company: KleerCompany, number: str = "3001") -> int:
    """The one user with a number."""
    (found,) = company.by_number(number)
    return found


def agreement_of(company: KleerCompany, number: str = "3001") -> Document:
    """That user's agreement."""
    return company.agreements[user_of(company, number)]


def salaries_of(company: KleerCompany, number: str = "3001") -> dict[str, int]:
    """That user's salaries by day."""
    return dict(sorted(company.salaries[user_of(company, number)].items()))
