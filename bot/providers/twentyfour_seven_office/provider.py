"""24SevenOffice as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.protocol import EMPLOYEES, Connection, ControlProof, CredentialField, ProviderInfo
from bot.providers.twentyfour_seven_office.client import TOKEN, TwentyFourClient
from bot.providers.twentyfour_seven_office.field_table import FIELDS
from bot.providers.twentyfour_seven_office.leave_settings import ABSENCE
from bot.providers.twentyfour_seven_office.leave_target import TwentyFourLeaveTarget
from bot.providers.twentyfour_seven_office.settings import SETTINGS
from bot.providers.twentyfour_seven_office.target import TwentyFourTarget


class TwentyFourProvider:
    """Norwegian payroll over the Payroll API 2.0.

    Options of a connection: `url`, `allow_empty`, `absence_content_type`, and those of `RetryPolicy`. The customer
    gives the access token that somebody made in 24SevenOffice: it acts for one company, and only who may change its
    settings can make one. Whether that is a company for tests, somebody says: there is one address for all.
    """

    info = ProviderInfo(
        key="twentyfour_seven_office",
        countries=("NO",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key=TOKEN, max_length=1000),
            CredentialField(key="environment", secret=False, choices=("production", "test")),
        ),
        settings=SETTINGS,
        resources=(EMPLOYEES, ABSENCE),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[TwentyFourTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the company."""
        async with TwentyFourClient(connection) as client:
            yield TwentyFourTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[TwentyFourLeaveTarget]:
        """Open it for absence, in the same way."""
        async with TwentyFourClient(connection) as client:
            yield TwentyFourLeaveTarget(client)


PROVIDER = TwentyFourProvider()
"""What the registry finds."""
