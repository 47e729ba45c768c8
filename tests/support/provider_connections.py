"""Connections to the stand-ins, with short patience: what never answers is given up on soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.protocol import Connection
from bot.providers.simployer.provider import SimployerProvider
from bot.providers.simployer.source import SimployerSource
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from bot.providers.tripletex.provider import TripletexProvider
from bot.providers.tripletex.target import TripletexTarget
from sandbox.simployer import GOOD_TOKEN, Simployer
from sandbox.tripletex import CONSUMER_TOKEN, Tripletex
from sandbox.tripletex import GOOD_TOKEN as EMPLOYEE_TOKEN

HASTE = {"timeout_seconds": "0.5", "backoff_seconds": "0.001"}


def to_simployer(
    system: Simployer, token: str = GOOD_TOKEN, *, expected: str | None = None, **options: str
) -> Connection:
    return Connection(
        credentials={"access_token": token}, options={"url": system.url, **HASTE, **options}, expected_account=expected
    )


def to_tripletex(
    system: Tripletex,
    token: str = EMPLOYEE_TOKEN,
    *,
    consumer: str = CONSUMER_TOKEN,
    expected: str | None = None,
    **options: str,
) -> Connection:
    return Connection(
        credentials={"employee_token": token, "environment": "test"},
        options={"test_url": system.url, "test_consumer_token": consumer, **HASTE, **options},
        expected_account=expected,
    )


@asynccontextmanager
async def simployer_source(
    system: Simployer, token: str = GOOD_TOKEN, *, expected: str | None = None, **options: str
) -> AsyncIterator[SimployerSource]:
    # A provider of its own, so that no index of another test is found.
    async with SimployerProvider().connect(to_simployer(system, token, expected=expected, **options)) as source:
        yield source


@asynccontextmanager
async def tripletex_target(
    system: Tripletex,
    token: str = EMPLOYEE_TOKEN,
    *,
    consumer: str = CONSUMER_TOKEN,
    expected: str | None = None,
    **options: str,
) -> AsyncIterator[TripletexTarget]:
    connection = to_tripletex(system, token, consumer=consumer, expected=expected, **options)
    async with TripletexProvider().connect(connection) as target:
        yield target


@asynccontextmanager
async def tripletex_leave(
    system: Tripletex, token: str = EMPLOYEE_TOKEN, *, expected: str | None = None, **options: str
) -> AsyncIterator[TripletexLeaveTarget]:
    connection = to_tripletex(system, token, expected=expected, **options)
    async with TripletexProvider().connect_leave(connection) as target:
        yield target
