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

HERE = "127.0.0.0/8"
"""Where the stand-ins listen: an operator has to allow it."""


@dataclass(frozen=True)
class Login:
    """An account that the server's operator made. `public_key` signs in beside the password; `has_job` is False before
    anything imports from it, when there are no folders.

    Servers that are not OpenSSH: with `wants_both` the key is followed by the password, or with `password_first` comes
    after it; with `question` the password is
    asked for in these words (and by no other method), and where `asks_more`, something else after it; an `expired`
    password is right, and another one is wanted; after a wrong password it `hangs_up`, for a reason (RFC 4253, section
    11.1) and in words; in a `drop_box` files can be written, but not written over, renamed or deleted.
    """

    username: str
    password: str = field(repr=False)
    public_key: str | None = None
    works: bool = True
    has_job: bool = True
    note: str = ""
    wants_both: bool = False
    password_first: bool = False
    question: str | None = None
    expired: bool = False
    drop_box: bool = False
    asks_more: str | None = None
    hangs_up: tuple[int, str] | None = None


class SftpHost:
    """The server. `folders` are made for every account; `steps` are what clients did, by the names of the faults.

    With `greedy`, the importer (`takes`) is given a file as soon as it is closed, whatever its name: its own server has
    told it so.
    """

    def __init__(
        self,
        logins: Iterable[Login],
        folders: Iterable[str],
        looks: Callable[[], None],
        takes: Callable[[Path], None] | None = None,
    ) -> None:
        self.logins = {login.username: login for login in logins}
        self.faults = SftpFaults()
        self.steps: list[str] = []
        self.port = 0
        self._folders = tuple(folders)
        self._looks = looks
        self.takes = takes
        self.greedy = False
        self.passwords_seen = 0
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
        self._username = ""
        self._key_known = False
        self._key_shown = False
        self._password_shown = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._host.entered(conn)
        succeed = conn.send_userauth_success

        async def succeeded() -> None:
            """Half of it, where both are wanted (RFC 4252, section 5.1)."""
            login = self._host.logins.get(self._username)
            self._key_shown = self._key_known
            if login is not None and login.wants_both and not (self._key_shown and self._password_shown):
                conn.send_userauth_failure(partial_success=True)
            else:
                await succeed()

        setattr(conn, "send_userauth_success", succeeded)  # noqa: B010 - asyncssh knows nothing of halves

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncssh calls it
        if self._connection is not None:
            self._host.left(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._username = username
        return True  # nobody comes in without

    def password_auth_supported(self) -> bool:
        login = self._host.logins.get(self._username)
        if login is None:
            return True
        if login.wants_both and login.password_first:
            return not self._password_shown
        return login.question is None and (self._key_shown or not login.wants_both)

    def public_key_auth_supported(self) -> bool:
        login = self._host.logins.get(self._username)
        if login is not None and login.wants_both and login.password_first:
            return self._password_shown
        return login is None or not login.wants_both or not self._key_shown

    def kbdint_auth_supported(self) -> bool:
        login = self._host.logins.get(self._username)
        return login is not None and login.question is not None

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:  # noqa: ARG002
        return "", "", "", [(str(self._host.logins[username].question), False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        if self._password_shown:
            return False
        (answer,) = responses
        login = self._login(username)
        self._host.passwords_seen += 1
        if login is None or answer != login.password:
            return False
        self._password_shown = True
        more = "New " + str(login.question) if login.expired else login.asks_more
        return ("", "", "", [(more, False)]) if more else True

    def validate_password(self, username: str, password: str) -> bool:
        login = self._login(username)
        self._host.passwords_seen += 1
        if login is None or password != login.password:
            if login is not None and login.hangs_up is not None and self._connection is not None:
                self._connection.disconnect(*login.hangs_up)
            return False
        if login.expired:
            raise asyncssh.PasswordChangeRequired("Your password has expired.")
        self._password_shown = True
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        login = self._login(username)
        if login is None or login.public_key is None:
            return False
        self._key_known = key == asyncssh.import_public_key(login.public_key)
        return self._key_known

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
        self._drop_box = host.logins[username].drop_box
        self._open: dict[int, Path] = {}

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        where = Path(self.map_path(path).decode())
        if self._drop_box and where.exists():  # noqa: ASYNC240 - as the server's own
            raise asyncssh.SFTPPermissionDenied("Permission denied")
        opened = await self._step("open", lambda: super(_Files, self).open(path, pflags, attrs))
        self._open[id(opened)] = where
        return opened

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        size: int = await self._step("write", lambda: super(_Files, self).write(file_obj, offset, data))
        return size or len(data)

    async def stat(self, path: bytes) -> Any:
        return await self._step("stat", lambda: super(_Files, self).stat(path))

    async def remove(self, path: bytes) -> None:
        self._refuse_in_drop_box()
        await self._step("remove", lambda: super(_Files, self).remove(path))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._refuse_in_drop_box()
        await self._step("rename", lambda: super(_Files, self).rename(oldpath, newpath))

    async def close(self, file_obj: object) -> None:
        def closed() -> Any:
            super(_Files, self).close(file_obj)
            where = self._open.pop(id(file_obj), None)
            if self._host.greedy and self._host.takes is not None and where is not None and where.exists():
                self._host.takes(where)

        await self._step("close", closed)

    def scandir(self, path: bytes) -> Any:
        return self._host.faults.names(path, super().scandir(path))

    def _refuse_in_drop_box(self) -> None:
        if self._drop_box:
            raise asyncssh.SFTPPermissionDenied("Permission denied")

    async def _step(self, name: str, do: Callable[[], Any]) -> Any:
        async def done() -> Any:
            made = do()
            return await made if asyncio.iscoroutine(made) else made

        return await self._host.step(name, done, self.connection.abort)
