"""Files to an SFTP server: nobody but the confirmed server is trusted, and nothing half-written is picked up."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import asyncssh
import pytest

from bot.domain.outcome import OutcomeKind
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.paxml.provider import PROVIDER
from bot.providers.protocol import Connection
from sandbox.paxml import COMPANY_NUMBER, DEMO_KEY, GOOD, IMPORT, REVOKED, Paxml
from tests.providers.agda_ps.customer import swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import by_sftp, inbox, sftp_inbox
from tests.providers.paxml.test_standard import SftpWorld
from tests.support.fake_target import MemorySource


@pytest.fixture
async def system() -> AsyncIterator[Paxml]:
    async with Paxml() as started:
        yield started


@pytest.fixture
def runs(system: Paxml) -> Runs:
    return Runs(SftpWorld(system), MemorySource([swede()]))


def problems(system: Paxml) -> list[tuple[int, tuple[str, ...]]]:
    return [(entry.people, entry.problems) for entry in system.log]


async def test_the_account_is_named_by_what_leads_to_it(system: Paxml) -> None:
    account = await sftp_inbox(system).identify()
    assert account.id == f"polarbonan@127.0.0.1:{system.sftp.port}/{COMPANY_NUMBER}"
    assert account.organisation_number == COMPANY_NUMBER
    assert system.sftp.fingerprint in str(account.user)


async def test_nothing_secret_is_sent_before_the_key_is_confirmed(system: Paxml) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, host_key="").identify()
    assert refused.value.field == "host_key"
    assert refused.value.text.values["fingerprint"] == system.sftp.fingerprint
    assert system.sftp.steps == []


async def test_a_server_with_another_key_gets_nothing(system: Paxml, runs: Runs) -> None:
    box = sftp_inbox(system)
    system.sftp.change_host_key()
    with pytest.raises(CredentialsRefused) as refused:
        await runs.sync(box)
    assert refused.value.field == "host_key"
    assert system.sftp.steps == []


async def test_a_key_signs_in_without_a_password(system: Paxml) -> None:
    key = DEMO_KEY.export_private_key("openssh").decode()
    assert (await sftp_inbox(system, password="", private_key=key).identify()).id


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"username": REVOKED.username, "password": REVOKED.password}, "password"),
        ({"private_key": "ssh-ed25519 AAAA"}, "private_key"),
        ({"port": "ssh"}, "port"),
        ({"host_key": "MD5:00:11"}, "host_key"),
        ({"organisation_number": "12"}, "organisation_number"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(system: Paxml, more: dict[str, Any], field: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, **more).identify()
    assert refused.value.field == field


async def test_a_folder_that_is_not_there_is_told_before_anything_is_delivered(system: Paxml) -> None:
    with pytest.raises(NotPermitted) as refused:
        await sftp_inbox(system, remote_folder="export").preflight()
    assert refused.value.text.key == "sftp.folder_missing"
    assert refused.value.text.values["folder"] == "export"


@pytest.mark.parametrize("written", [IMPORT, f"{IMPORT}/", f"./{IMPORT}", f".\\{IMPORT}"])
async def test_a_folder_is_read_as_it_is_told(system: Paxml, runs: Runs, written: str) -> None:
    (outcome,) = await runs.sync(sftp_inbox(system, remote_folder=written))
    assert outcome.kind is OutcomeKind.CREATED
    assert problems(system) == [(1, ())]


@pytest.mark.parametrize(
    ("step", "error", "kind"),
    [
        ("open", asyncssh.SFTPPermissionDenied("no"), NotPermitted),
        ("write", asyncssh.SFTPFailure("Failure"), Unavailable),
        ("rename", asyncssh.SFTPFailure("Failure"), Unavailable),
    ],
)
async def test_a_refusal_leaves_nothing_behind(
    system: Paxml, runs: Runs, step: str, error: asyncssh.SFTPError, kind: type[ProviderError]
) -> None:
    system.sftp.faults.refuse(step, error)
    with pytest.raises(kind):
        await runs.sync(sftp_inbox(system))
    assert (system.log, system.sftp.waiting()) == ([], [])


async def test_a_file_that_came_out_shorter_is_never_renamed(system: Paxml, runs: Runs) -> None:
    runs.source.put(*map(swede, range(1, 120)))
    system.sftp.faults.swallow(nth=2)
    with pytest.raises(Unavailable) as failed:
        await runs.sync(sftp_inbox(system))
    assert (failed.value.text.key, failed.value.sent) == ("sftp.not_stored", False)
    assert (system.log, system.sftp.waiting()) == ([], [])


@pytest.mark.parametrize("step", ["open", "write", "close"])
async def test_a_cut_while_writing_is_never_picked_up_and_swept_away_next_time(
    system: Paxml, runs: Runs, step: str
) -> None:
    system.sftp.faults.cut(step, committed=True)
    with pytest.raises(Unavailable):
        await runs.sync(sftp_inbox(system))
    assert system.log == []
    await runs.sync(sftp_inbox(system))
    assert system.sftp.waiting() == []
    assert problems(system) == [(1, ())]


async def test_a_file_that_was_read_at_once_is_unknown_and_delivered_again_without_harm(
    system: Paxml, runs: Runs
) -> None:
    system.sftp.faults.cut("rename", committed=True)
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind is OutcomeKind.UNKNOWN
    held = dict(system.books.people["701"])
    await runs.sync(sftp_inbox(system))
    assert system.books.people == {"701": held}
    assert problems(system) == [(1, ()), (1, ())]


async def test_a_file_can_be_written_in_the_folder_above(system: Paxml, runs: Runs) -> None:
    runs.world.settings = {"upload": "parent_folder"}
    system.sftp.faults.cut("close", committed=True)
    with pytest.raises(Unavailable):
        await runs.sync(sftp_inbox(system))
    (left,) = system.sftp.waiting()
    assert left.startswith("polarbonan/paxml-")
    await runs.sync(sftp_inbox(system))
    assert (system.sftp.waiting(), problems(system)) == ([], [(1, ())])


@pytest.mark.parametrize("quick", [False, True])
async def test_another_folder_is_delivered_to_anew(system: Paxml, runs: Runs, quick: bool) -> None:
    runs.quick = quick
    (system.sftp.root / GOOD.username / "elsewhere").mkdir()
    await runs.sync(sftp_inbox(system))
    assert (await runs.plan(sftp_inbox(system))).header.writes == 0
    await runs.sync(sftp_inbox(system, remote_folder="elsewhere"))
    assert [path.rpartition("/")[0] for path in system.sftp.waiting()] == ["polarbonan/elsewhere"]


async def test_the_way_belongs_to_the_account(system: Paxml) -> None:
    account = await inbox(system).identify()
    with pytest.raises(WrongAccount):
        await sftp_inbox(system, expected=account.id).identify()


async def test_without_a_choice_files_go_where_they_always_went(system: Paxml) -> None:
    entered = {key: value for key, value in by_sftp(system).items() if key != "delivery"} | {"folder": "polarbonan"}
    connection = Connection(credentials=entered, options={"folder": str(system.root)})
    assert (await PaxmlFileTarget(connection).identify()).id == f"polarbonan/{COMPANY_NUMBER}"


async def test_nobody_there_is_told_by_the_servers_name(system: Paxml) -> None:
    box = sftp_inbox(system)
    await system.sftp.stop()
    with pytest.raises(Unavailable) as failed:
        await box.identify()
    assert (failed.value.sent, failed.value.text.values["system"]) == (False, "127.0.0.1")


async def test_nothing_private_is_told_to_the_log(system: Paxml, runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    system.sftp.faults.refuse("rename", asyncssh.SFTPFailure("Failure"))
    with pytest.raises(Unavailable) as failed:
        await runs.sync(sftp_inbox(system))
    told = f"{caplog.text}{failed.value!r}{failed.value.text}{sftp_inbox(system)!r}"
    for secret in (GOOD.password, "196102022388", "35000", swede().last_name):
        assert secret not in told


def test_only_what_applies_to_the_way_is_asked_for() -> None:
    company = {"delivery", "organisation_number", "company_name"}
    server = {"host", "port", "host_key", "username", "password", "private_key", "remote_folder"}
    assert {one.key for one in PROVIDER.info.asked({"delivery": "sftp"})} == company | server
    assert {one.key for one in PROVIDER.info.asked({})} == company | {"folder"}
