"""Agda PS as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.agda_ps.field_table import FIELDS
from bot.providers.agda_ps.file_target import AgdaFileTarget
from bot.providers.agda_ps.settings import SETTINGS
from bot.providers.kit.leave_list_target import ABSENCE_LIST, LeaveListTarget
from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo


class AgdaProvider:
    """Swedish payroll by Person XML over SFTP: a file target, which cannot be read.

    The customer gives the account that Agda PS support made, and confirms the server's key by its fingerprint: without
    one nothing secret is sent, and the refusal shows the fingerprint to compare. An account is one organisation
    (FTG_NR) behind one user of one server.
    """

    info = ProviderInfo(
        key="agda_ps",
        countries=("SE",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key="host", secret=False, max_length=255),
            CredentialField(key="port", secret=False, optional=True, max_length=5),
            CredentialField(key="host_key", secret=False, optional=True, max_length=200),
            CredentialField(key="username", secret=False, max_length=100),
            CredentialField(key="password", optional=True, max_length=200),
            CredentialField(key="private_key", optional=True, multiline=True),
            CredentialField(key="company_number", secret=False, max_length=20),
            CredentialField(key="company_name", secret=False, max_length=80),
        ),
        settings=SETTINGS,
        resources=(AgdaFileTarget.employees, ABSENCE_LIST),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[AgdaFileTarget]:
        """Open the target; nothing is sent before the first call. `expected_account` pins it."""
        yield AgdaFileTarget(connection)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[LeaveListTarget]:
        """For lists of absence: Agda PS has no published format for it."""
        yield LeaveListTarget(AgdaFileTarget(connection))


PROVIDER = AgdaProvider()
