"""A real SFTP server for stand-ins that take files: customers' accounts, a folder for each, and faults.

Whoever stands behind it may look after every single step of a client (`looks`), as an import job does that is as
eager as can be.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from sandbox.sftp_faults import SftpFaults


@dataclass(frozen=True)
class Login:
    """An account that the server's operator made. `public_key` signs in beside the password; `has_job` is False before
    anything imports from it, when there are no folders."""

    username: str
    password: str = field(repr=False)
    public_key: str | None = None
    works: bool = True
    has_job: bool = True
    note: str = ""


class SftpHost:
    """The server. `folders` are made for every account; `steps` are what clients did, by the names of the faults."""

    def __init__(self, logins: Iterable[Login], folders: Iterable[str], looks: Callable[[], None]) -> None:
        self.logins = {login.username: login for login in logins}
        self.faults = SftpFaults()
        self.steps: list[str] = []
        self.port = 0
        self._folders = tuple(folders)
        self._looks = looks
        self._host_keys = [asyncssh.generate_private_key("ssh-ed25519")]
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._root: Path | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._root is not None

    @property
    def root(self) -> Path:
        """The folder with one for each account. Raises RuntimeError before `start()`."""
        if self._root is None:
            raise RuntimeError("the SFTP server is not started")
        return self._root

    @property
    def fingerprint(self) -> str:
        """Of the key that the server shows (first)."""
        return self._host_keys[0].get_fingerprint()

    def change_host_key(self, *keys: asyncssh.SSHKey) -> None:
        """From the next connection on the server shows other keys (a new one), as one in the middle would."""
        self._host_keys = list(keys) or [asyncssh.generate_private_key("ssh-ed25519")]
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=self._host_keys)

    def waiting(self, username: str | None = None) -> list[str]:
        """The files that lie on the server, drafts included, as `user/folder/name`."""
        if self._root is None:
            return []
        found = sorted(str(path.relative_to(self._root)) for path in self._root.rglob("*") if path.is_file())
        return [path for path in found if username is None or path.startswith(f"{username}/")]

    async def start(self, host: str, port: int, prefix: str) -> None:
        """Listen; port 0 takes the one of last time where that is free, as an account is known by it."""
        self._root = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=prefix))
        for login in self.logins.values():
            for folder in self._folders if login.has_job else (".",):
                (self._root / login.username / folder).mkdir(parents=True, exist_ok=True)
        for wanted in dict.fromkeys((port or self.port, port)):
            try:
                self._acceptor = await asyncssh.listen(
                    host,
                    wanted,
                    config=None,
                    server_host_keys=self._host_keys,
                    server_factory=lambda: _Door(self),
                    sftp_factory=lambda channel: _Files(self, channel),
                    allow_scp=False,
                )
            except OSError:
                if wanted == port:
                    raise
                continue
            self.port = self._acceptor.get_port()
            return

    async def stop(self) -> None:
        """Stop listening, and remove the files that wait."""
        self.faults.clear()
        if self._acceptor is not None:
            self._acceptor.close()
            for connection in list(self._connections):
                connection.abort()
            await self._acceptor.wait_closed()
            self._acceptor = None
        if self._root is not None:
            await asyncio.to_thread(shutil.rmtree, self._root, ignore_errors=True)
            self._root = None

    def snapshot(self) -> dict[str, Any]:
        """What clients know it by: its key and its port."""
        return {"host_key": self._host_keys[0].export_private_key().decode(), "port": self.port}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be the server that `snapshot` was of."""
        self._host_keys = [asyncssh.import_private_key(state["host_key"])]
        self.port = state["port"]

    async def step(self, name: str, do: Callable[[], Awaitable[Any]], abort: Callable[[], None]) -> Any:
        """One step of a client: misbehave or do it, and let whoever is behind look."""
        self.steps.append(name)
        fault = self.faults.due(name)
        try:
            return await (do() if fault is None else fault.act(fault, do, abort))
        finally:
            if self._root is not None:
                self._looks()

    def home(self, username: str) -> bytes:
        """The folder that an account takes for the whole server."""
        return str(self.root / username).encode()

    def entered(self, connection: asyncssh.SSHServerConnection) -> None:
        """Somebody has come."""
        self._connections.add(connection)

    def left(self, connection: asyncssh.SSHServerConnection) -> None:
        """Somebody has gone."""
        self._connections.discard(connection)


class _Door(asyncssh.SSHServer):
    """Signs customers in."""

    def __init__(self, host: SftpHost) -> None:
        self._host = host
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._host.entered(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncssh calls it
        if self._connection is not None:
            self._host.left(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - nobody comes in without
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        login = self._login(username)
        return login is not None and password == login.password

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        login = self._login(username)
        if login is None or login.public_key is None:
            return False
        return key == asyncssh.import_public_key(login.public_key)

    def _login(self, username: str) -> Login | None:
        self._host.steps.append("login")
        login = self._host.logins.get(username)
        if self._host.faults.due("login") is not None or login is None or not login.works:
            return None
        return login


class _Files(asyncssh.SFTPServer):
    """One customer's files, each step through the stand-in's hands."""

    def __init__(self, host: SftpHost, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        username = str(channel.get_connection().get_extra_info("username"))
        super().__init__(channel, chroot=host.home(username))
        self._host = host

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        return await self._step("open", lambda: super(_Files, self).open(path, pflags, attrs))

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        size: int = await self._step("write", lambda: super(_Files, self).write(file_obj, offset, data))
        return size or len(data)

    async def stat(self, path: bytes) -> Any:
        return await self._step("stat", lambda: super(_Files, self).stat(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._step("rename", lambda: super(_Files, self).rename(oldpath, newpath))

    async def close(self, file_obj: object) -> None:
        await self._step("close", lambda: super(_Files, self).close(file_obj))

    async def _step(self, name: str, do: Callable[[], Any]) -> Any:
        async def done() -> Any:
            made = do()
            return await made if asyncio.iscoroutine(made) else made

        return await self._host.step(name, done, self.connection.abort)
