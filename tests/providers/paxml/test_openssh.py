"""PAXml files into OpenSSH's own server, where this machine has one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from bot.providers.errors import CredentialsRefused, NotPermitted
from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.protocol import Connection
from sandbox.paxml import COMPANY_NUMBER, IMPORT, Books, Paxml
from tests.providers.agda_ps.customer import swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import COMPANY, HASTE, Clock
from tests.providers.paxml.test_standard import SftpWorld
from tests.support.fake_target import MemorySource
from tests.support.openssh import OpenSsh, openssh_server

pytestmark = pytest.mark.sshd


@pytest.fixture
async def openssh(tmp_path: Path) -> AsyncIterator[OpenSsh]:
    async with openssh_server(tmp_path, [IMPORT]) as server:
        yield server


def inbox(server: OpenSsh, **more: str) -> PaxmlFileTarget:
    where = {"delivery": "sftp", "remote_folder": str(server.folder / IMPORT)}
    credentials = {**where, **server.credentials, **COMPANY, **more}
    return PaxmlFileTarget(Connection(credentials=credentials, options=HASTE), now=Clock())


def runs(people: int) -> Runs:
    return Runs(SftpWorld(Paxml()), MemorySource(list(map(swede, range(1, people + 1)))))


async def test_a_file_arrives_whole(openssh: OpenSsh) -> None:
    box = inbox(openssh)
    assert (await box.identify()).id.endswith(f":{openssh.port}/{COMPANY_NUMBER}")
    assert await box.preflight() == []
    assert openssh.files() == []
    await runs(399).sync(box)
    (file,) = openssh.files()
    assert file.name.startswith(f"paxml-{COMPANY_NUMBER}-20260302-")
    assert len(Books().take(file.read_bytes())) == 399


async def test_leftovers_are_removed_and_no_file_is_overwritten(openssh: OpenSsh) -> None:
    folder = openssh.folder / IMPORT
    (folder / f"paxml-{COMPANY_NUMBER}-20260302-143001.xml.part").write_text("half")
    (folder / "somebody-elses.part").write_text("not ours")
    await runs(1).sync(inbox(openssh))
    (file,) = (file for file in openssh.files() if file.suffix == ".xml")
    before = file.read_bytes()
    again = runs(2)
    await again.sync(inbox(openssh))
    assert file.read_bytes() == before
    assert len([file for file in openssh.files() if file.suffix == ".xml"]) == 2
    assert [file.name for file in openssh.files() if file.suffix == ".part"] == ["somebody-elses.part"]


async def test_a_folder_that_is_not_there(openssh: OpenSsh) -> None:
    with pytest.raises(NotPermitted) as failed:
        await inbox(openssh, remote_folder="nowhere").preflight()
    assert failed.value.text.key == "sftp.folder_missing"


@pytest.mark.parametrize("wrong", ["host_key", "private_key"])
async def test_another_servers_key_and_another_users_key(openssh: OpenSsh, wrong: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    values = {"host_key": other.get_fingerprint(), "private_key": other.export_private_key("openssh").decode()}
    with pytest.raises(CredentialsRefused) as failed:
        await inbox(openssh, **{wrong: values[wrong]}).identify()
    assert failed.value.field == wrong
