"""A payroll system that takes files of absence: a person imports them, from an SFTP server or from anywhere.

What a file may look like is each system's own. Nobody publishes what happens to minus hours, or to a day that was
imported before: the usual rule takes neither.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import asyncssh

from sandbox.leave_import_page import ImportPage
from sandbox.sftp import HERE, Login, SftpHost
from sandbox.standin import GuideLine, Screen, System, utc_now

CUSTOMER = "polarbonan"
COMPANY_NUMBER = "5566778899"
COMPANY_NAME = "Polarbönan Sverige AB"
IMPORT = "import"
_SHOWN = 500

DEMO_KEY = asyncssh.generate_private_key("ssh-ed25519")
"""Signs in as the good user too; made anew with every start."""

Row = tuple[str, str, str, str, Decimal]
"""Employment number, day, code, child ("" for none), hours."""


class Refused(Exception):
    """The files are not taken in; `problems` say why."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class LogEntry:
    """One import."""

    at: str
    file: str
    rows: int
    problems: tuple[str, ...] = ()


@dataclass
class LeaveBooks:
    """Hours of one company's people, by `number|day|code|child`. `minus`: whether it takes hours back.

    `known` are the employment numbers that it has; whoever else is in a file is refused.
    """

    known: list[str] = field(default_factory=list)
    hours: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, dict[str, str]] = field(default_factory=dict)
    minus: bool = False

    def take(self, rows: Iterable[Row]) -> None:
        """Take in all rows, or raise `Refused` and none."""
        kept = {key: Decimal(hours) for key, hours in self.hours.items()}
        problems = []
        before = set(kept)
        for number, on, code, child, hours in rows:
            key = f"{number}|{on}|{code}|{child}"
            if number not in self.known:
                problems.append(f"{number}: nobody has this number")
            if hours == 0 or (hours < 0 and not self.minus):
                problems.append(f"{number}: these hours are not taken")
            elif hours > 0 and key in before and not self.minus:
                problems.append(f"{number}: {on} has been imported with this code")
            kept[key] = kept.get(key, Decimal(0)) + hours
        problems += [f"less than nothing: {key}" for key, hours in kept.items() if hours < 0]
        if problems:
            raise Refused(problems)
        self.hours = {key: f"{hours:.2f}" for key, hours in kept.items() if hours}


class LeaveFileSystem(System):
    """See the module. `books` is what was taken in, `log` what was imported; the SFTP server only keeps files."""

    def __init__(self, *logins: Login) -> None:
        self.books = LeaveBooks()
        self.log: list[LogEntry] = []
        self.good = Login(CUSTOMER, f"{self.key}-demo-51ce07", DEMO_KEY.export_public_key().decode())
        self.revoked = Login(f"{CUSTOMER}-old", f"{self.key}-revoked-7be3d0", works=False, note="is refused")
        self.sftp = SftpHost((self.good, self.revoked, *logins), (IMPORT,), lambda: None)
        self.page = ImportPage(self.title, self.lying, self._read, self.import_files, self._clear)

    @abstractmethod
    def read(self, files: Sequence[tuple[str, bytes]]) -> tuple[list[Row], dict[str, dict[str, str]]]:
        """The rows of files that belong together, and schedules by number and day. Raises `Refused`."""

    @abstractmethod
    def registered(self) -> list[str]:
        """The company's own codes of absence."""

    def import_files(self, files: Sequence[tuple[str, bytes]]) -> list[str]:
        """A person imports files, by name and content; gives what is wrong with them. All is taken in, or nothing."""
        problems: list[str] = []
        rows: list[Row] = []
        try:
            rows, schedules = self.read(files)
            self.books.take(rows)
            self.books.schedules |= schedules
        except Refused as refused:
            problems = refused.problems
        at = utc_now().strftime("%Y-%m-%d %H:%M:%S")
        self.log.append(LogEntry(at, ", ".join(name for name, _ in files), len(rows), tuple(problems)))
        return problems

    def lying(self) -> list[str]:
        """Names of the files on the server, drafts included."""
        return self.sftp.waiting()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self.sftp.start(host, port, f"{self.key}-sftp-")
        await self.page.start(host)

    async def stop(self) -> None:
        await self.page.stop()
        await self.sftp.stop()

    def _read(self, name: str) -> bytes:
        return (self.sftp.root / name).read_bytes()

    def _clear(self, name: str) -> None:
        (self.sftp.root / name).unlink()

    def operator_environment(self) -> dict[str, str]:
        return {"ALLOWED_NETWORKS": HERE}

    def public_accounts(self) -> list[str]:
        """See `standin.System`."""
        return [CUSTOMER]

    def tables(self) -> Screen:
        rows = [[*key.split("|"), hours] for key, hours in sorted(self.books.hours.items())]
        return {
            "title": self.title,
            "note": f"{len(self.log)} imports, made at {self.page.url}"
            if self.page.url
            else f"{len(self.log)} imports",
            "tables": [
                {
                    "title": "Absence",
                    "columns": ["Number", "Day", "Code", "Child", "Hours"],
                    "rows": rows[-_SHOWN:],
                },
                {
                    "title": "Registered codes",
                    "columns": ["Code"],
                    "rows": [[code] for code in self.registered()],
                },
                {
                    "title": "Files on the SFTP server",
                    "columns": ["File"],
                    "rows": [[name] for name in self.lying()],
                },
                {
                    "title": "Import log",
                    "columns": ["Read", "File", "Rows", "Result"],
                    "rows": [
                        [one.at, one.file, str(one.rows), "; ".join(one.problems) or "taken in"]
                        for one in reversed(self.log[-_SHOWN:])
                    ],
                },
            ],
        }

    def guide_lines(self) -> list[GuideLine]:
        return [
            GuideLine("Import files at", self.page.url),
            GuideLine("Codes of absence", ", ".join(self.registered())),
            GuideLine("Customer", CUSTOMER),
            GuideLine("SFTP server", "127.0.0.1"),
            GuideLine("Port", str(self.sftp.port)),
            GuideLine("Host key", self.sftp.fingerprint, note="compare it with the one that is shown"),
            GuideLine("User", self.good.username),
            GuideLine("Password", self.good.password),
            GuideLine("Folder on the SFTP server", IMPORT),
            GuideLine("Organisation number", COMPANY_NUMBER),
            GuideLine("Company name", COMPANY_NAME),
        ]

    def snapshot(self) -> dict[str, Any]:
        return {
            "sftp": self.sftp.snapshot(),
            "books": asdict(self.books),
            "log": [asdict(entry) for entry in self.log],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.sftp.restore(state["sftp"])
        self.books = LeaveBooks(**state["books"])
        self.log = [LogEntry(**{**entry, "problems": tuple(entry["problems"])}) for entry in state["log"]]
