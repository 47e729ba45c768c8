"""Xledger as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo
from bot.providers.xledger.client import XledgerClient
from bot.providers.xledger.errors import TOKEN
from bot.providers.xledger.field_table import FIELDS
from bot.providers.xledger.settings import SETTINGS
from bot.providers.xledger.target import XledgerTarget


class XledgerProvider:
    """Norwegian accounting and payroll over GraphQL: master data alone, as no mutation for pay is known.

    Options of a connection: `url` and `demo_url`, `page_size`, and those of `RetryPolicy`. The customer gives an API
    token, which only an administrator can make; the entity that it leads to is named by its employees.
    """

    info = ProviderInfo(
        key="xledger",
        countries=("NO",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment"),
        credentials=(
            CredentialField(key=TOKEN, max_length=1000),
            CredentialField(key="environment", secret=False, choices=("production", "demo")),
        ),
        settings=SETTINGS,
        key_page="https://xledger.net/f/api-tokens",
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[XledgerTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the entity."""
        async with XledgerClient(connection) as client:
            yield XledgerTarget(client)


PROVIDER = XledgerProvider()
"""What the registry finds."""
