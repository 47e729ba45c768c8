"""What an SFTP server tells of its files. A connection that is lost raises `LOST`; all else is an answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import Enum
from typing import cast

import asyncssh
import asyncssh.sftp

from bot.providers.errors import ProviderError
from bot.providers.kit.sftp_errors import LOST, MISSING, Refusals

MOST_NAMES = 10_000
MOST_NAME_BYTES = 5_000_000
"""What is read of a folder: a server may send names without end."""

# A list of names comes in packets, each of which is read whole. OpenSSH sends none that is longer; asyncssh takes
# 4 MiB, which is 300,000 names.
asyncssh.sftp.MAX_SFTP_PACKET_LEN = 256 * 1024


class Fate(Enum):
    """What became of a file that was to be removed."""

    REMOVED = "removed"
    GONE = "gone"
    LEFT = "left"
    UNKNOWN = "unknown"


async def listed(sftp: asyncssh.SFTPClient, folder: str, refusals: Refusals) -> list[str]:
    """The names in a folder, without the folder's own before them. Raises `NotPermitted` where they are too many or not
    told, and of `SFTPError` `MISSING` and `LOST`."""
    names: list[str] = []
    size = 0
    try:
        async with aclosing(cast(AsyncGenerator[asyncssh.SFTPName, None], sftp.scandir(folder))) as entries:
            async for entry in entries:
                size += len(entry.filename) + len(entry.longname or "")
                if len(names) >= MOST_NAMES or size > MOST_NAME_BYTES:
                    raise refusals.folder_full(folder, MOST_NAMES)
                # Some servers show whole paths.
                names.append(str(entry.filename).rstrip("/").rpartition("/")[2])
    except (*LOST, *MISSING):
        raise
    except asyncssh.SFTPError:
        raise refusals.folder_unlisted(folder) from None
    return names


def alike(name: str) -> str:
    """The same for names that a server may hold for one: some do not tell capitals from small letters."""
    return name.casefold()


async def size_of(sftp: asyncssh.SFTPClient, path: str) -> int | None:
    """A file's size in bytes; None where the server does not tell."""
    try:
        return (await sftp.stat(path)).size
    except LOST:
        raise
    except asyncssh.SFTPError:
        return None


async def holds(sftp: asyncssh.SFTPClient, path: str, data: bytes) -> bool:
    """Whether a file is what was written to it, as far as the server tells.

    Where it tells no size, it has confirmed each piece all the same. One that tells another size may encrypt its files,
    or count them later: what can be read back decides.
    """
    if await size_of(sftp, path) in (None, len(data)):
        return True
    try:
        async with sftp.open(path, "rb") as file:
            read = await file.read(len(data) + 1)
            return isinstance(read, bytes) and read == data
    except LOST:
        raise
    except asyncssh.SFTPError:
        return False


async def is_there(sftp: asyncssh.SFTPClient, path: str, refusals: Refusals) -> bool | None:
    """Whether there is such a file; None where the server does not tell."""
    try:
        await sftp.stat(path)
    except LOST:
        raise
    except MISSING:
        return False
    except asyncssh.SFTPError:
        # Some tell nothing of a file, but let the folder be read.
        folder, _, name = path.rpartition("/")
        try:
            return alike(name) in map(alike, await listed(sftp, folder or ".", refusals))
        except LOST:
            raise
        except (asyncssh.SFTPError, ProviderError):
            return None
    return True


async def withdraw(sftp: asyncssh.SFTPClient, path: str, refusals: Refusals) -> Fate:
    """Remove a file, and tell what became of it."""
    try:
        await sftp.remove(path)
    except LOST:
        raise
    except MISSING:
        return Fate.GONE
    except asyncssh.SFTPError:
        there = await is_there(sftp, path, refusals)
        return Fate.UNKNOWN if there is None else Fate.LEFT if there else Fate.GONE
    return Fate.REMOVED
