"""OpenSSH's own server for tests of what is delivered by SFTP, marked `sshd`: they are left out where there is none."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from tests.support.machine import leave_out

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@dataclass
class OpenSsh:
    """A server of the user's own, without rights of the machine: keys sign in, passwords do not."""

    port: int
    folder: Path
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey

    @property
    def credentials(self) -> dict[str, str]:
        """What a customer enters, the server's key confirmed."""
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "username": getpass.getuser(),
            "host_key": self.host_key.get_fingerprint(),
            "private_key": self.client_key.export_private_key("openssh").decode(),
        }

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


@asynccontextmanager
async def openssh_server(place: Path, folders: Iterable[str]) -> AsyncIterator[OpenSsh]:
    """A running server with these folders in its `folder`."""
    assert SSHD is not None
    host_key, client_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    server = OpenSsh(_free_port(), place / "home", host_key, client_key)
    for name in folders:
        (server.folder / name).mkdir(parents=True)
    _write(place / "host_key", host_key.export_private_key("openssh"))
    _write(place / "authorized_keys", client_key.export_public_key())
    _write(place / "sshd_config", _config(place, server.port).encode())
    process = await asyncio.create_subprocess_exec(
        SSHD, "-D", "-e", "-f", str(place / "sshd_config"), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        said = b""
        async for line in process.stderr:
            said += line
            if b"Server listening" in line:
                break
        else:
            leave_out("sshd", f"does not start for this user: {said.decode(errors='replace').strip()}")
        drained = asyncio.ensure_future(process.stderr.read())
        yield server
        process.terminate()
        await drained
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


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
