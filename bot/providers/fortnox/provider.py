"""Fortnox as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.providers.consent import CONSENT
from bot.providers.fortnox.client import TENANT, FortnoxApplication, FortnoxClient
from bot.providers.fortnox.field_table import FIELDS
from bot.providers.fortnox.leave_settings import ABSENCE
from bot.providers.fortnox.leave_target import FortnoxLeaveTarget
from bot.providers.fortnox.settings import SETTINGS
from bot.providers.fortnox.target import FortnoxTarget
from bot.providers.protocol import EMPLOYEES, Connection, ControlProof, CredentialField, Credentials, ProviderInfo


class FortnoxProvider:
    """Swedish payroll over API v3.

    Options of a connection: `client_id` and `client_secret` (the operator's application), `redirect_url`, `url`,
    `auth_url`, `page_size`, and those of `RetryPolicy`. The customer agrees in Fortnox to a service account; what is
    kept is the company that they agreed for.
    """

    info = ProviderInfo(
        key="fortnox",
        countries=("SE",),
        control=ControlProof.VENDOR_CONSENT,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(CredentialField(key=CONSENT, max_length=2000),),
        settings=SETTINGS,
        resources=(EMPLOYEES, ABSENCE),
    )
    fields = FIELDS

    def consent_url(self, options: Mapping[str, str], state: str) -> str:
        """Fortnox' page. Raises `CredentialsRefused`."""
        return FortnoxApplication(options).consent_url(state)

    async def redeem(self, options: Mapping[str, str], code: str) -> Credentials:
        """The company that somebody agreed for. Raises `ProviderError`."""
        application = FortnoxApplication(options)
        async with application.http() as http:
            return {TENANT: await application.redeem(http, code)}

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[FortnoxTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the company."""
        async with FortnoxClient(connection) as client:
            yield FortnoxTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[FortnoxLeaveTarget]:
        """Open it for absence, in the same way."""
        async with FortnoxClient(connection) as client:
            yield FortnoxLeaveTarget(client)


PROVIDER = FortnoxProvider()
"""What the registry finds."""
