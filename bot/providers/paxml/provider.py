"""PAXml as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.paxml.inbox import PaxmlInbox
from bot.providers.paxml.mapping import FIELDS
from bot.providers.paxml.settings import SETTINGS
from bot.providers.protocol import Connection, CredentialField, ProviderInfo


class PaxmlProvider:
    """Swedish payroll systems that import employees from PAXml 2.0 files: an inbox that cannot be read.

    An account is one company's number behind one folder of the server, which the operator made for it.
    """

    info = ProviderInfo(
        key="paxml",
        countries=("SE",),
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key="folder", secret=False, max_length=100),
            CredentialField(key="organisation_number", secret=False, max_length=15),
            CredentialField(key="company_name", secret=False, max_length=80),
        ),
        settings=SETTINGS,
        delivers=True,
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[PaxmlInbox]:
        """Open the inbox; nothing is written before the first delivery. `expected_account` pins it."""
        yield PaxmlInbox(connection)


PROVIDER = PaxmlProvider()
