"""Files over SFTP, to a server whose key a person has confirmed. It knows folders and bytes, not employees.

A file appears under its name whole or not at all: it is written under another name, its size is read back, and only
then is it renamed. The password is sent to nobody whose key was not confirmed.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncssh

from bot.core.ownership import require_ownership
from bot.providers.errors import Unavailable
from bot.providers.kit.sftp_errors import LOST, Refusals
from bot.providers.protocol import Credentials

# It logs host and user at INFO.
logging.getLogger("asyncssh").setLevel(logging.WARNING)

PORT = 22
DRAFT = ".part"
BLOCK = 32 * 1024
"""Bytes in one write: what every server has to take (draft-ietf-secsh-filexfer-02, section 3)."""

_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_KINDS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Where to sign in, as whom. `host_key` is the confirmed fingerprint, None before anybody has confirmed one."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    private_key: str = field(repr=False)
    host_key: str | None

    @classmethod
    def of(cls, credentials: Credentials, refusals: Refusals) -> Login:
        """Read what was entered as `host`, `port`, `host_key`, `username`, `password` and `private_key`.

        Raises `CredentialsRefused` for a port or fingerprint that is none.
        """
        port = credentials.get("port", "").strip() or str(PORT)
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            raise refusals.port_invalid()
        pinned = credentials.get("host_key", "").strip()
        found = _FINGERPRINT.search(pinned)
        if pinned and found is None:
            raise refusals.host_key_invalid()
        return cls(
            host=credentials.get("host", "").strip().casefold(),
            port=int(port),
            username=credentials.get("username", "").strip(),
            password=credentials.get("password", ""),
            private_key=credentials.get("private_key", "").strip(),
            host_key=f"SHA256:{found[1]}" if found else None,
        )


@dataclass(frozen=True, slots=True)
class SftpTimeouts:
    """Seconds for signing in, and for one piece of work."""

    connect_seconds: float = 30.0
    transfer_seconds: float = 600.0

    @classmethod
    def of(cls, options: Mapping[str, str]) -> SftpTimeouts:
        """As the operator set it: `connect_seconds`, `transfer_seconds`."""
        usual = cls()
        return cls(
            float(options.get("connect_seconds") or usual.connect_seconds),
            float(options.get("transfer_seconds") or usual.transfer_seconds),
        )


class _HostKeyCheck(asyncssh.SSHClient):
    """Lets the confirmed key pass, and notes the one that was shown."""

    def __init__(self, confirmed: str | None) -> None:
        self._confirmed = confirmed
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Called before anything secret is sent."""
        self.shown = key.get_fingerprint()
        return self.shown == self._confirmed


class SftpServer:
    """The server, one connection per piece of work. Raises `ProviderError`."""

    def __init__(self, login: Login, refusals: Refusals, patience: SftpTimeouts | None = None) -> None:
        self.login = login
        self._refusals = refusals
        self._patience = patience or SftpTimeouts()

    async def sign_in(self) -> None:
        """Prove the credentials."""
        async with self._session():
            pass

    async def has_folder(self, folder: str) -> bool:
        """Whether the folder is there and may be seen."""
        async with self._session() as sftp:
            try:
                return await sftp.isdir(folder)
            except LOST as error:
                raise self._refusals.unavailable(self.login.host, error) from None
            except asyncssh.SFTPError:
                return False

    async def put(self, folder: str, names: Iterable[str], data: bytes, *, prefix: str, drafts: str) -> str:
        """Put a whole file under the first of `names` that is free in `folder`, and give that name.

        It is written in the folder `drafts` first; what an earlier try left there, known by `prefix`, is removed.
        Raises `Unavailable(sent=True)` when it cannot be told whether the file is in place.
        """
        draft = path = ""
        renaming = False
        async with self._session() as sftp:
            try:
                await _remove_drafts(sftp, drafts, prefix)
                taken = set(await sftp.listdir(folder))
                name = next(name for name in names if name not in taken)
                draft, path = f"{drafts}/{name}{DRAFT}", f"{folder}/{name}"
                await self._write(sftp, draft, data)
                await _may_move(sftp, draft)
                renaming = True
                await sftp.rename(draft, path)
                return name
            except LOST as error:
                if not renaming:
                    raise self._refusals.unavailable(self.login.host, error) from None
                lost: BaseException = error
            except asyncssh.SFTPError as error:
                if draft:
                    with suppress(asyncssh.Error, OSError):
                        await sftp.remove(draft)
                raise self._refusals.of_folder(error, folder) from None
        await self._settle(draft, path, len(data), lost)
        return name

    async def _settle(self, draft: str, path: str, size: int, lost: BaseException) -> None:
        """The connection went while the file was renamed: look where it is. Returns if it is in place."""
        waits = False
        try:
            async with self._session() as sftp:
                waits = await sftp.exists(draft)
                if not waits and await sftp.exists(path) and await sftp.getsize(path) == size:
                    return
        except (*LOST, asyncssh.SFTPError, Unavailable):
            pass
        # Where neither is there, it may have been read and taken away by now.
        raise self._refusals.unavailable(self.login.host, lost, sent=not waits)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Signed in for a while. Inside, the connection's own errors come through as they are."""
        connection = await self._connect()
        # Not a time-out around the work: closing a file waits for an answer, even when the work is given up.
        expiry = asyncio.get_running_loop().call_later(self._patience.transfer_seconds, connection.abort)
        try:
            try:
                sftp = await connection.start_sftp_client()
            except (*LOST, asyncssh.SFTPError) as error:
                raise self._refusals.unavailable(self.login.host, error) from None
            yield sftp
        finally:
            expiry.cancel()
            connection.abort()
            await connection.wait_closed()

    async def _connect(self) -> asyncssh.SSHClientConnection:
        """A connection that has signed in to the confirmed server."""
        login, shown = self.login, ""
        # A server has keys of several kinds, and the confirmed one need not be the first that it shows.
        for kinds in (None, *_KINDS):
            watchman = _HostKeyCheck(login.host_key)
            try:
                async with asyncio.timeout(self._patience.connect_seconds):
                    return await self._attempt(watchman, kinds)
            except asyncssh.HostKeyNotVerifiable:
                shown = shown or watchman.shown
                if login.host_key is None:
                    raise self._refusals.host_key_unconfirmed(login.host, shown) from None
            except asyncssh.PermissionDenied:
                raise self._refusals.login_refused(by_key=bool(login.private_key)) from None
            except LOST as error:
                # A server that has no key of the kind hangs up, in words or without.
                if not shown:
                    raise self._refusals.unavailable(self.login.host, error) from None
        raise self._refusals.host_key_changed(login.host, shown)

    async def _attempt(self, watchman: _HostKeyCheck, kinds: tuple[str, ...] | None) -> asyncssh.SSHClientConnection:
        login = self.login
        keys = [self._private_key()] if login.private_key else None
        if login.host_key is not None and keys is None and not login.password:
            raise self._refusals.secret_missing()
        return await asyncssh.connect(
            login.host,
            login.port,
            config=None,
            client_factory=lambda: watchman,
            known_hosts=asyncssh.import_known_hosts(""),
            server_host_key_algs=list(kinds) if kinds else (),
            username=login.username,
            password=login.password if keys is None else None,
            client_keys=keys,
            agent_path=None,
            gss_host=None,
            keepalive_interval=15,
        )

    async def _write(self, sftp: asyncssh.SFTPClient, draft: str, data: bytes) -> None:
        """Write all of it, and read its size back. Raises `Unavailable` when the server kept less."""
        async with sftp.open(draft, "wb", block_size=BLOCK) as file:
            await file.write(data)
        size = await sftp.getsize(draft)
        if size != len(data):
            with suppress(asyncssh.Error, OSError):
                await sftp.remove(draft)
            raise self._refusals.not_stored("the file is shorter than what was sent")

    def _private_key(self) -> asyncssh.SSHKey:
        login = self.login
        try:
            return asyncssh.import_private_key(f"{login.private_key}\n", login.password or None)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise self._refusals.key_unreadable() from None


async def _may_move(sftp: asyncssh.SFTPClient, draft: str) -> None:
    """The last word before the importer sees the file; the draft does not outlive a no."""
    try:
        await require_ownership()
    except BaseException:
        with suppress(asyncssh.Error, OSError):
            await sftp.remove(draft)
        raise


async def _remove_drafts(sftp: asyncssh.SFTPClient, folder: str, prefix: str) -> None:
    """Private data must not lie about because a connection broke."""
    for name in await sftp.listdir(folder):
        if isinstance(name, str) and name.startswith(prefix) and name.endswith(DRAFT):
            with suppress(asyncssh.SFTPError):
                await sftp.remove(f"{folder}/{name}")
