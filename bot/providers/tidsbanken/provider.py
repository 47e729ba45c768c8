"""Tidsbanken as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo
from bot.providers.tidsbanken.client import TidsbankenClient
from bot.providers.tidsbanken.errors import TB_KEY
from bot.providers.tidsbanken.field_table import FIELDS
from bot.providers.tidsbanken.settings import SETTINGS
from bot.providers.tidsbanken.target import TidsbankenTarget


class TidsbankenProvider:
    """Norwegian time registration over API v3: people, and no salary.

    Options of a connection: `subscription_key` (the operator's, from Tidsbanken's developer portal), `url`,
    `page_size`, `allow_empty`, `updates` (`changed` sends only what changes of somebody, and not the whole row), and
    those of `RetryPolicy`. The customer gives the key of their database, which only an administrator of it can fetch.
    Its name somebody says, as no call does; it proves nothing.
    """

    info = ProviderInfo(
        key="tidsbanken",
        countries=("NO",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment"),
        credentials=(
            CredentialField(key=TB_KEY, max_length=500),
            CredentialField(key="company_name", secret=False, max_length=100),
            CredentialField(key="environment", secret=False, choices=("production", "test")),
        ),
        settings=SETTINGS,
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[TidsbankenTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the database."""
        async with TidsbankenClient(connection) as client:
            yield TidsbankenTarget(client)


PROVIDER = TidsbankenProvider()
"""What the registry finds."""
