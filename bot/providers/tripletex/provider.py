"""Tripletex as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.protocol import EMPLOYEES, Connection, ControlProof, CredentialField, ProviderInfo
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.field_table import FIELDS
from bot.providers.tripletex.leave_settings import ABSENCE
from bot.providers.tripletex.leave_target import TripletexLeaveTarget
from bot.providers.tripletex.settings import SETTINGS
from bot.providers.tripletex.target import TripletexTarget


class TripletexProvider:
    """Norwegian payroll over API v2.

    Options of a connection: `url`, `test_url`, `consumer_token`, `test_consumer_token` (the operator's), and those of
    `RetryPolicy`. The customer gives the API key that they made in Tripletex, and says which environment it is of.
    """

    info = ProviderInfo(
        key="tripletex",
        countries=("NO",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key="employee_token"),
            CredentialField(
                key="environment",
                secret=False,
                choices=("production", "test"),
                registered={"production": ("consumer_token",), "test": ("test_consumer_token",)},
            ),
        ),
        settings=SETTINGS,
        resources=(EMPLOYEES, ABSENCE),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[TripletexTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the company."""
        async with TripletexClient(connection) as client:
            yield TripletexTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[TripletexLeaveTarget]:
        """Open it for absence, in the same way."""
        async with TripletexClient(connection) as client:
            yield TripletexLeaveTarget(client)


PROVIDER = TripletexProvider()
