"""What can go wrong between a client and the SFTP server. Nothing sleeps: what is held waits for `release()`.

A fault waits for its step (`login`, `open`, `write`, `stat`, `close`, `rename`, `remove`), and acts from the nth on,
`times` times (None for ever).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import asyncssh

Abort = Callable[[], None]
Do = Callable[[], Awaitable[object]]
Act = Callable[["SftpFault", Do, Abort], Awaitable[object]]


@dataclass(eq=False)
class SftpFault:
    """One fault, and what it has met so far."""

    name: str
    step: str
    act: Act
    nth: int = 1
    times: int | None = 1
    seen: int = 0
    hits: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, step: str) -> bool:
        """Count the step if it is ours, and tell whether this fault is due."""
        if step != self.step:
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.hits < self.times)

    def release(self) -> None:
        """Let go of what is held, now and from here on."""
        self.released.set()


class SftpFaults:
    """The faults of the server. Where several are due, the one added first acts."""

    def __init__(self) -> None:
        self._faults: list[SftpFault] = []
        self._endless = 0
        self._unlisted: asyncssh.SFTPError | None = None
        self._shown: Callable[[bytes, bytes], bytes] = lambda _folder, name: name
        self.told = 0

    def clear(self) -> None:
        """Remove all faults, letting go of what they hold."""
        for fault in self._faults:
            fault.release()
        self._faults.clear()
        self._endless, self._unlisted = 0, None
        self._shown = lambda _folder, name: name

    def refuse_login(self, *, times: int | None = None) -> SftpFault:
        """Refuse whoever signs in."""
        return self._add("login refused", "login", _nothing, times=times)

    def refuse_login_after(self, logins: int) -> SftpFault:
        """Let so many sign in, and nobody after them."""
        return self._add("login refused", "login", _nothing, nth=logins + 1, times=None)

    def refuse(
        self, step: str, error: asyncssh.SFTPError, *, nth: int = 1, times: int | None = 1, committed: bool = False
    ) -> SftpFault:
        """Answer a step with an error and do nothing; with `committed`, after doing it."""

        async def act(_fault: SftpFault, do: Do, _abort: Abort) -> object:
            if committed:
                await do()
            raise error

        return self._add("refused", step, act, nth=nth, times=times)

    def no_size(self, told_instead: int | None = None) -> SftpFault:
        """Tell everything of a file but its size, which is optional (draft-ietf-secsh-filexfer-02, section 5), or this
        one, as a server does that counts files later or encrypts them."""

        async def act(_fault: SftpFault, do: Do, _abort: Abort) -> object:
            told = await do()
            attrs = asyncssh.SFTPAttrs.from_local(told) if isinstance(told, os.stat_result) else asyncssh.SFTPAttrs()
            attrs.size = told_instead
            return attrs

        return self._add("no size", "stat", act, times=None)

    def endless_names(self, length: int = 8) -> None:
        """From now on every folder has names without end."""
        self._endless = length

    def unlisted(self, error: asyncssh.SFTPError) -> None:
        """From now on nobody is told what is in a folder."""
        self._unlisted = error

    def names_shown(self, shown: Callable[[bytes, bytes], bytes]) -> None:
        """From now on names are shown in another way: made of the folder and the name."""
        self._shown = shown

    async def names(self, folder: bytes, told: AsyncIterator[asyncssh.SFTPName]) -> AsyncIterator[asyncssh.SFTPName]:
        """The names that a folder has; `told` counts how many were given."""
        if self._unlisted is not None:
            raise self._unlisted
        async for name in told:
            yield asyncssh.SFTPName(self._shown(folder, os.fsencode(name.filename)), b"", name.attrs)
        while self._endless:
            self.told += 1
            yield asyncssh.SFTPName(str(self.told).zfill(self._endless).encode(), b"", asyncssh.SFTPAttrs())

    def disk_full(self, *, nth: int = 1, times: int | None = None) -> SftpFault:
        """Refuse to write from the nth piece on, as version 3 of the protocol words it: a failure."""
        return self.refuse("write", asyncssh.SFTPFailure("Failure"), nth=nth, times=times)

    def swallow(self, *, nth: int = 1) -> SftpFault:
        """From the nth piece on, say that it was written, and lose it."""
        return self._add("swallowed", "write", _nothing, nth=nth, times=None)

    def cut(self, step: str, *, nth: int = 1, committed: bool = False) -> SftpFault:
        """Cut the connection at a step; with `committed`, after doing it."""

        async def act(fault: SftpFault, do: Do, abort: Abort) -> object:
            if committed:
                await do()
            fault.arrived.set()
            abort()
            raise asyncssh.SFTPConnectionLost("cut")

        return self._add("cut", step, act, nth=nth)

    def slow(self, step: str, *, nth: int = 1) -> SftpFault:
        """Hold a step until `release()`, then do it as usual."""

        async def act(fault: SftpFault, do: Do, _abort: Abort) -> object:
            fault.arrived.set()
            await fault.released.wait()
            return await do()

        return self._add("slow", step, act, nth=nth)

    def due(self, step: str) -> SftpFault | None:
        """The fault that acts on this step, if any."""
        due = [fault for fault in self._faults if fault.meets(step)]
        if not due:
            return None
        due[0].hits += 1
        return due[0]

    def _add(self, name: str, step: str, act: Act, *, nth: int = 1, times: int | None = 1) -> SftpFault:
        fault = SftpFault(name, step, act, nth, times)
        self._faults.append(fault)
        return fault


async def _nothing(_fault: SftpFault, _do: Do, _abort: Abort) -> object:
    return 0
