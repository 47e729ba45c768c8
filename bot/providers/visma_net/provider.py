"""Visma.net as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.kit.leave_list_target import ABSENCE_LIST, LeaveListTarget
from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.field_table import FIELDS
from bot.providers.visma_net.settings import SETTINGS
from bot.providers.visma_net.target import VismaNetTarget


class VismaNetProvider:
    """Norwegian payroll over the Employee API v2.

    Options of a connection: `client_id` and `client_secret` (the operator's application in Visma's Developer Portal),
    `url`, `connect_url`, `environment`, `page_size`, `job_polls`, `job_poll_seconds`, and those of `RetryPolicy`. The
    customer approves that application in Visma App Store and gives their company's tenant id.
    """

    info = ProviderInfo(
        key="visma_net",
        countries=("NO",),
        control=ControlProof.OPERATOR_ASSIGNMENT,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(CredentialField(key="tenant_id", secret=False, max_length=64, assigned=True, any_case=True),),
        settings=SETTINGS,
        resources=(VismaNetTarget.employees, ABSENCE_LIST),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[VismaNetTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins the tenant."""
        async with VismaNetClient(connection) as client:
            yield VismaNetTarget(client)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[LeaveListTarget]:
        """For lists of absence: the operations that write absence are not public."""
        async with VismaNetClient(connection) as client:
            yield LeaveListTarget(VismaNetTarget(client))


PROVIDER = VismaNetProvider()
