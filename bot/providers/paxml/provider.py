"""PAXml as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.paxml.destinations import FOLDER, SFTP
from bot.providers.paxml.field_table import FIELDS
from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.paxml.leave_settings import ABSENCE
from bot.providers.paxml.leave_target import PaxmlLeaveTarget
from bot.providers.paxml.settings import SETTINGS
from bot.providers.protocol import Connection, ControlProof, CredentialField, ProviderInfo

IN_FOLDER, BY_SFTP = ("delivery", FOLDER), ("delivery", SFTP)


class PaxmlProvider:
    """Swedish payroll systems that import employees from PAXml 2.0 files: a file target, which cannot be read.

    Files go into a folder of the bot's own server, which the operator made for the customer, or to an SFTP server whose
    key a person confirms by its fingerprint. An account is one company's number behind one of either.
    """

    info = ProviderInfo(
        key="paxml",
        countries=("SE",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.personal", "syncs.employment", "syncs.salary"),
        credentials=(
            CredentialField(key="delivery", secret=False, choices=(FOLDER, SFTP)),
            CredentialField(key="folder", secret=False, max_length=100, when=IN_FOLDER, assigned=True),
            CredentialField(key="host", secret=False, max_length=255, when=BY_SFTP),
            CredentialField(key="port", secret=False, optional=True, max_length=5, when=BY_SFTP),
            CredentialField(key="host_key", secret=False, optional=True, max_length=200, when=BY_SFTP),
            CredentialField(key="username", secret=False, max_length=100, when=BY_SFTP),
            CredentialField(key="password", optional=True, max_length=200, when=BY_SFTP),
            CredentialField(key="private_key", optional=True, multiline=True, when=BY_SFTP),
            CredentialField(key="remote_folder", secret=False, optional=True, max_length=200, when=BY_SFTP),
            CredentialField(key="organisation_number", secret=False, max_length=15),
            CredentialField(key="company_name", secret=False, max_length=80),
        ),
        settings=SETTINGS,
        resources=(PaxmlFileTarget.employees, ABSENCE),
    )
    fields = FIELDS

    @asynccontextmanager
    async def connect(self, connection: Connection) -> AsyncIterator[PaxmlFileTarget]:
        """Open the target; nothing is written before the first delivery. `expected_account` pins it."""
        yield PaxmlFileTarget(connection)

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[PaxmlLeaveTarget]:
        """Open it for absence, in the same way."""
        yield PaxmlLeaveTarget(connection)


PROVIDER = PaxmlProvider()
