"""Signing in and putting files in place, against a server that misbehaves in every way we know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from bot.domain.outcome import OutcomeKind
from bot.providers.agda_ps.file_target import AgdaFileTarget
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable, WrongAccount
from bot.providers.protocol import Connection
from sandbox.agda_ps import DEMO_KEY, GOOD, NEW_CUSTOMER, REVOKED, AgdaPs, demo
from tests.providers.agda_ps.customer import HERE, Customer, credentials, inbox, swede

LOCKED_KEY = asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


async def refused(box: AgdaFileTarget) -> CredentialsRefused:
    with pytest.raises(CredentialsRefused) as failed:
        await box.identify()
    return failed.value


async def test_the_account_is_named_by_what_leads_to_it(agda: AgdaPs) -> None:
    account = await inbox(agda).identify()
    assert account.id == f"polarbonan@127.0.0.1:{agda.port}/1"
    assert account.name == "Acme Corp (FTG_NR 1)"
    assert agda.fingerprint in str(account.user)


@pytest.mark.parametrize("secret", ["password", "key", "locked key"])
async def test_a_password_or_a_key_signs_in(agda: AgdaPs, secret: str) -> None:
    more: dict[str, str] = {}
    if secret != "password":
        passphrase = "opens it" if secret == "locked key" else None
        exported = DEMO_KEY.export_private_key("pkcs8-pem" if passphrase else "openssh", passphrase)
        more = {"password": passphrase or "", "private_key": exported.decode().strip()}
    assert (await inbox(agda, GOOD, **more).identify()).id


@pytest.mark.parametrize("pasted", ["{}", "256 {} agda (ED25519)", " {}= "])
async def test_a_fingerprint_is_read_as_it_is_told(agda: AgdaPs, pasted: str) -> None:
    assert await inbox(agda, host_key=pasted.format(agda.fingerprint)).identify()


async def test_nothing_secret_is_sent_before_the_key_is_confirmed(agda: AgdaPs) -> None:
    error = await refused(inbox(agda, host_key=""))
    assert error.field == "host_key"
    assert error.text.values["fingerprint"] == agda.fingerprint
    assert agda.steps == []


async def test_a_server_with_another_key_gets_nothing(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda))
    changes = list((await customer.plan()).changes)
    agda.change_host_key()
    with pytest.raises(CredentialsRefused) as failed:
        await customer.deliver(changes)
    assert failed.value.field == "host_key"
    assert failed.value.text.values["fingerprint"] == agda.fingerprint
    assert agda.steps == []
    assert agda.waiting() == []


async def test_the_confirmed_key_need_not_be_the_first_that_is_shown() -> None:
    keys = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256")]
    async with demo() as agda:
        agda.change_host_key(*keys)
        for key in keys:
            assert await inbox(agda, host_key=key.get_fingerprint()).identify()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"username": "nobody"}, "password"),
        ({"username": REVOKED.username, "password": REVOKED.password}, "password"),
        ({"password": ""}, "password"),
        ({"private_key": LOCKED_KEY.export_private_key("openssh").decode()}, "private_key"),
        ({"private_key": LOCKED_KEY.export_private_key("pkcs8-pem", "unknown").decode()}, "private_key"),
        ({"private_key": "ssh-ed25519 AAAA"}, "private_key"),
        ({"port": "0"}, "port"),
        ({"port": "ssh"}, "port"),
        ({"host_key": "MD5:00:11"}, "host_key"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field(agda: AgdaPs, more: dict[str, str], field: str) -> None:
    error = await refused(inbox(agda, GOOD, **more))
    assert error.field == field
    assert error.text.key.startswith("sftp.")


async def test_another_account_is_never_delivered_to(agda: AgdaPs) -> None:
    account = await inbox(agda).identify()
    with pytest.raises(WrongAccount):
        await inbox(agda, expected=account.id, company_number="2").identify()


async def test_nobody_there_is_not_a_wrong_password(agda: AgdaPs) -> None:
    box = inbox(agda)
    await agda.stop()
    with pytest.raises(Unavailable) as failed:
        await box.identify()
    assert failed.value.sent is False


async def test_a_server_that_never_answers_is_given_up_on() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1")
    entered = {"host": "127.0.0.1", "port": str(server.sockets[0].getsockname()[1]), "username": "u", "password": "p"}
    with pytest.raises(Unavailable):
        await AgdaFileTarget(Connection(credentials=entered, options=HERE | {"connect_seconds": "0.1"})).identify()
    server.close()
    await server.wait_closed()


async def test_the_import_folders_are_looked_for(agda: AgdaPs) -> None:
    assert await inbox(agda).preflight() == []
    with pytest.raises(NotPermitted) as failed:
        await inbox(agda, NEW_CUSTOMER).preflight()
    assert failed.value.text.values["folder"] == "Test\\Importfiler"
    options = HERE | {"production_folder": "Elsewhere/Importfiler"}
    (finding,) = await AgdaFileTarget(Connection(credentials=credentials(agda), options=options)).preflight()
    assert finding.code == "agda_ps_no_production_folder"


@pytest.mark.parametrize(
    ("step", "error", "kind"),
    [
        ("open", asyncssh.SFTPPermissionDenied("no"), NotPermitted),
        ("rename", asyncssh.SFTPPermissionDenied("no"), NotPermitted),
        ("open", asyncssh.SFTPNoSuchFile("no"), NotPermitted),
        ("write", asyncssh.SFTPFailure("Failure"), Unavailable),
        ("close", asyncssh.SFTPFailure("Failure"), Unavailable),
        ("rename", asyncssh.SFTPFailure("Failure"), Unavailable),
    ],
)
async def test_a_refusal_leaves_nothing_behind(
    agda: AgdaPs, step: str, error: asyncssh.SFTPError, kind: type[ProviderError]
) -> None:
    customer = Customer(inbox(agda))
    agda.faults.refuse(step, error, times=1)
    with pytest.raises(kind) as failed:
        await customer.sync()
    assert getattr(failed.value, "sent", False) is False
    assert (agda.log, agda.waiting()) == ([], [])
    (outcome,) = await customer.sync()
    assert outcome.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED)
    assert [entry.problems for entry in agda.log] == [()]


@pytest.mark.parametrize("nth", [1, 3])
async def test_a_full_disk_is_told_in_the_servers_words(agda: AgdaPs, nth: int) -> None:
    customer = Customer(inbox(agda))
    agda.faults.disk_full(nth=nth)
    with pytest.raises(Unavailable) as failed:
        await customer.sync(*map(swede, range(1, 120)))
    assert (failed.value.text.key, failed.value.verbatim) == ("sftp.not_stored", "Failure")
    assert (agda.log, agda.waiting()) == ([], [])


async def test_a_file_that_came_out_shorter_is_never_renamed(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda))
    agda.faults.swallow(nth=4)
    with pytest.raises(Unavailable) as failed:
        await customer.sync(*map(swede, range(1, 120)))
    assert (failed.value.text.key, failed.value.sent) == ("sftp.not_stored", False)
    assert (agda.log, agda.waiting()) == ([], [])


@pytest.mark.parametrize("step", ["open", "write", "close"])
@pytest.mark.parametrize("committed", [False, True])
async def test_a_cut_while_writing_is_never_picked_up_and_swept_away_next_time(
    agda: AgdaPs, step: str, committed: bool
) -> None:
    customer = Customer(inbox(agda))
    agda.faults.cut(step, committed=committed)
    with pytest.raises(Unavailable) as failed:
        await customer.sync()
    assert failed.value.sent is False
    assert agda.log == []
    await customer.sync()
    assert agda.waiting() == []
    assert [(entry.people, entry.problems) for entry in agda.log] == [(1, ())]


async def test_a_cut_before_the_renaming_has_delivered_nothing(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda))
    agda.faults.cut("rename")
    with pytest.raises(Unavailable) as failed:
        await customer.sync()
    assert failed.value.sent is False
    assert agda.log == []


async def test_a_cut_after_the_renaming_is_found_delivered(agda: AgdaPs) -> None:
    agda.eager = False
    customer = Customer(inbox(agda))
    agda.faults.cut("rename", committed=True)
    (outcome,) = await customer.sync()
    assert outcome.kind is OutcomeKind.CREATED
    agda.import_now()
    assert [entry.problems for entry in agda.log] == [()]


async def test_a_file_that_was_read_at_once_is_unknown_and_delivered_again_without_harm(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda))
    agda.faults.cut("rename", committed=True)
    (outcome,) = await customer.sync()
    assert (outcome.kind, outcome.retryable) == (OutcomeKind.UNKNOWN, True)
    assert outcome.reason is not None
    assert outcome.reason.key == "sftp.fate_unknown"
    before = agda.of(GOOD.username).people["1/701"].copy()
    await customer.sync()
    assert agda.of(GOOD.username).people == {"1/701": before}
    assert (await customer.plan()).header.writes == 0


async def test_a_slow_server_is_given_up_on_and_leaves_nothing_to_read(agda: AgdaPs) -> None:
    box = AgdaFileTarget(Connection(credentials=credentials(agda), options=HERE | {"transfer_seconds": "0.2"}))
    customer = Customer(box)
    held = agda.faults.slow("write")
    with pytest.raises(Unavailable) as failed:
        await customer.sync()
    assert held.arrived.is_set()
    assert failed.value.sent is False
    assert agda.log == []


async def test_two_files_of_one_second_get_two_names(agda: AgdaPs) -> None:
    agda.eager = False
    customer = Customer(inbox(agda))
    await customer.sync()
    await customer.sync(swede(2))
    assert [Path(name).name for name in agda.waiting()] == [
        "1-Acme_Corp-employees-20260302-143022.xml",
        "1-Acme_Corp-employees-20260302-143023.xml",
    ]
    agda.import_now()
    assert sorted(agda.of(GOOD.username).people) == ["1/701", "1/702"]


async def test_a_file_can_be_written_in_the_folder_above(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda), settings={"folder": "test", "upload": "parent_folder"})
    agda.faults.cut("close", committed=True)
    with pytest.raises(Unavailable):
        await customer.sync()
    assert [str(Path(name).parent) for name in agda.waiting()] == ["polarbonan/Test"]
    await customer.sync()
    assert (agda.waiting(), len(agda.log)) == ([], 1)


async def test_nothing_private_is_told_to_the_log(agda: AgdaPs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    customer = Customer(inbox(agda))
    agda.faults.refuse("rename", asyncssh.SFTPFailure("Failure"))
    with pytest.raises(Unavailable) as failed:
        await customer.sync()
    with pytest.raises(CredentialsRefused) as closed:
        await inbox(agda, password="not-the-right-one").identify()
    told = f"{caplog.text}{failed.value!r}{closed.value!r}{customer.inbox!r}{credentials.__doc__}"
    person = swede()
    assert person.identity is not None
    for secret in (GOOD.password, "not-the-right-one", person.identity.value, "35000", person.last_name):
        assert secret not in told
