"""PowerOffice Go as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.field_table import FIELDS
from bot.providers.poweroffice_go.leave_settings import ABSENCE
from bot.providers.poweroffice_go.leave_target import PowerofficeGoLeaveTarget
from bot.providers.poweroffice_go.settings import SETTINGS
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from bot.providers.protocol import EMPLOYEES, Connection, ControlProof, CredentialField, ProviderInfo


class PowerofficeGoProvider:
    """Norwegian payroll over API v2.

    Options of a connection: `application_key` and `subscription_key` (the operator's, from PowerOffice), `url`, each
    also with `test_` before it, `page_size`, and those of `RetryPolicy`. The customer gives the client key that Go
    shows when the extension is added, and says which environment it is of.
    """

    info = ProviderInfo(
        key="poweroffice_go",
        countries=("NO",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key="client_key", max_length=100),
            CredentialField(
                key="environment",
                secret=False,
                choices=("production", "test"),
                registered={
                    "production": ("application_key", "subscription_key"),
                    "test": ("test_application_key", "test_subscription_key"),
                },
            ),
        ),
        settings=SETTINGS,
        resources=(EMPLOYEES, ABSENCE),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[PowerofficeGoTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the Go client."""
        async with PowerofficeGoClient(connection) as client:
            yield PowerofficeGoTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[PowerofficeGoLeaveTarget]:
        """Open it for absence, in the same way."""
        async with PowerofficeGoClient(connection) as client:
            yield PowerofficeGoLeaveTarget(client)


PROVIDER = PowerofficeGoProvider()
