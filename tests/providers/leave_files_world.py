"""The worlds of systems that take absence alone: files given to a person, or on an SFTP server."""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.kit.leave_files_target import LeaveFilesTarget
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget
from bot.providers.protocol import Connection
from sandbox.leave_files import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, IMPORT, LeaveFileSystem
from sandbox.sftp import Login
from tests.providers.leave_file_suite import Held, LeaveFileWorld
from tests.providers.paxml.customer import HASTE, Clock

COMPANY = {"organisation_number": COMPANY_NUMBER, "company_name": COMPANY_NAME}


def on_server(system: LeaveFileSystem, login: Login) -> dict[str, str]:
    """What a customer enters who has an SFTP server, its key confirmed."""
    return {
        "delivery": "sftp",
        "host": "127.0.0.1",
        "port": str(system.sftp.port),
        "host_key": system.sftp.fingerprint,
        "username": login.username,
        "password": login.password,
        "remote_folder": IMPORT,
        **COMPANY,
    }


class AbsenceOnlyWorld(LeaveFileWorld):
    """A customer with an SFTP server. `made` is the provider's target."""

    made: type[LeaveFilesTarget]
    system: LeaveFileSystem
    place: Mapping[str, str] = {}

    def __init__(self, system: LeaveFileSystem) -> None:
        self.system = system
        self.clock = Clock()
        system.books.known = ["2001", "2002"]

    def connection(self, entered: Mapping[str, str], expected: str | None = None) -> LeaveFileTarget:
        connection = Connection(credentials=entered, options=HASTE, expected_account=expected)
        return self.made(connection, now=self.clock)

    def target(self, *, expected: str | None = None) -> LeaveFileTarget:
        return self.connection(on_server(self.system, self.system.good), expected)

    def by_hand(self, **more: str) -> LeaveFileTarget:
        """The target of a customer who has no server."""
        return self.connection({"delivery": "message", "customer": CUSTOMER, **COMPANY, **more})

    def refused(self) -> LeaveFileTarget:
        return self.connection(on_server(self.system, self.system.revoked))

    def take(self, file: LeaveFile) -> list[str]:
        return self.system.import_files([(one.name, one.content) for one in file.files])

    def take_corrections(self) -> None:
        self.system.books.minus = True

    def held(self) -> Held:
        found: Held = {}
        for key, hours in self.system.books.hours.items():
            number, day, code, _ = key.split("|")
            assert (number, day, code) not in found
            found[number, day, code] = hours
        return found

    def lying(self) -> list[str]:
        return self.system.lying()
