"""Connections to Visma.net's stand-in, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain.employee import Employee
from bot.providers.protocol import Connection
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net import CLIENT_ID, CLIENT_SECRET, TENANT, VismaNet
from sandbox.visma_net.tenant import Document, Tenant
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, kari

OCCUPATION = "2221103"
NO_HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001", "job_poll_seconds": "0.001", "job_polls": "6"}


def settings_of(tenant: Tenant, **more: str) -> dict[str, str]:
    """Choices that work in a tenant."""
    return {
        "tax_unit": tenant.lists["taxUnits"][0]["id"],
        "work_time_agreement": tenant.lists["workTimeAgreements"][0]["id"],
        "occupation_code": OCCUPATION,
        **more,
    }


def connection(system: VismaNet, tenant: str = TENANT, *, expected: str | None = None, **options: str) -> Connection:
    addresses = {"url": system.url, "connect_url": system.connect_url}
    application = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "environment": "test"}
    return Connection(
        credentials={"tenant_id": tenant},
        options={**addresses, **application, **NO_HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def visma_net_target(
    system: VismaNet, tenant: str = TENANT, *, expected: str | None = None, today: date = TODAY, **options: str
) -> AsyncIterator[VismaNetTarget]:
    async with VismaNetClient(connection(system, tenant, expected=expected, **options)) as client:
        yield VismaNetTarget(client, lambda: today)


def without_contact(**different: Any) -> Employee:
    """A complete employee but for e-mail and phone, which go only where a type for them was chosen."""
    return replace(kari(work_email=None, work_phone=None, private_phone=None), **different)


async def put(target: VismaNetTarget, tenant: Tenant, employee: Employee, **settings: str) -> list[str]:
    """Bring one employee about; the codes of what was found while writing."""
    choices = settings_of(tenant, **settings)
    applied = await target.apply(await change_for(target, employee, choices), choices)
    return [finding.code for finding in applied.findings]


def person_of(tenant: Tenant, number: str) -> Document:
    """The one employee with a number."""
    (found,) = tenant.by_number(number)
    return found


def position_of(tenant: Tenant, number: str) -> Document:
    """The one position of that employee."""
    (found,) = tenant.positions[person_of(tenant, number)["id"]].values()
    return found
