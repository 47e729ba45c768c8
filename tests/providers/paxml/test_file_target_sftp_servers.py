"""SFTP servers that are not OpenSSH, and importers that do not wait: what cannot be told is never told as a no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncssh
import pytest

from bot.domain.outcome import OutcomeKind
from bot.locales.translator import translator
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable
from bot.providers.kit import sftp_files
from sandbox.paxml import DEMO_KEY, GOOD, IMPORT, Paxml
from sandbox.sftp import Login
from tests.providers.agda_ps.customer import swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import MOMENT, sftp_inbox
from tests.providers.paxml.test_standard import SftpWorld
from tests.support.fake_target import MemorySource

KEY = DEMO_KEY.export_private_key("openssh").decode()
BOTH = Login("both", "and-a-password", DEMO_KEY.export_public_key().decode(), wants_both=True)
TURNED = replace(BOTH, username="turned", password_first=True)
DROP = Login("drop", "paxml-drop", drop_box=True)
QUESTIONS = ("Lösenord:", "Passord for bruker: ", "Kennwort", "Password: ", "Enter PASSCODE")
ASKING = [Login(f"asking-{n}", "answer", question=question) for n, question in enumerate(QUESTIONS)]
OTHER = Login("colleague", "of-the-same-company")
EXPIRED = [Login("expired", "old", expired=True), Login("expired-asking", "old", question="Lösenord:", expired=True)]
HANGING_UP = [
    Login("many", "right", hangs_up=(2, "Too many authentication failures")),
    Login("illegal", "right", hangs_up=(15, "no such user")),
    Login("politely", "right", hangs_up=(11, "Login incorrect")),
]
CODE = Login("code", "right", question="Password:", asks_more="Verification code:")


@pytest.fixture
async def system() -> AsyncIterator[Paxml]:
    async with Paxml(BOTH, TURNED, DROP, OTHER, CODE, *ASKING, *EXPIRED, *HANGING_UP) as started:
        yield started


@pytest.fixture
def runs(system: Paxml) -> Runs:
    return Runs(SftpWorld(system), MemorySource([swede()]))


def said(error: ProviderError) -> str:
    """What the user reads, in one line."""
    t = translator("en")
    return " ".join(t.render(one) for one in (error.text, error.advice) if one is not None)


def parts(system: Paxml, login: Login) -> list[str]:
    return [name for name in system.sftp.waiting(login.username) if name.endswith(".part")]


async def test_a_file_that_is_taken_when_it_is_closed_is_unknown(system: Paxml, runs: Runs) -> None:
    system.sftp.greedy = True
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert outcome.reason is not None
    assert outcome.reason.key == "sftp.fate_unclear"
    assert [entry.problems for entry in system.log] == [()]


@pytest.mark.parametrize("step", ["close", "rename"])
async def test_a_file_that_is_taken_while_the_connection_goes_is_unknown(system: Paxml, runs: Runs, step: str) -> None:
    system.sftp.greedy = True
    system.sftp.faults.cut(step, committed=step == "close")
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert [entry.people for entry in system.log] == [1]


async def test_a_whole_file_of_a_server_that_does_not_come_back_is_unknown(system: Paxml, runs: Runs) -> None:
    system.sftp.faults.cut("close", committed=True)
    changes = list((await runs.plan(sftp_inbox(system))).changes)
    assert changes
    system.sftp.faults.refuse_login_after(1)
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind is OutcomeKind.UNKNOWN


async def test_a_server_that_tells_no_size_is_delivered_to(system: Paxml, runs: Runs) -> None:
    system.sftp.faults.no_size()
    assert [outcome.kind for outcome in await runs.sync(sftp_inbox(system))] == [OutcomeKind.CREATED]
    assert [entry.problems for entry in system.log] == [()]


@pytest.mark.parametrize(
    "error", [asyncssh.SFTPPermissionDenied("no"), asyncssh.SFTPOpUnsupported("no"), asyncssh.SFTPFailure("Failure")]
)
async def test_a_server_that_tells_nothing_of_files_is_delivered_to(
    system: Paxml, runs: Runs, error: asyncssh.SFTPError
) -> None:
    system.sftp.faults.refuse("stat", error, times=None)
    box = sftp_inbox(system)
    assert await box.preflight() == []
    assert [outcome.kind for outcome in await runs.sync(box)] == [OutcomeKind.CREATED]
    assert [entry.problems for entry in system.log] == [()]


@pytest.mark.parametrize("error", [asyncssh.SFTPFailure("Failure"), asyncssh.SFTPPermissionDenied("no")])
@pytest.mark.parametrize("silent", [False, True])
async def test_a_renaming_that_was_done_and_refused_is_a_delivery(
    system: Paxml, runs: Runs, error: asyncssh.SFTPError, silent: bool
) -> None:
    (system.sftp.root / GOOD.username / "elsewhere").mkdir()
    box = sftp_inbox(system, remote_folder="elsewhere")
    if silent:
        system.sftp.faults.refuse("stat", asyncssh.SFTPPermissionDenied("no"), times=None)
    system.sftp.faults.refuse("rename", error, committed=True)
    (outcome,) = await runs.sync(box)
    assert outcome.kind is OutcomeKind.CREATED
    assert len(system.sftp.waiting()) == 1
    assert (await runs.plan(box)).header.writes == 0


async def test_a_renaming_that_was_done_and_refused_and_taken_in_is_unknown(system: Paxml, runs: Runs) -> None:
    system.sftp.faults.refuse("rename", asyncssh.SFTPFailure("Failure"), committed=True)
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert [entry.people for entry in system.log] == [1]


@pytest.mark.parametrize("step", ["write", "close"])
async def test_what_was_done_and_refused_before_is_nothing(system: Paxml, runs: Runs, step: str) -> None:
    system.sftp.faults.refuse(step, asyncssh.SFTPFailure("Failure"), committed=True)
    with pytest.raises(Unavailable) as failed:
        await runs.sync(sftp_inbox(system))
    assert failed.value.sent is False
    assert (system.log, system.sftp.waiting()) == ([], [])


async def test_a_drop_box_keeps_one_leftover_at_most_and_it_is_named(system: Paxml, runs: Runs) -> None:
    for _ in range(3):
        with pytest.raises(NotPermitted) as refused:
            await runs.sync(sftp_inbox(system, DROP))
        (left,) = parts(system, DROP)
        assert left.removeprefix("drop/") in said(refused.value)
        assert "personal data" in said(refused.value)


async def test_a_draft_that_cannot_be_deleted_is_written_over(system: Paxml, runs: Runs) -> None:
    denied = asyncssh.SFTPPermissionDenied("no")
    system.sftp.faults.refuse("remove", denied, times=None)
    for _ in range(3):
        system.sftp.faults.refuse("rename", denied)
        with pytest.raises(NotPermitted) as refused:
            await runs.sync(sftp_inbox(system))
        assert refused.value.text.key == "sftp.drop_box"
        (left,) = parts(system, GOOD)
        assert left.removeprefix("polarbonan/") in said(refused.value)
    (outcome,) = await runs.sync(sftp_inbox(system))
    assert outcome.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED)
    assert (parts(system, GOOD), [entry.problems for entry in system.log]) == ([], [()])


async def test_what_a_cut_leaves_is_named(system: Paxml, runs: Runs) -> None:
    system.sftp.faults.cut("write", committed=True)
    with pytest.raises(Unavailable) as failed:
        await runs.sync(sftp_inbox(system))
    (left,) = parts(system, GOOD)
    assert left.removeprefix("polarbonan/") in said(failed.value)


async def test_a_drop_box_is_found_out_at_set_up(system: Paxml) -> None:
    for _ in range(2):
        with pytest.raises(NotPermitted) as refused:
            await sftp_inbox(system, DROP).preflight()
        assert refused.value.text.key == "sftp.drop_box"
        assert len(parts(system, DROP)) == 1
        assert (system.sftp.root / parts(system, DROP)[0]).read_bytes() == b""


@pytest.mark.parametrize("step", ["rename", "remove"])
async def test_half_a_drop_box_is_found_out_too(system: Paxml, step: str) -> None:
    system.sftp.faults.refuse(step, asyncssh.SFTPPermissionDenied("no"), times=None)
    with pytest.raises(NotPermitted) as refused:
        await sftp_inbox(system).preflight()
    assert refused.value.text.key == "sftp.drop_box"


async def test_the_check_leaves_nothing_and_writes_nothing_once_connected(system: Paxml) -> None:
    box = sftp_inbox(system)
    account = await box.identify()
    assert await box.preflight() == []
    assert (system.sftp.waiting(), system.log) == ([], [])
    system.sftp.steps.clear()
    assert await sftp_inbox(system, expected=account.id).preflight() == []
    assert set(system.sftp.steps) <= {"login", "stat"}


async def test_an_importer_that_does_not_wait_is_told_at_set_up(system: Paxml) -> None:
    system.sftp.greedy = True
    (finding,) = await sftp_inbox(system).preflight()
    assert finding.code == "paxml_takes_drafts"


@pytest.mark.parametrize("login", [BOTH, TURNED], ids=lambda login: str(login.username))
async def test_a_key_and_the_password_in_either_order(system: Paxml, login: Login) -> None:
    assert (await sftp_inbox(system, login, private_key=KEY).identify()).id
    for private_key, password in (("", login.password), (KEY, ""), (KEY, "wrong")):
        with pytest.raises(CredentialsRefused):
            await sftp_inbox(system, login, private_key=private_key, password=password).identify()


async def test_a_password_is_not_shown_beside_a_key_that_nobody_knows(system: Paxml) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, private_key=other).identify()
    assert (refused.value.field, system.sftp.passwords_seen) == ("private_key", 0)


@pytest.mark.parametrize("login", ASKING, ids=lambda login: str(login.question))
async def test_one_hidden_question_is_for_the_password(system: Paxml, login: Login) -> None:
    assert (await sftp_inbox(system, login).identify()).id
    system.sftp.passwords_seen = 0
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, login, password="wrong").identify()
    assert (refused.value.text.key, system.sftp.passwords_seen) == ("sftp.login_refused", 1)


@pytest.mark.parametrize("login", EXPIRED, ids=lambda login: login.username)
async def test_an_expired_password_is_told_as_such(system: Paxml, login: Login) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, login).identify()
    assert (refused.value.field, refused.value.text.key) == ("password", "sftp.password_expired")
    with pytest.raises(CredentialsRefused) as wrong:
        await sftp_inbox(system, login, password="wrong").identify()
    assert wrong.value.text.key == "sftp.login_refused"


@pytest.mark.parametrize("login", HANGING_UP, ids=lambda login: login.username)
async def test_a_server_that_hangs_up_on_a_wrong_password_has_refused_it(system: Paxml, login: Login) -> None:
    assert (await sftp_inbox(system, login).identify()).id
    system.sftp.passwords_seen = 0
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, login, password="wrong").identify()
    assert (refused.value.text.key, system.sftp.passwords_seen) == ("sftp.login_refused", 1)


async def test_a_code_beside_the_password_is_told_as_such(system: Paxml) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, CODE).identify()
    assert refused.value.text.key == "sftp.more_asked"
    with pytest.raises(CredentialsRefused) as wrong:
        await sftp_inbox(system, CODE, password="wrong").identify()
    assert wrong.value.text.key == "sftp.login_refused"


@pytest.mark.parametrize("error", [asyncssh.SFTPPermissionDenied("no"), asyncssh.SFTPFailure("Failure")])
async def test_a_folder_whose_files_are_not_shown_is_told_at_set_up(
    system: Paxml, runs: Runs, error: asyncssh.SFTPError
) -> None:
    system.sftp.faults.unlisted(error)
    for work in (sftp_inbox(system).preflight(), runs.sync(sftp_inbox(system))):
        with pytest.raises(NotPermitted) as refused:
            await work
        assert refused.value.text.key == "sftp.folder_unlisted"
    assert parts(system, GOOD) == []


async def test_a_file_that_is_refused_when_it_is_closed_is_no_drop_box(system: Paxml) -> None:
    system.sftp.faults.refuse("close", asyncssh.SFTPQuotaExceeded("quota"), committed=True)
    with pytest.raises(Unavailable) as refused:
        await sftp_inbox(system).preflight()
    assert refused.value.text.key == "sftp.not_stored"
    assert parts(system, GOOD) == []


@pytest.mark.parametrize("length", [8, 250])
async def test_a_folder_without_end_is_not_read_to_its_end(system: Paxml, runs: Runs, length: int) -> None:
    system.sftp.faults.endless_names(length)
    with pytest.raises(NotPermitted) as refused:
        await runs.sync(sftp_inbox(system))
    assert refused.value.text.key == "sftp.folder_full"
    assert system.sftp.faults.told <= sftp_files.MOST_NAMES + 1000
    assert system.sftp.steps == ["login"]


async def test_names_that_are_not_utf8_are_no_obstacle(system: Paxml, runs: Runs) -> None:
    (system.sftp.root / GOOD.username / IMPORT / b"l\xf6n.txt".decode(errors="surrogateescape")).touch()
    assert [outcome.kind for outcome in await runs.sync(sftp_inbox(system))] == [OutcomeKind.CREATED]


@pytest.mark.parametrize("entered", [{"username": "a\0b"}, {"username": "a\nb"}, {"password": "p\ud83d"}])
async def test_a_login_that_no_server_can_be_shown_is_refused(system: Paxml, entered: dict[str, Any]) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, **entered).identify()
    assert refused.value.text.key == "sftp.login_refused"


@pytest.mark.parametrize("size", [0, 7, 10**6])
async def test_a_server_that_tells_another_size_is_read_back(system: Paxml, runs: Runs, size: int) -> None:
    system.sftp.faults.no_size(size)
    assert [outcome.kind for outcome in await runs.sync(sftp_inbox(system))] == [OutcomeKind.CREATED]
    assert parts(system, GOOD) == []


async def test_a_server_that_cannot_rename_is_told_as_such(system: Paxml, runs: Runs) -> None:
    system.sftp.faults.refuse("rename", asyncssh.SFTPOpUnsupported("Operation unsupported"), times=None)
    for work in (sftp_inbox(system).preflight(), runs.sync(sftp_inbox(system))):
        with pytest.raises(NotPermitted) as refused:
            await work
        assert refused.value.text.key == "sftp.drop_box"
    assert parts(system, GOOD) == []


@pytest.mark.parametrize(
    "host", ["sftp..x", ".x", f"{'a' * 64}.se", "a\0b", "http://example.se", "example.se:22", "example.se/in", "", "-x"]
)
async def test_a_host_that_can_be_none_is_told_at_its_field(system: Paxml, host: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, host=host).identify()
    assert (refused.value.field, refused.value.text.key) == ("host", "sftp.host_invalid")


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3",
        "0.0.0.0",
        "169.254.169.254",
        "::1",
        "::",
        "[::1]",
        "224.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fd00::1",
    ],
)
async def test_an_address_that_is_not_in_the_internet_is_not_dialled(system: Paxml, host: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await sftp_inbox(system, host=host).identify()
    assert (refused.value.field, refused.value.text.key) == ("host", "sftp.host_refused")
    assert refused.value.text.values.keys() == {"support"}


@pytest.mark.parametrize("step", ["open", "write", "close", "rename"])
async def test_two_users_of_one_company_deliver_into_one_folder_in_the_same_second(system: Paxml, step: str) -> None:
    shared = system.sftp.root / GOOD.username / "elsewhere"
    shared.mkdir()
    (system.sftp.root / OTHER.username / "elsewhere").symlink_to(shared)
    first, second = (Runs(SftpWorld(system), MemorySource([swede()])) for _ in range(2))
    held = system.sftp.faults.slow(step)
    mine = asyncio.create_task(first.sync(sftp_inbox(system, GOOD, lambda: MOMENT, remote_folder="elsewhere")))
    async with asyncio.timeout(30):
        await held.arrived.wait()
    theirs = await second.sync(sftp_inbox(system, OTHER, lambda: MOMENT, remote_folder="elsewhere"))
    held.release()
    assert [outcome.kind for outcome in (*theirs, *await mine)] == [OutcomeKind.CREATED] * 2
    names = sorted(path.name for path in shared.iterdir())
    assert [name[-19:] for name in names] == ["20260302-143022.xml", "20260302-143023.xml"]
