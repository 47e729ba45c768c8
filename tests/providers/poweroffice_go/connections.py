"""Connections to PowerOffice Go's stand-in, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import BankAccount, Employee, IdentityNumber, Unit
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from bot.providers.protocol import Connection, WriteResult
from sandbox.companies.numbers import norwegian_account, norwegian_identity_number
from sandbox.poweroffice_go import APPLICATION_KEY, CLIENT_KEY, SUBSCRIPTION_KEY, PowerofficeGo
from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.rules import Document
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, kari

OCCUPATION = "2221103"
NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}
IDENTITY = norwegian_identity_number(date(1990, 5, 17), 120)
ACCOUNT = norwegian_account(31)


def settings_of(client: GoClient, **more: str) -> dict[str, str]:
    """Choices that work in a client."""
    enterprise = str(client.of("enterprises", IsDefault=True)[0]["Id"])
    chosen = {"enterprise": enterprise, "end_reason": "employee_has_resigned", "occupation_code": OCCUPATION}
    return {**chosen, **more}


def connection(key: str = CLIENT_KEY, *, url: str, expected: str | None = None, **options: str) -> Connection:
    operator = {"test_url": url, "test_application_key": APPLICATION_KEY, "test_subscription_key": SUBSCRIPTION_KEY}
    return Connection(
        credentials={"client_key": key, "environment": "test"},
        options={**operator, **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def go_target(
    system: PowerofficeGo, key: str = CLIENT_KEY, *, expected: str | None = None, today: date = TODAY, **options: str
) -> AsyncIterator[PowerofficeGoTarget]:
    async with PowerofficeGoClient(connection(key, url=system.url, expected=expected, **options)) as client:
        yield PowerofficeGoTarget(client, lambda: today)


def employee(**different: Any) -> Employee:
    """A complete employee whose numbers pass every check, of a department that Go has."""
    whole = kari(
        title="Brenner",
        identity=IdentityNumber(value=IDENTITY, country="NO"),
        bank=BankAccount(number=ACCOUNT, country="NO"),
        department=Unit(id="d1", name="Roastery"),
    )
    return replace(whole, **different)


async def put(target: PowerofficeGoTarget, client: GoClient, who: Employee, **settings: str) -> WriteResult:
    """Bring one employee about."""
    choices = settings_of(client, **settings)
    return await target.apply(await change_for(target, who, choices), choices)


def person_of(client: GoClient, number: str = "3001") -> Document:
    """The one employee with a number."""
    (found,) = client.by_number(number)
    return found


def jobs_of(client: GoClient, number: str = "3001") -> list[Document]:
    """That employee's employments, by first day."""
    return sorted(
        client.of("employments", EmployeeId=person_of(client, number)["Id"]), key=lambda one: one["StartDate"]
    )


def lines_of(client: GoClient, kind: str, job: Document, value: str) -> list[tuple[str, Any]]:
    """An employment's lines, by day."""
    return sorted((row["FromDate"], row.get(value)) for row in client.of(kind, EmploymentId=job["Id"]))
