"""The same deliveries into OpenSSH's own server, where this machine has one."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from bot.providers.agda_ps.file_target import AgdaFileTarget
from bot.providers.errors import CredentialsRefused, NotPermitted
from bot.providers.protocol import Connection
from sandbox.agda_ps.importer import Books
from tests.providers.agda_ps.customer import COMPANY, HASTE, MOMENT, Customer, swede
from tests.support.openssh import OpenSsh, openssh_server

pytestmark = pytest.mark.sshd

FOLDERS = {"test": "Test/Importfiler", "production": "Prod/Importfiler"}


def inbox(server: OpenSsh, **more: str) -> AgdaFileTarget:
    options = {f"{kind}_folder": f"{server.folder}/{name}" for kind, name in FOLDERS.items()}
    credentials = {**server.credentials, **COMPANY, **more}
    return AgdaFileTarget(Connection(credentials=credentials, options=options | HASTE), now=lambda: MOMENT)


@pytest.fixture
async def openssh(tmp_path: Path) -> AsyncIterator[OpenSsh]:
    async with openssh_server(tmp_path, FOLDERS.values()) as server:
        yield server


async def test_a_file_arrives_whole(openssh: OpenSsh) -> None:
    customer = Customer(inbox(openssh))
    assert (await customer.inbox.identify()).id.endswith(f":{openssh.port}/1")
    assert await customer.inbox.preflight() == []
    await customer.sync(*map(swede, range(1, 400)))
    (file,) = openssh.files()
    assert file.parent == openssh.folder / "Test" / "Importfiler"
    assert file.name == "1-Acme_Corp-employees-20260302-143022.xml"
    assert len(Books().take(file.read_bytes())) == 399


async def test_leftovers_are_removed_and_no_file_is_overwritten(openssh: OpenSsh) -> None:
    folder = openssh.folder / "Test" / "Importfiler"
    (folder / "1-Acme_Corp-employees-20260302-143021.xml.part").write_text("half")
    (folder / "1-Acme_Corp-employees-20260302-143022.xml").write_text("of an earlier second")
    (folder / "somebody-elses.part").write_text("not ours")
    await Customer(inbox(openssh)).sync()
    assert [file.name for file in openssh.files()] == [
        "1-Acme_Corp-employees-20260302-143022.xml",
        "1-Acme_Corp-employees-20260302-143023.xml",
        "somebody-elses.part",
    ]
    assert (folder / "1-Acme_Corp-employees-20260302-143022.xml").read_text() == "of an earlier second"


async def test_a_folder_that_is_not_there(openssh: OpenSsh) -> None:
    shutil.rmtree(openssh.folder / "Test")
    customer = Customer(inbox(openssh))
    (finding,) = await customer.inbox.preflight()
    assert finding.code == "agda_ps_no_test_folder"
    with pytest.raises(NotPermitted) as failed:
        await customer.sync()
    assert failed.value.text.key == "sftp.folder_missing"


@pytest.mark.parametrize("wrong", ["host_key", "private_key"])
async def test_another_servers_key_and_another_users_key(openssh: OpenSsh, wrong: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    values = {"host_key": other.get_fingerprint(), "private_key": other.export_private_key("openssh").decode()}
    with pytest.raises(CredentialsRefused) as failed:
        await inbox(openssh, **{wrong: values[wrong]}).identify()
    assert failed.value.field == wrong
