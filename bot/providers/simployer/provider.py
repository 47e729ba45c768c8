"""Simployer as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.resource import Capability, Resource
from bot.providers.protocol import (
    EMPLOYEES,
    Connection,
    ControlProof,
    CredentialField,
    ProviderInfo,
    ResourceSpec,
)
from bot.providers.simployer.client import SimployerClient
from bot.providers.simployer.index import PeopleShelf
from bot.providers.simployer.source import SimployerSource


class SimployerProvider:
    """The source of every integration. Options of a connection: `url`, `timezone`, `delta`, those of `RetryPolicy`."""

    info = ProviderInfo(
        key="simployer",
        countries=("SE", "NO", "DK", "FI"),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(CredentialField(key="access_token"),),
        resources=(EMPLOYEES, ResourceSpec(resource=Resource.ABSENCE, capability=Capability.RECONCILE)),
        key_page="https://app.alexishr.com/access-tokens",
    )

    def __init__(self) -> None:
        self._shelf = PeopleShelf()

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[SimployerSource]:
        """Open the source; nothing is sent before the first call."""
        async with SimployerClient(connection) as client:
            yield SimployerSource(connection, client, self._shelf)


PROVIDER = SimployerProvider()
