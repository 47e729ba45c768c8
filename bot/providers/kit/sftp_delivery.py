"""One file on its way to an SFTP server: written under another name, read back, renamed, and found again after trouble.

A refusal need not mean that nothing was done, and a file that is gone may have been taken in: what cannot be told is
told as unknown, and what is left behind by its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from enum import IntEnum

import asyncssh

from bot.core.ownership import require_ownership
from bot.providers.errors import ProviderError
from bot.providers.kit.sftp_errors import LOST, MISSING, Refusals
from bot.providers.kit.sftp_files import Fate, alike, holds, is_there, listed, withdraw

DRAFT = ".part"
_OWNED = re.compile(r"(?P<name>.+)\.(?P<owner>[0-9a-f]{8})" + re.escape(DRAFT))
"""A draft of a file, and whose it is; of a version before, nobody's."""
BLOCK = 32 * 1024
"""Bytes in one write: what every server has to take (draft-ietf-secsh-filexfer-02, section 3)."""

Session = Callable[[], AbstractAsyncContextManager[asyncssh.SFTPClient]]
"""Signs in for a while."""


class _Stage(IntEnum):
    """How far a delivery has come."""

    NOTHING = 0
    OPENED = 1
    WHOLE = 2
    MOVING = 3


class SftpDelivery:
    """One file for `folder`, which is a draft in the folder `drafts` before. `name` is its own once it is chosen.

    `owner` is who signs in, as eight hexadecimal digits: several may write into one folder for one company. A draft has
    its owner's name, and none touches another's; it also keeps the file's name free, from when it is opened on.
    """

    def __init__(self, folder: str, drafts: str, data: bytes, host: str, refusals: Refusals, owner: str) -> None:
        self.name = ""
        self._owner = owner
        self._folder, self._drafts, self._data = folder, drafts, data
        self._host, self._refusals = host, refusals
        self._stage = _Stage.NOTHING
        self._draft = ""
        self._left: str | None = None

    async def send(self, sftp: asyncssh.SFTPClient, names: Iterable[str], prefix: str) -> BaseException | None:
        """Write the file and put it in place. Gives the error by which the connection went, for `settle`.

        A draft of an earlier try, known by `prefix`, is removed; where that may not be, it is written over, so that
        there is never more than one. Raises `ProviderError`.
        """
        try:
            self._left = await self._remove_drafts(sftp, prefix)
            choice = iter(names)
            await self._choose(sftp, choice)
            self._draft = self._left or self._draft_of(self.name)
            try:
                await self._write(sftp)
                await self._keep_name(sftp, choice)
                await _may_move(sftp, self._draft)
                self._stage = _Stage.MOVING
                await sftp.rename(self._draft, self._path)
            except LOST:
                raise
            except asyncssh.SFTPError as error:
                await self._inspect(sftp, error)
        except LOST as error:
            return error
        except asyncssh.SFTPError as error:
            raise self._told(self._refusals.of_folder(error, self._folder), Fate.GONE) from None
        return None

    async def settle(self, session: Session, lost: BaseException) -> None:
        """The connection went: look where the file is. Returns if it is in place; raises `Unavailable`."""
        refusals = self._refusals
        if self._stage is _Stage.NOTHING:
            raise self._told(refusals.unavailable(self._host, lost), Fate.GONE) from None
        draft: bool | None = None
        in_place: bool | None = False
        try:
            async with session() as sftp:
                in_place = await self._is_in_place(sftp)
                draft = await is_there(sftp, self._draft, refusals)
                if in_place and draft:
                    await withdraw(sftp, self._draft, refusals)
        except (*LOST, asyncssh.SFTPError, ProviderError):
            pass
        if in_place:
            return
        # Where neither is there, it may have been read and taken away. What was cut off is no file to an importer.
        if in_place is None or draft is False or (draft is None and self._stage >= _Stage.WHOLE):
            raise refusals.unavailable(self._host, lost, sent=True) from None
        raise refusals.cut_off(self._host, lost, self._draft) from None

    async def _choose(self, sftp: asyncssh.SFTPClient, names: Iterator[str]) -> None:
        """Choose the first name that no file has, and no draft of another's means to have."""
        taken = await self._taken(sftp)
        self.name = next(name for name in names if alike(name) not in taken)

    async def _keep_name(self, sftp: asyncssh.SFTPClient, names: Iterator[str]) -> None:
        """Take another name as long as somebody else means to have this one, too.

        The draft was there before it is looked: of two who chose the same at once, one sees the other at least.
        """
        while alike(self.name) in await self._taken(sftp):
            await self._choose(sftp, names)
            if self._draft != self._left:
                renamed = self._draft_of(self.name)
                await sftp.rename(self._draft, renamed)
                self._draft = renamed

    async def _taken(self, sftp: asyncssh.SFTPClient) -> set[str]:
        there = {alike(name) for name in await listed(sftp, self._folder, self._refusals)}
        drafts = there
        if self._drafts != self._folder:
            drafts = {alike(name) for name in await listed(sftp, self._drafts, self._refusals)}
        owned = [draft for name in drafts if (draft := _OWNED.fullmatch(name))]
        return there | {draft["name"] for draft in owned if draft["owner"] != self._owner}

    def _draft_of(self, name: str) -> str:
        return f"{self._drafts}/{draft_name(name, self._owner)}"

    @property
    def _path(self) -> str:
        return f"{self._folder}/{self.name}"

    async def _remove_drafts(self, sftp: asyncssh.SFTPClient, prefix: str) -> str | None:
        """Private data must not lie about because a connection broke. Gives one that may not be deleted, if any."""
        left = None
        for name in await listed(sftp, self._drafts, self._refusals):
            known = alike(name)
            if known.startswith(alike(prefix)) and known.endswith(DRAFT) and self._is_own(known):
                path = f"{self._drafts}/{name}"
                if await withdraw(sftp, path, self._refusals) in (Fate.LEFT, Fate.UNKNOWN):
                    left = left or path
        return left

    def _is_own(self, draft: str) -> bool:
        owned = _OWNED.fullmatch(draft)
        return owned is None or owned["owner"] == self._owner

    async def _write(self, sftp: asyncssh.SFTPClient) -> None:
        """Write all of it, and read its size back. Raises `Unavailable` when the server kept less."""
        async with sftp.open(self._draft, "wb", block_size=BLOCK) as file:
            self._stage = _Stage.OPENED
            await file.write(self._data)
            self._stage = _Stage.WHOLE
        if not await holds(sftp, self._draft, self._data):
            fate = await withdraw(sftp, self._draft, self._refusals)
            raise self._told(self._refusals.not_stored("the file is not what was sent"), fate)

    async def _inspect(self, sftp: asyncssh.SFTPClient, error: asyncssh.SFTPError) -> None:
        """The server has refused something, which need not mean that it did not do it. Returns if the file is in place.

        Raises `Unavailable(sent=True)` where that cannot be told, and what the refusal means where it is not.
        """
        if self._stage is _Stage.NOTHING:
            fate = Fate.LEFT if self._left else Fate.GONE
            raise self._told(self._refusals.of_folder(error, self._folder), fate) from None
        in_place = await self._is_in_place(sftp)
        fate = await withdraw(sftp, self._draft, self._refusals)
        if in_place:
            return
        if in_place is None or fate in (Fate.GONE, Fate.UNKNOWN):
            raise self._told(self._refusals.fate_unclear(self._host), fate) from None
        if self._stage is _Stage.MOVING and (fate is Fate.LEFT or isinstance(error, asyncssh.SFTPOpUnsupported)):
            raise self._told(self._refusals.drop_box(self._folder), fate) from None
        raise self._told(self._refusals.of_folder(error, self._folder), fate) from None

    async def _is_in_place(self, sftp: asyncssh.SFTPClient) -> bool | None:
        """None where something of its name is there that has not all of it, or where the server does not tell."""
        if self._stage is not _Stage.MOVING:
            return False
        there = await is_there(sftp, self._path, self._refusals)
        if not there:
            return there
        return True if await holds(sftp, self._path, self._data) else None

    def _told(self, refusal: ProviderError, fate: Fate) -> ProviderError:
        """The refusal, with what lies about now."""
        left = self._draft if fate in (Fate.LEFT, Fate.UNKNOWN) else None
        if self._left != self._draft:
            left = left or self._left
        return refusal if left is None else self._refusals.left_behind(refusal, left)


def draft_name(name: str, owner: str) -> str:
    """What a file is called until it is whole."""
    return f"{name}.{owner}{DRAFT}"


async def try_folder(sftp: asyncssh.SFTPClient, folder: str, prefix: str, owner: str, refusals: Refusals) -> bool:
    """Write, rename and delete an empty file, as a delivery does. Gives whether it was left alone meanwhile.

    Raises `NotPermitted` where one of these, or to see what is there, is not allowed, and as `LOST` has it.
    """
    try:
        await listed(sftp, folder, refusals)
    except MISSING as error:
        raise refusals.of_folder(error, folder) from None
    first, second = (f"{folder}/{draft_name(f'{prefix}{name}', owner)}" for name in ("test", "test-2"))
    await withdraw(sftp, second, refusals)
    try:
        async with sftp.open(first, "wb"):
            pass
    except LOST:
        raise
    except asyncssh.SFTPError as error:
        # From an earlier trial, and not to be written over.
        if await withdraw(sftp, first, refusals) in (Fate.LEFT, Fate.UNKNOWN):
            raise refusals.left_empty(refusals.drop_box(folder), first) from None
        raise refusals.of_folder(error, folder) from None
    try:
        await sftp.rename(first, second)
    except LOST:
        raise
    except asyncssh.SFTPError:
        if not await is_there(sftp, second, refusals):
            fate = await withdraw(sftp, first, refusals)
            if fate is Fate.GONE:
                return False
            refusal = refusals.drop_box(folder)
            raise (refusal if fate is Fate.REMOVED else refusals.left_empty(refusal, first)) from None
        await withdraw(sftp, first, refusals)
    fate = await withdraw(sftp, second, refusals)
    if fate in (Fate.LEFT, Fate.UNKNOWN):
        raise refusals.left_empty(refusals.drop_box(folder), second)
    return fate is Fate.REMOVED


async def _may_move(sftp: asyncssh.SFTPClient, draft: str) -> None:
    """The last word before the importer sees the file; the draft does not outlive a no."""
    try:
        await require_ownership()
    except BaseException:
        with suppress(asyncssh.Error, OSError):
            await sftp.remove(draft)
        raise
