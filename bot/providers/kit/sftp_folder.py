"""A folder on an SFTP server, whose key a person has confirmed, as the place that files are put in."""

from __future__ import annotations

from collections.abc import Iterable

from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.sftp import Login, SftpServer, SftpTimeouts
from bot.providers.kit.sftp_errors import Refusals
from bot.providers.protocol import Credentials


class SftpFolder:
    """The folder `remote_folder` of the server that was entered as `Login.of` reads it.

    `account` names it within an account's id, `user` tells people who signs in where, `place` is the folder itself.
    All methods raise `ProviderError`.
    """

    def __init__(
        self, credentials: Credentials, refusals: Refusals, patience: SftpTimeouts, networks: AllowedNetworks
    ) -> None:
        login = Login.of(credentials, refusals)
        self._refusals = refusals
        self._server = SftpServer(login, refusals, patience, networks)
        self._folder = credentials.get("remote_folder", "").strip().replace("\\", "/").rstrip("/") or "."
        self.account = f"{login.username}@{login.host}:{login.port}"
        self.user: str | None = f"{login.username}@{login.host} {login.host_key}"
        self.place = f"sftp:{self._folder}"

    async def prove(self) -> None:
        """Raises `CredentialsRefused` where the server is not the confirmed one or does not let us in."""
        await self._server.sign_in()

    async def look(self) -> None:
        """Raises `NotPermitted` where the folder is not there."""
        if not await self._server.has_folder(self._folder):
            raise self._refusals.folder_missing(self._folder)

    async def try_out(self, prefix: str) -> bool:
        """Raises `NotPermitted` where files may not be written, renamed and deleted."""
        return await self._server.try_folder(self._folder, prefix)

    async def put_whole(self, names: Iterable[str], data: bytes, *, prefix: str, above: bool = False) -> None:
        """Put a file under the first of `names` that is free; its draft lies in the folder `above`, where that is so.

        Raises `Unavailable(sent=True)` where it cannot be told whether the file is in place.
        """
        drafts = (self._folder.rpartition("/")[0] or ".") if above else self._folder
        await self._server.put(self._folder, names, data, prefix=prefix, drafts=drafts)
