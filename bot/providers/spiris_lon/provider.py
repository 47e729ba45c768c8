"""Spiris Lön as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bot.providers.consent import CONSENT
from bot.providers.kit.rotating_tokens import utc_time
from bot.providers.protocol import NEW_EMPLOYEES, Connection, ControlProof, CredentialField, Credentials, ProviderInfo
from bot.providers.spiris_lon.client import SpirisApplication, SpirisClient
from bot.providers.spiris_lon.field_table import FIELDS
from bot.providers.spiris_lon.leave_settings import ABSENCE
from bot.providers.spiris_lon.leave_target import SpirisLeaveTarget
from bot.providers.spiris_lon.settings import SETTINGS
from bot.providers.spiris_lon.target import SpirisTarget


class SpirisLonProvider:
    """Swedish payroll over API v2: new people and absence, and nobody who is there is changed.

    Options of a connection: `client_id` and `client_secret` (the operator's application), `redirect_url`, `url`,
    `auth_url`, `sandbox` (`true` for an application of the sandbox type), `karens` (`spiris`: Spiris makes the
    qualifying deduction of each shortcut of sickness), `allow_empty`, `page_size`, `order_by` (what lists are ordered
    by), and those of `RetryPolicy`. The customer agrees in the browser; what is kept are tokens, each of which is good
    once.
    """

    info = ProviderInfo(
        key="spiris_lon",
        countries=("SE",),
        control=ControlProof.VENDOR_CONSENT,
        syncs=("syncs.new_people",),
        credentials=(CredentialField(key=CONSENT, max_length=2000),),
        settings=SETTINGS,
        resources=(NEW_EMPLOYEES, ABSENCE),
    )
    fields = FIELDS

    def consent_url(self, options: Mapping[str, str], state: str) -> str:
        """Spiris' page. Raises `CredentialsRefused`."""
        return SpirisApplication(options).consent_url(state)

    async def redeem(self, options: Mapping[str, str], code: str) -> Credentials:
        """The tokens that a consent is worth. Raises `ProviderError`."""
        application = SpirisApplication(options)
        async with application.http() as http:
            return (await application.redeem(http, code)).kept(utc_time())

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[SpirisTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the company."""
        async with SpirisClient(connection) as client:
            yield SpirisTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[SpirisLeaveTarget]:
        """Open it for absence, in the same way."""
        creates_karens = connection.options.get("karens", "").strip().lower() == "spiris"
        async with SpirisClient(connection) as client:
            yield SpirisLeaveTarget(client, creates_karens=creates_karens)


PROVIDER = SpirisLonProvider()
"""What the registry finds."""
