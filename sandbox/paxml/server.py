"""A payroll system that imports PAXml files from a folder, as Kontek, Crona, Fortnox, MaxPA and Swelön do.

Nobody publishes how strict they are; this one refuses a whole file for whatever is doubtful in it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from sandbox.paxml.importer import Books, Refused
from sandbox.standin import GuideLine, Screen, System, utc_now

CUSTOMER = "polarbonan"
COMPANY_NUMBER = "5566778899"
COMPANY_NAME = "Polarbönan Sverige AB"

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


class Paxml(System):
    """See the module. `root` holds a folder per customer; `books` is what was taken in, `log` what was read."""

    key: ClassVar[str] = "paxml"
    title: ClassVar[str] = "PAXml"

    def __init__(self) -> None:
        self.books = Books()
        self.log: list[LogEntry] = []
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
        for name in self.waiting():
            if not name.startswith(".") and name.endswith((".xml", ".pax")):
                self._take(self.folder / name)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:  # noqa: ARG002 - it listens to nobody
        self._root = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paxml-"))
        await asyncio.to_thread(self.folder.mkdir)

    async def stop(self) -> None:
        if self._root is not None:
            await asyncio.to_thread(shutil.rmtree, self._root, ignore_errors=True)
            self._root = None

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
                    "title": "Import log",
                    "columns": ["Read", "File", "People", "Result"],
                    "rows": [
                        [one.at, one.file, str(one.people), "; ".join(one.problems) or "taken in"]
                        for one in reversed(self.log[-_SHOWN:])
                    ],
                },
            ],
        }

    def guide_lines(self) -> list[GuideLine]:
        return [
            GuideLine("Folder", CUSTOMER),
            GuideLine("Organisation number", COMPANY_NUMBER),
            GuideLine("Company name", COMPANY_NAME),
            GuideLine("A folder that is not there", "nobody", works=False),
        ]

    def snapshot(self) -> dict[str, Any]:
        return {"books": asdict(self.books), "log": [asdict(entry) for entry in self.log]}

    def restore(self, state: dict[str, Any]) -> None:
        self.books = Books(**state["books"])
        self.log = [LogEntry(**{**entry, "problems": tuple(entry["problems"])}) for entry in state["log"]]

    def _take(self, file: Path) -> None:
        problems: tuple[str, ...] = ()
        people: list[str] = []
        try:
            people = self.books.take(file.read_bytes())
        except Refused as refused:
            problems = tuple(refused.problems)
        file.unlink()
        self.log.append(LogEntry(utc_now().strftime("%Y-%m-%d %H:%M:%S"), file.name, len(people), problems))
