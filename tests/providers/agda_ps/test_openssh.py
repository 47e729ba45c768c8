"""The same deliveries into OpenSSH's own server, where this machine has one."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from bot.providers.agda_ps.inbox import AgdaInbox
from bot.providers.errors import CredentialsRefused, NotPermitted
from bot.providers.protocol import Connection
from sandbox.agda_ps.importer import Books
from tests.providers.agda_ps.customer import COMPANY, HASTE, MOMENT, Customer, swede

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(SSHD is None, reason="OpenSSH's server (sshd) is not on this machine")


@dataclass
class OpenSsh:
    """A server of the user's own, without rights of the machine: keys sign in, passwords do not."""

    port: int
    folder: Path
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey

    def inbox(self, **more: str) -> AgdaInbox:
        entered = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "username": getpass.getuser(),
            "host_key": self.host_key.get_fingerprint(),
            "private_key": self.client_key.export_private_key("openssh").decode(),
            **COMPANY,
            **more,
        }
        options = {f"{kind}_folder": f"{self.folder}/{name}" for kind, name in FOLDERS.items()}
        return AgdaInbox(Connection(credentials=entered, options=options | HASTE), now=lambda: MOMENT)

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


FOLDERS = {"test": "Test/Importfiler", "production": "Prod/Importfiler"}


@pytest.fixture
async def openssh(tmp_path: Path) -> AsyncIterator[OpenSsh]:
    assert SSHD is not None
    host_key, client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    server = OpenSsh(_free_port(), tmp_path / "home", host_key, client_key)
    for name in FOLDERS.values():
        (server.folder / name).mkdir(parents=True)
    _write(tmp_path / "host_key", host_key.export_private_key("openssh"))
    _write(tmp_path / "authorized_keys", client_key.export_public_key())
    _write(tmp_path / "sshd_config", _config(tmp_path, server.port).encode())
    process = await asyncio.create_subprocess_exec(
        SSHD, "-D", "-e", "-f", str(tmp_path / "sshd_config"), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            if b"Server listening" in line:
                break
        else:
            pytest.skip("OpenSSH's server does not start for this user")
        drained = asyncio.ensure_future(process.stderr.read())
        yield server
        process.terminate()
        await drained
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_file_arrives_whole(openssh: OpenSsh) -> None:
    customer = Customer(openssh.inbox())
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
    await Customer(openssh.inbox()).sync()
    assert [file.name for file in openssh.files()] == [
        "1-Acme_Corp-employees-20260302-143022.xml",
        "1-Acme_Corp-employees-20260302-143023.xml",
        "somebody-elses.part",
    ]
    assert (folder / "1-Acme_Corp-employees-20260302-143022.xml").read_text() == "of an earlier second"


async def test_a_folder_that_is_not_there(openssh: OpenSsh) -> None:
    shutil.rmtree(openssh.folder / "Test")
    customer = Customer(openssh.inbox())
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
        await openssh.inbox(**{wrong: values[wrong]}).identify()
    assert failed.value.field == wrong


def _config(folder: Path, port: int) -> str:
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host_key'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        f"PidFile {folder / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin yes",
        "Subsystem sftp internal-sftp",
    ]
    return "\n".join(lines) + "\n"


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
