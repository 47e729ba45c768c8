"""The two ways for a file to get to whoever imports it: a folder of the bot's own server, or one on an SFTP server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from bot.core.text import text
from bot.providers.errors import CredentialsRefused, NotPermitted, Unavailable
from bot.providers.kit import drop_folder
from bot.providers.kit.drop_folder import DraftLeft, FateUnclear
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.sftp import SftpTimeouts
from bot.providers.kit.sftp_errors import Refusals
from bot.providers.kit.sftp_folder import SftpFolder
from bot.providers.paxml.settings import PARENT_FOLDER, chosen
from bot.providers.protocol import Credentials, Settings

FOLDER, SFTP = "folder", "sftp"
REFUSALS = Refusals("paxml")


class Destination(Protocol):
    """Where files go. All methods raise `ProviderError`.

    `account` names it within an account's id, `user` tells people who signs in where, `place` is what `Desired.place`
    is: what was delivered to another place does not count here.
    """

    account: str
    user: str | None
    place: str

    async def prove(self) -> None:
        """Look whether it can be reached; nothing is written."""
        ...

    async def look(self) -> None:
        """Look whether there is a folder for the files; nothing is written."""
        ...

    async def try_out(self, prefix: str) -> bool:
        """Do with an empty file what a delivery does; nothing stays. Gives whether it was left alone meanwhile."""
        ...

    async def put(self, names: Iterable[str], data: bytes, *, prefix: str, settings: Settings) -> None:
        """Put a whole file under the first of `names` that is free, or none."""
        ...


class Folder:
    """A customer's own folder within the operator's folder of folders."""

    user: str | None = None
    place = ""

    def __init__(self, credentials: Credentials, root: str) -> None:
        self._name = credentials.get("folder", "").strip()
        self._root = root.strip()
        self.account = self._name

    async def prove(self) -> None:
        """Raises `CredentialsRefused` where there is none of that name, `Unavailable` where the disk is gone."""
        await asyncio.to_thread(self._path)

    async def look(self) -> None:
        """Nothing more can be seen without writing."""
        await self.prove()

    async def try_out(self, prefix: str) -> bool:
        """Raises `NotPermitted` where the folder is closed, `Unavailable` where nothing could be kept."""
        try:
            return await drop_folder.try_out(await asyncio.to_thread(self._path), prefix)
        except OSError as error:
            raise _of_folder(error) from None

    async def put(self, names: Iterable[str], data: bytes, *, prefix: str, settings: Settings) -> None:  # noqa: ARG002
        """Raises `NotPermitted` where the folder is closed, `Unavailable` where nothing could be kept.

        `Unavailable(sent=True)` where the file was gone before it had its name.
        """
        try:
            await drop_folder.put(await asyncio.to_thread(self._path), names, data, prefix=prefix)
        except OSError as error:
            raise _of_folder(error) from None

    def _path(self) -> Path:
        """Blocks."""
        if not self._root:
            raise refused("folder", "no_folders")
        if not Path(self._root).is_dir():
            raise Unavailable(
                "paxml: the folder of folders is not there",
                text=text("paxml.not_there"),
                advice=text("paxml.not_there.advice"),
            )
        # A name, never a path: no customer reaches beyond the folders that are meant for them.
        name = self._name
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name) or not (Path(self._root) / name).is_dir():
            raise refused("folder", "folder_unknown")
        return Path(self._root) / name


def _of_folder(error: OSError) -> NotPermitted | Unavailable:
    """What an error of the disk means."""
    if isinstance(error, DraftLeft):
        refusal = _of_folder(error.__cause__ if isinstance(error.__cause__, OSError) else OSError())
        refusal.advice = text("paxml.left_behind", advice=refusal.advice, file=error.file)
        return refusal
    if isinstance(error, FateUnclear):
        return Unavailable(
            "paxml: the file was gone, outcome unknown",
            text=text("paxml.fate_unclear"),
            advice=text("paxml.fate_unclear.advice"),
            sent=True,
        )
    if isinstance(error, PermissionError):
        return NotPermitted(
            f"paxml: {type(error).__name__}",
            text=text("paxml.folder_closed"),
            advice=text("paxml.folder_closed.advice"),
        )
    return Unavailable(
        f"paxml: {type(error).__name__} {error.errno}",
        text=text("paxml.not_stored"),
        advice=text("paxml.not_stored.advice"),
        verbatim=error.strerror,
    )


class Server(SftpFolder):
    """A folder on an SFTP server, whose key a person has confirmed."""

    def __init__(self, credentials: Credentials, patience: SftpTimeouts, networks: AllowedNetworks) -> None:
        super().__init__(credentials, REFUSALS, patience, networks)

    async def put(self, names: Iterable[str], data: bytes, *, prefix: str, settings: Settings) -> None:
        """Raises `Unavailable(sent=True)` where it cannot be told whether the file is in place."""
        await self.put_whole(names, data, prefix=prefix, above=chosen(settings, "upload") == PARENT_FOLDER)


def refused(field: str, word: str) -> CredentialsRefused:
    """What was entered in a field will not do, for the reason of `paxml.<word>`."""
    return CredentialsRefused(
        f"paxml: {word}", field=field, text=text(f"paxml.{word}"), advice=text(f"paxml.{word}.advice")
    )
