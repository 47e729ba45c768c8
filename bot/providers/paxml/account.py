"""Whose integration it is, and where its files go: one company's number behind one folder or server."""

from __future__ import annotations

from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from bot.core.text import text
from bot.providers.errors import WrongAccount
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.sftp import SftpTimeouts
from bot.providers.paxml.destinations import SFTP, Destination, Folder, Server, refused
from bot.providers.paxml.document import Company
from bot.providers.protocol import Account, Connection


class PaxmlAccount:
    """What a connection was entered with, for files of people and of absence. Raises `ProviderError`."""

    def __init__(self, connection: Connection) -> None:
        self._credentials = connection.credentials
        self._options = connection.options
        self._expected = connection.expected_account

    @property
    def is_pinned(self) -> bool:
        """Whether it belongs to an integration."""
        return self._expected is not None

    async def identify(self) -> Account:
        """Look for the folder, or sign in. Nothing can be asked of the system behind it."""
        company, way = self.company()
        await way.prove()
        return Account(
            id=_account_id(company, way), name=company.name, organisation_number=company.number, user=way.user
        )

    def company(self) -> tuple[Company, Destination]:
        """Raises `CredentialsRefused`, `WrongAccount`."""
        try:
            number = orgnr.validate(self._credentials.get("organisation_number", ""))
        except ValidationError:
            raise refused("organisation_number", "number_invalid") from None
        company, way = Company(number, " ".join(self._credentials.get("company_name", "").split())), self.way()
        if self._expected is not None and _account_id(company, way) != self._expected:
            raise WrongAccount(
                "paxml: another account", text=text("paxml.wrong_account"), advice=text("paxml.wrong_account.advice")
            )
        return company, way

    def way(self) -> Destination:
        """Where files go. Raises `CredentialsRefused`."""
        if self._credentials.get("delivery") == SFTP:
            return Server(self._credentials, SftpTimeouts.of(self._options), AllowedNetworks.of(self._options))
        return Folder(self._credentials, self._options.get("folder", ""))


def _account_id(company: Company, way: Destination) -> str:
    return f"{way.account}/{company.number}"
