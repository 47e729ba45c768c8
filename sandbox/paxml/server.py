"""A payroll system that imports PAXml files from a folder, as Kontek, Crona, Fortnox, MaxPA and Swelön do.

The folder is one of the bot's own server, or one on an SFTP server. Nobody publishes how strict they are; this one
refuses a whole file for whatever is doubtful in it, and by SFTP it looks after every single step of a client.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import asyncssh

from sandbox.paxml.importer import Books, Refused
from sandbox.paxml.times import TimeRules, Times, is_of_time, split
from sandbox.sftp import HERE, Login, SftpHost
from sandbox.standin import GuideLine, Screen, System, utc_now

CUSTOMER = "polarbonan"
COMPANY_NUMBER = "5566778899"
COMPANY_NAME = "Polarbönan Sverige AB"
IMPORT = "import"
"""The folder on the SFTP server."""

DEMO_KEY = asyncssh.generate_private_key("ssh-ed25519")
"""Signs in as the good user too; made anew with every start."""

GOOD = Login("polarbonan", "paxml-demo-3be71f", DEMO_KEY.export_public_key().decode())
REVOKED = Login("polarbonan-old", "paxml-demo-revoked-90c4aa", works=False, note="is refused")

_COLUMNS = ("anstid", "fornamn", "efternamn", "persnr", "anstform", "anstdatum", "avgdatum", "lonform", "manlon",
            "timlon", "sysgrad", "bankclearing", "bankkonto")  # fmt: skip
_SHOWN = 500


@dataclass(frozen=True)
class LogEntry:
    """One file that the importer has read."""

    at: str
    file: str
    people: int
    problems: tuple[str, ...] = ()
    way: str = "folder"


class Paxml(System):
    """See the module. `root` holds a folder per customer; `books` is what was taken in of people, `times` what of their
    absence, `log` what was read.

    `logins` are more accounts of the SFTP server.
    """

    key: ClassVar[str] = "paxml"
    title: ClassVar[str] = "PAXml"

    def __init__(self, *logins: Login) -> None:
        self.books = Books()
        self.times = Times()
        self.log: list[LogEntry] = []
        self.imports_itself = True
        self.sftp = SftpHost((GOOD, REVOKED, *logins), (IMPORT,), self._look, lambda file: self._take(file, "SFTP"))
        self._root: Path | None = None

    @property
    def root(self) -> Path:
        """The folder of folders that the operator sets. Raises RuntimeError before `start()`."""
        if self._root is None:
            raise RuntimeError("PAXml is not started")
        return self._root

    @property
    def folder(self) -> Path:
        """The customer's folder."""
        return self.root / CUSTOMER

    def waiting(self) -> list[str]:
        """The files that lie in the folder, drafts included."""
        if self._root is None or not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())

    def import_now(self) -> None:
        """Read what is there, oldest name first."""
        self._import_from(self.folder, "folder")
        self._import_from_sftp()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._root = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paxml-"))
        await asyncio.to_thread(self.folder.mkdir)
        await self.sftp.start(host, port, "paxml-sftp-")

    async def stop(self) -> None:
        await self.sftp.stop()
        if self._root is not None:
            await asyncio.to_thread(shutil.rmtree, self._root, ignore_errors=True)
            self._root = None

    def operator_environment(self) -> dict[str, str]:
        return {"PAXML_FOLDER": str(self.root), "ALLOWED_NETWORKS": HERE}

    def public_accounts(self) -> list[str]:
        """See `standin.System`."""
        return [CUSTOMER]

    def tables(self) -> Screen:
        self.import_now()
        people = list(self.books.people.items())[-_SHOWN:]
        return {
            "title": self.title,
            "note": f"{len(self.books.people)} people, {len(self.log)} files read",
            "tables": [
                {
                    "title": "People",
                    "columns": list(_COLUMNS),
                    "rows": [[{"anstid": key, **held}.get(name, "") for name in _COLUMNS] for key, held in people],
                },
                {
                    "title": "Absence",
                    "columns": ["anstid", "datum", "tidkod", "timmar"],
                    "rows": [[*split(key), hours] for key, hours in sorted(self.times.hours.items())][-_SHOWN:],
                },
                {
                    "title": "Import log",
                    "columns": ["Read", "From", "File", "People", "Result"],
                    "rows": [
                        [one.at, one.way, one.file, str(one.people), "; ".join(one.problems) or "taken in"]
                        for one in reversed(self.log[-_SHOWN:])
                    ],
                },
            ],
        }

    def guide_lines(self) -> list[GuideLine]:
        lines = [
            GuideLine("Folder of the bot's server", CUSTOMER),
            GuideLine("A folder that is not there", "nobody", works=False),
            GuideLine("SFTP server", "127.0.0.1"),
            GuideLine("Port", str(self.sftp.port)),
            GuideLine("Host key", self.sftp.fingerprint, note="compare it with the one that is shown"),
        ]
        for login in self.sftp.logins.values():
            lines.append(GuideLine("User", login.username, login.works, login.note))
            lines.append(GuideLine("Password", login.password, login.works))
        return [
            *lines,
            GuideLine("Folder on the SFTP server", IMPORT),
            GuideLine("Organisation number", COMPANY_NUMBER),
            GuideLine("Company name", COMPANY_NAME),
        ]

    def snapshot(self) -> dict[str, Any]:
        return {
            "sftp": self.sftp.snapshot(),
            "books": asdict(self.books),
            "times": asdict(self.times),
            "log": [asdict(entry) for entry in self.log],
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.sftp.restore(state["sftp"])
        self.books = Books(**state["books"])
        times = state.get("times", {})
        self.times = Times(**{**times, "rules": TimeRules(**times.get("rules", {}))})
        self.log = [LogEntry(**{**entry, "problems": tuple(entry["problems"])}) for entry in state["log"]]

    def _look(self) -> None:
        """Whoever delivered has left; a job looks at once, unless a person is to say when."""
        if self.imports_itself:
            self._import_from_sftp()

    def _import_from_sftp(self) -> None:
        if self.sftp.running:
            for username in self.sftp.logins:
                self._import_from(self.sftp.root / username / IMPORT, "SFTP")

    def _import_from(self, folder: Path, way: str) -> None:
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if not file.name.startswith(".") and file.suffix in (".xml", ".pax"):
                self._take(file, way)

    def _take(self, file: Path, way: str) -> None:
        problems: tuple[str, ...] = ()
        people: list[str] = []
        try:
            data = file.read_bytes()
            people = self.times.take(data, self.books.people) if is_of_time(data) else self.books.take(data)
        except Refused as refused:
            problems = tuple(refused.problems)
        file.unlink()
        at = utc_now().strftime("%Y-%m-%d %H:%M:%S")
        self.log.append(LogEntry(at, file.name, len(people), problems, way))
