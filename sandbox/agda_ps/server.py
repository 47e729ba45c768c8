"""The stand-in itself: an SFTP server for the accounts of customers, and the import job that reads what they leave.

The job is as eager as can be: it looks after every single step of a client, and takes whatever ends in `.xml`. A file
that is not yet whole under such a name would be refused, and the log would tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import asyncssh

from sandbox.agda_ps import screen
from sandbox.agda_ps.importer import Books, LogEntry, Refused
from sandbox.sftp import HERE, Login, SftpHost
from sandbox.sftp_faults import SftpFaults
from sandbox.standin import GuideLine, Screen, System, utc_now

FOLDERS = {"Test": "Test/Importfiler", "Prod": "Prod/Importfiler"}


class AgdaPs(System):
    """See the module. `books` are by user and environment; `log` tells what the job has read."""

    key: ClassVar[str] = "agda_ps"
    title: ClassVar[str] = "Agda PS"

    def __init__(self, logins: Iterable[Login] = (), *, eager: bool = True) -> None:
        self.eager = eager
        self.log: list[LogEntry] = []
        self.books: dict[str, Books] = {}
        self._sftp = SftpHost(logins, FOLDERS.values(), self._look, self._take_at_close)

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """Where it listens. The same as before where that is free, as an account is known by it."""
        return self._sftp.port

    @property
    def fingerprint(self) -> str:
        """Of the key that the server shows (first)."""
        return self._sftp.fingerprint

    @property
    def faults(self) -> SftpFaults:
        """What can go wrong with its server."""
        return self._sftp.faults

    @property
    def steps(self) -> list[str]:
        """What clients did, by the names of the faults."""
        return self._sftp.steps

    def change_host_key(self, *keys: asyncssh.SSHKey) -> None:
        """From the next connection on the server shows other keys (a new one), as one in the middle would."""
        self._sftp.change_host_key(*keys)

    def of(self, username: str, environment: str = "Test") -> Books:
        """What Agda PS holds for a customer, in its test or its productive environment."""
        return self.books.setdefault(f"{username}/{environment}", Books())

    def waiting(self, username: str | None = None) -> list[str]:
        """The files that lie on the server, drafts included, as `user/folder/name`."""
        return self._sftp.waiting(username)

    def import_now(self) -> None:
        """Let the job look once."""
        for username in self._sftp.logins:
            for environment, folder in FOLDERS.items():
                for file in sorted((self._sftp.root / username / folder).glob("*.xml")):
                    self._take(username, environment, file)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._sftp.start(host, port, "agda-ps-")

    async def stop(self) -> None:
        await self._sftp.stop()

    def operator_environment(self) -> dict[str, str]:
        return {"ALLOWED_NETWORKS": HERE}

    def tables(self) -> Screen:
        return screen.tables(self.books, self.log, self.waiting())

    def guide_lines(self) -> list[GuideLine]:
        lines = [
            GuideLine("Host", self.host),
            GuideLine("Port", str(self.port)),
            GuideLine("Host key", self.fingerprint, note="compare it with the one that is shown"),
        ]
        for login in self._sftp.logins.values():
            lines.append(GuideLine("User", login.username, login.works, login.note))
            lines.append(GuideLine("Password", login.password, login.works))
        lines.append(GuideLine("Company number and name", "1, Polarbönan Norden AB"))
        return lines

    def snapshot(self) -> dict[str, Any]:
        return {
            **self._sftp.snapshot(),
            "log": [asdict(entry) for entry in self.log],
            "books": {key: asdict(books) for key, books in self.books.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._sftp.restore(state)
        self.log = [LogEntry(**{**entry, "problems": tuple(entry["problems"])}) for entry in state["log"]]
        self.books = {key: Books(**books) for key, books in state["books"].items()}

    def _look(self) -> None:
        if self.eager:
            self.import_now()

    def _take_at_close(self, file: Path) -> None:
        username, *folders = file.parent.relative_to(self._sftp.root).parts
        for environment, folder in FOLDERS.items():
            if folder == "/".join(folders):
                self._take(username, environment, file)

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
