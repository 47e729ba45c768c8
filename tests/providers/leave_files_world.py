"""The worlds of systems that take absence alone, by files given to a person or on an SFTP server, and their suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.providers import registry
from bot.providers.errors import CredentialsRefused, Rejected, Unsupported
from bot.providers.kit.leave_files_target import LeaveFilesTarget
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget
from bot.providers.protocol import Connection
from sandbox.leave_files import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, IMPORT, LeaveFileSystem
from sandbox.sftp import Login
from tests.providers.leave_file_suite import (
    Held,
    LeaveFileStandard,
    LeaveFileWorld,
    assert_says_nothing,
    person,
    request,
    row,
)
from tests.providers.paxml.customer import HASTE, Clock
from tests.providers.second_workspace import attack

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


BY_MESSAGE = {"delivery": "message", "customer": CUSTOMER, **COMPANY}
"""What a customer enters who has no server."""


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
        return self.connection({**BY_MESSAGE, **more})

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


class AbsenceOnlyStandard(LeaveFileStandard):
    """What any system does besides that takes absence alone."""

    @pytest.mark.parametrize("way", ["message", "sftp"])
    async def test_a_second_workspace_does_not_get_the_first_ones_account(
        self, world: AbsenceOnlyWorld, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entered = BY_MESSAGE if way == "message" else on_server(world.system, world.system.good)
        await attack(tmp_path, monkeypatch, world.system, entered)

    def test_it_cannot_be_opened_for_employees(self, world: AbsenceOnlyWorld) -> None:
        provider = registry.target(world.system.key)
        assert not provider.info.takes_people
        assert not provider.info.delivers
        with pytest.raises(Unsupported) as refused:
            provider.connect(Connection(credentials={}))
        assert refused.value.text.key == "provider.absence_only"

    async def test_it_is_opened_for_absence_as_the_registry_has_it(self, world: AbsenceOnlyWorld) -> None:
        provider = registry.leave_target(world.system.key)
        assert provider is not None
        async with provider.connect_leave(Connection(credentials=BY_MESSAGE)) as target:
            assert (await target.identify()).id == f"{CUSTOMER}/{COMPANY_NUMBER}"

    async def test_who_has_no_server_is_known_by_the_name_that_the_operator_gave(self, world: AbsenceOnlyWorld) -> None:
        account = await world.by_hand().identify()
        assert (account.id, account.user) == (f"{CUSTOMER}/{COMPANY_NUMBER}", None)
        assert list(await world.by_hand().leave_preflight()) == []
        with pytest.raises(Unsupported):
            await world.by_hand().deliver(await world.by_hand().render(request(row(world.sick)), {}), {})
        for more, field in (({"customer": "../x"}, "customer"), ({"organisation_number": "12"}, "organisation_number")):
            with pytest.raises(CredentialsRefused) as refused:
                await world.by_hand(**more).identify()
            assert refused.value.field == field
        info = registry.target(world.system.key).info
        assert info.assignment({"delivery": "message", "customer": CUSTOMER}) == ("customer", CUSTOMER)
        assert info.assignment({"delivery": "sftp"}) is None

    @pytest.mark.parametrize(
        "number", ["20 01", "20\t01", "20\n01", "２００１", "2001#", '"2001', "\u0412-1", "20\u200b01"]
    )
    async def test_a_number_that_is_no_word_makes_no_file(self, world: AbsenceOnlyWorld, number: str) -> None:
        with pytest.raises(Rejected) as refused:
            await world.by_hand().render(request(row(world.sick, who=person(number))), {})
        assert refused.value.text.key == "leave.file.number"
        assert_says_nothing(refused.value, world)

    @pytest.mark.parametrize("number", ["2001", "0042", "A-17", "Ö12", "12.3/4_b"])
    async def test_a_number_that_is_a_word_stands_in_the_file_as_it_is(
        self, world: AbsenceOnlyWorld, number: str
    ) -> None:
        world.system.books.known.append(number)
        file = await world.by_hand().render(request(row(world.sick, who=person(number))), {"schedules": "work_week"})
        assert world.take(file) == []
        assert set(world.held()) == {(number, "2026-11-09", world.sick)}
        assert set(world.system.books.schedules) == {number}
