"""An account of a payroll system that takes absence alone, as files: given to a person, or put on an SFTP server."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from bot.core.text import text
from bot.providers.errors import CredentialsRefused, Unsupported, WrongAccount
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.sftp import SftpTimeouts
from bot.providers.kit.sftp_errors import Refusals
from bot.providers.kit.sftp_folder import SftpFolder
from bot.providers.protocol import Account, Connection, CredentialField

MESSAGE, SFTP = "message", "sftp"
_BY_MESSAGE, _BY_SFTP = ("delivery", MESSAGE), ("delivery", SFTP)

LEAVE_FILE_CREDENTIALS: tuple[CredentialField, ...] = (
    CredentialField(key="delivery", secret=False, choices=(MESSAGE, SFTP)),
    # Who has no server has no secret: the operator says whose the name is.
    CredentialField(key="customer", secret=False, max_length=100, when=_BY_MESSAGE, assigned=True),
    CredentialField(key="host", secret=False, max_length=255, when=_BY_SFTP),
    CredentialField(key="port", secret=False, optional=True, max_length=5, when=_BY_SFTP),
    CredentialField(key="host_key", secret=False, optional=True, max_length=200, when=_BY_SFTP),
    CredentialField(key="username", secret=False, max_length=100, when=_BY_SFTP),
    CredentialField(key="password", optional=True, max_length=200, when=_BY_SFTP),
    CredentialField(key="private_key", optional=True, multiline=True, when=_BY_SFTP),
    CredentialField(key="remote_folder", secret=False, optional=True, max_length=200, when=_BY_SFTP),
    CredentialField(key="organisation_number", secret=False, max_length=15),
    CredentialField(key="company_name", secret=False, max_length=80),
)
"""What is asked for: the company, and where its files go."""


@dataclass(frozen=True, slots=True)
class FileCompany:
    """Whose absence it is: ten digits of an organisation number, and the name."""

    number: str
    name: str


class LeaveFileAccount:
    """What a connection was entered with. Raises `ProviderError`.

    Options, for SFTP: `connect_seconds`, `transfer_seconds`.
    """

    def __init__(self, provider: str, connection: Connection) -> None:
        self._provider = provider
        self._credentials = connection.credentials
        self._options = connection.options
        self._expected = connection.expected_account

    async def identify(self) -> Account:
        """Sign in where there is a server. Nothing can be asked of the system behind it."""
        company, server = self.company()
        if server is not None:
            await server.prove()
        return Account(
            id=self._id(company, server),
            name=company.name,
            organisation_number=company.number,
            user=server.user if server is not None else None,
        )

    async def look(self) -> None:
        """Look whether the folder is there, where there is one."""
        _, server = self.company()
        if server is not None:
            await server.look()

    def company(self) -> tuple[FileCompany, SftpFolder | None]:
        """Whose it is, and the server, None where files are given to a person.

        Raises `CredentialsRefused`, `WrongAccount`.
        """
        try:
            number = orgnr.validate(self._credentials.get("organisation_number", ""))
        except ValidationError:
            raise self._refused("organisation_number", "number_invalid") from None
        company = FileCompany(number, " ".join(self._credentials.get("company_name", "").split()))
        server = None
        if self._credentials.get("delivery") == SFTP:
            patience, networks = SftpTimeouts.of(self._options), AllowedNetworks.of(self._options)
            server = SftpFolder(self._credentials, Refusals(self._provider), patience, networks)
        elif not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", self._customer):
            raise self._refused("customer", "customer_invalid")
        if self._expected is not None and self._id(company, server) != self._expected:
            raise WrongAccount(
                f"{self._provider}: another account",
                text=text("leave.file.wrong_account"),
                advice=text("leave.file.wrong_account.advice"),
            )
        return company, server

    def server(self) -> SftpFolder:
        """Where files are put. Raises `Unsupported` where they are given to a person, and as `company` does."""
        _, server = self.company()
        if server is None:
            raise Unsupported(f"{self._provider}: files are given to a person", text=text("leave.file.by_hand"))
        return server

    @property
    def _customer(self) -> str:
        return self._credentials.get("customer", "").strip()

    def _id(self, company: FileCompany, server: SftpFolder | None) -> str:
        return f"{server.account if server is not None else self._customer}/{company.number}"

    def _refused(self, field: str, word: str) -> CredentialsRefused:
        return CredentialsRefused(
            f"{self._provider}: {word}",
            field=field,
            text=text(f"leave.file.{word}"),
            advice=text(f"leave.file.{word}.advice"),
        )
