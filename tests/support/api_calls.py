"""What the tests of the stand-ins share: signed-in clients, and a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox.simployer import GOOD_TOKEN, Simployer
from sandbox.tripletex import CONSUMER_TOKEN, Tripletex
from sandbox.tripletex import GOOD_TOKEN as EMPLOYEE_TOKEN


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def noon(year: int, month: int, day: int) -> HandClock:
    return HandClock(datetime(year, month, day, 12, tzinfo=UTC))


@asynccontextmanager
async def simployer_client(system: Simployer, token: str = GOOD_TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=system.url, headers=headers) as client:
        yield client


@asynccontextmanager
async def tripletex_client(
    system: Tripletex, token: str = EMPLOYEE_TOKEN, company: int = 0
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a session of its own, good for a week."""
    expires = (system.clock() + timedelta(days=7)).date().isoformat()
    async with httpx.AsyncClient(base_url=system.url) as client:
        answer = await create_session(client, employee=token, expires=expires)
        client.auth = httpx.BasicAuth(str(company), answer.json()["value"]["token"])
        yield client


async def create_session(
    client: httpx.AsyncClient, *, expires: str, employee: str = EMPLOYEE_TOKEN, consumer: str = CONSUMER_TOKEN
) -> httpx.Response:
    body = {"consumerToken": consumer, "employeeToken": employee, "expirationDate": expires}
    return await client.post("/token/session/:create", json=body)


def without_nulls(value: Any) -> Any:
    """The value without keys that are null: the descriptions know no null, the systems send it."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
