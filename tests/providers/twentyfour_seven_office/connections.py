"""Connections to the stand-in, people whom it takes, and what it holds of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import BankAccount, Employee, IdentityNumber, Unit
from bot.providers.protocol import Connection, WriteResult
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.target import TwentyFourTarget
from sandbox.companies.numbers import norwegian_account, norwegian_identity_number
from sandbox.twentyfour_seven_office import TOKEN, TwentyfourSevenOffice
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.rules import Document
from sandbox.twentyfour_seven_office.seed import SITE
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, kari

OCCUPATION = "2221103"
NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
IDENTITY = norwegian_identity_number(date(1990, 5, 17), 120)
ACCOUNT = norwegian_account(31)
CHOSEN = {"enterprise": SITE, "end_reason": "arbeidstaker_har_sagt_opp_selv", "occupation_code": OCCUPATION}


def connection(token: str = TOKEN, *, url: str, expected: str | None = None, **options: str) -> Connection:
    return Connection(
        credentials={"access_token": token, "environment": "test"},
        options={"url": url, **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def office_target(
    system: TwentyfourSevenOffice,
    token: str = TOKEN,
    *,
    expected: str | None = None,
    today: date = TODAY,
    **options: str,
) -> AsyncIterator[TwentyFourTarget]:
    async with TwentyFourClient(connection(token, url=system.url, expected=expected, **options)) as client:
        yield TwentyFourTarget(client, lambda: today)


def employee(**different: Any) -> Employee:
    """A complete employee whose numbers pass every check, of a department that the company has."""
    whole = kari(
        identity=IdentityNumber(value=IDENTITY, country="NO"),
        bank=BankAccount(number=ACCOUNT, country="NO"),
        department=Unit(id="d1", name="Roastery"),
    )
    return replace(whole, **different)


async def put(target: TwentyFourTarget, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = {**CHOSEN, **settings}
    return await target.apply(await change_for(target, who, choices), choices)


def person_of(company: OfficeCompany, number: str = "3001") -> Document:
    return company.employees[number]


def jobs_of(company: OfficeCompany, number: str = "3001") -> list[Document]:
    """Somebody's employments, by first day."""
    return sorted(company.jobs[number], key=lambda one: str(one["startdate"]))


def pay_of(company: OfficeCompany, number: str = "3001") -> list[tuple[str, list[str]]]:
    """All pay that the company knows of somebody, also what it does not show."""
    return sorted(company.history[number]["salary_valid_from"].items())
