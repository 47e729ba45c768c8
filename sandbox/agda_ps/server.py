"""The stand-in itself: an SFTP server for the accounts of customers, and the import job that reads what they leave.

The job is as eager as can be: it looks after every single step of a client, and takes whatever ends in `.xml`. A file
that is not yet whole under such a name would be refused, and the log would tell.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import asyncssh

from sandbox.agda_ps import screen
from sandbox.agda_ps.faults import SftpFaults
from sandbox.agda_ps.importer import Books, Refused
from sandbox.standin import GuideLine, Screen, System, utc_now

FOLDERS = {"Test": "Test/Importfiler", "Prod": "Prod/Importfiler"}


@dataclass(frozen=True)
class Login:
    """An account that Agda PS' support made. `public_key` signs in beside the password; `has_job` is False before the
    import job is set up, when there are no folders."""

    username: str
    password: str = field(repr=False)
    public_key: str | None = None
    works: bool = True
    has_job: bool = True
    note: str = ""


@dataclass(frozen=True)
class LogEntry:
    """One file that the import job has read."""

    at: str
    username: str
    environment: str
    file: str
    people: int
    problems: tuple[str, ...] = ()


class AgdaPs(System):
    """See the module. `books` are by user and environment; `log` tells what the job has read."""

    key: ClassVar[str] = "agda_ps"
    title: ClassVar[str] = "Agda PS"

    def __init__(self, logins: Iterable[Login] = (), *, eager: bool = True) -> None:
        self.logins = {login.username: login for login in logins}
        self.eager = eager
        self.faults = SftpFaults()
        self.log: list[LogEntry] = []
        self.books: dict[str, Books] = {}
        self.steps: list[str] = []
        self._host_keys = [asyncssh.generate_private_key("ssh-ed25519")]
        self._port = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._root: Path | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Where it listens. The same as before where that is free, as an account is known by it."""
        return self._port

    @property
    def fingerprint(self) -> str:
        """Of the key that the server shows (first)."""
        return self._host_keys[0].get_fingerprint()

    def change_host_key(self, *keys: asyncssh.SSHKey) -> None:
        """From the next connection on the server shows other keys (a new one), as one in the middle would."""
        self._host_keys = list(keys) or [asyncssh.generate_private_key("ssh-ed25519")]
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=self._host_keys)

    def of(self, username: str, environment: str = "Test") -> Books:
        """What Agda PS holds for a customer, in its test or its productive environment."""
        return self.books.setdefault(f"{username}/{environment}", Books())

    def waiting(self, username: str | None = None) -> list[str]:
        """The files that lie on the server, drafts included, as `user/folder/name`."""
        if self._root is None:
            return []
        found = sorted(str(path.relative_to(self._root)) for path in self._root.rglob("*") if path.is_file())
        return [path for path in found if username is None or path.startswith(f"{username}/")]

    def import_now(self) -> None:
        """Let the job look once."""
        assert self._root is not None
        for login in self.logins.values():
            for environment, folder in FOLDERS.items():
                for file in sorted((self._root / login.username / folder).glob("*.xml")):
                    self._take(login.username, environment, file)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._root = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="agda-ps-"))
        for login in self.logins.values():
            for folder in FOLDERS.values() if login.has_job else (".",):
                (self._root / login.username / folder).mkdir(parents=True, exist_ok=True)
        for wanted in dict.fromkeys((port or self._port, port)):
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
            self._port = self._acceptor.get_port()
            return

    async def stop(self) -> None:
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

    def tables(self) -> Screen:
        return screen.tables(self.books, self.log, self.waiting())

    def guide_lines(self) -> list[GuideLine]:
        lines = [
            GuideLine("Host", self.host),
            GuideLine("Port", str(self.port)),
            GuideLine("Host key", self.fingerprint, note="compare it with the one that is shown"),
        ]
        for login in self.logins.values():
            lines.append(GuideLine("User", login.username, login.works, login.note))
            lines.append(GuideLine("Password", login.password, login.works))
        lines.append(GuideLine("Company number and name", "1, Polarbönan Norden AB"))
        return lines

    def snapshot(self) -> dict[str, Any]:
        return {
            "host_key": self._host_keys[0].export_private_key().decode(),
            "port": self._port,
            "log": [asdict(entry) for entry in self.log],
            "books": {key: asdict(books) for key, books in self.books.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._host_keys = [asyncssh.import_private_key(state["host_key"])]
        self._port = state["port"]
        self.log = [LogEntry(**{**entry, "problems": tuple(entry["problems"])}) for entry in state["log"]]
        self.books = {key: Books(**books) for key, books in state["books"].items()}

    async def step(self, name: str, do: Callable[[], Awaitable[Any]], abort: Callable[[], None]) -> Any:
        """One step of a client: misbehave or do it, and let the job look."""
        self.steps.append(name)
        fault = self.faults.due(name)
        try:
            return await (do() if fault is None else fault.act(fault, do, abort))
        finally:
            if self.eager and self._root is not None:
                self.import_now()

    def home(self, username: str) -> bytes:
        assert self._root is not None
        return str(self._root / username).encode()

    def entered(self, connection: asyncssh.SSHServerConnection) -> None:
        self._connections.add(connection)

    def left(self, connection: asyncssh.SSHServerConnection) -> None:
        self._connections.discard(connection)

    def _take(self, username: str, environment: str, file: Path) -> None:
        problems: tuple[str, ...] = ()
        people: list[str] = []
        try:
            people = self.of(username, environment).take(file.read_bytes())
        except Refused as refused:
            problems = tuple(refused.problems)
        file.unlink()
        at = utc_now().strftime("%Y-%m-%d %H:%M:%S")
        self.log.append(LogEntry(at, username, environment, file.name, len(people), problems))


class _Door(asyncssh.SSHServer):
    """Signs customers in."""

    def __init__(self, system: AgdaPs) -> None:
        self._system = system
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._system.entered(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncssh calls it
        if self._connection is not None:
            self._system.left(self._connection)

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
        self._system.steps.append("login")
        login = self._system.logins.get(username)
        if self._system.faults.due("login") is not None or login is None or not login.works:
            return None
        return login


class _Files(asyncssh.SFTPServer):
    """One customer's files, each step through the stand-in's hands."""

    def __init__(self, system: AgdaPs, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        username = str(channel.get_connection().get_extra_info("username"))
        super().__init__(channel, chroot=system.home(username))
        self._system = system

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

        return await self._system.step(name, done, self.connection.abort)
