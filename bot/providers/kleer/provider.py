"""Kleer as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.errors import COMPANY, TOKEN
from bot.providers.kleer.field_table import FIELDS
from bot.providers.kleer.settings import SETTINGS
from bot.providers.kleer.target import KleerTarget
from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo


class KleerProvider:
    """Swedish payroll over API v1.

    Options of a connection: `url` and `test_url`, `no_agreement_status` (the statuses with which Kleer says that a
    user has no payroll agreement, 404 unless set), and those of `RetryPolicy`. The customer gives a token of their
    company, which Kleer's consultant makes; the company's id is public, and proves nothing without it.
    """

    info = ProviderInfo(
        key="kleer",
        countries=("SE",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key=TOKEN, max_length=500),
            CredentialField(key=COMPANY, secret=False, max_length=20),
            CredentialField(key="environment", secret=False, choices=("production", "test")),
        ),
        settings=SETTINGS,
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[KleerTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the company."""
        async with KleerClient(connection) as client:
            yield KleerTarget(client)


PROVIDER = KleerProvider()
"""What the registry finds."""
