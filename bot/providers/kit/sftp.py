"""Files over SFTP, to a server whose key a person has confirmed. It knows folders and bytes, not employees.

A file appears under its name whole or not at all: it is written under another name, its size is read back, and only
then is it renamed. The password is sent to nobody whose key was not confirmed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import asyncssh

from bot.providers.errors import ProviderError, Unavailable
from bot.providers.kit.circuit_breaker import CircuitBreaker, HostPaused, shared_breaker
from bot.providers.kit.networks import AddressRefused, AllowedNetworks, host_name
from bot.providers.kit.sftp_delivery import SftpDelivery, try_folder
from bot.providers.kit.sftp_errors import LOST, MISSING, Refusals
from bot.providers.kit.sftp_files import listed
from bot.providers.kit.sftp_secrets import Prompts, SecretAnswers, Secrets
from bot.providers.protocol import Credentials

# It logs host and user at INFO.
logging.getLogger("asyncssh").setLevel(logging.WARNING)

PORT = 22
_SCHEME = re.compile(r"^sftp://", re.IGNORECASE)
"""What a browser's or a client's address begins with; the rest is the host."""

_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")
_NO_ENTRY = (13, 14, 15)
"""Reasons of a hang-up (RFC 4253, section 11.1): cancelled by the user, no more methods, illegal user name."""

_OF_SIGNING_IN = re.compile(r"auth|log[io]n|log in|password|credential|user", re.IGNORECASE)

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

    @property
    def mark(self) -> str:
        """Eight hexadecimal digits that tell those apart who write into one folder."""
        return hashlib.sha256(f"{self.username}@{self.host}:{self.port}".encode()).hexdigest()[:8]

    @classmethod
    def of(cls, credentials: Credentials, refusals: Refusals) -> Login:
        """Read what was entered as `host`, `port`, `host_key`, `username`, `password` and `private_key`.

        Raises `CredentialsRefused` for a host, port or fingerprint that is none.
        """
        try:
            host = host_name(_SCHEME.sub("", credentials.get("host", "").strip()).rstrip("/"))
        except ValueError:
            raise refusals.host_invalid() from None
        port = credentials.get("port", "").strip() or str(PORT)
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
            raise refusals.port_invalid()
        pinned = credentials.get("host_key", "").strip()
        found = _FINGERPRINT.search(pinned)
        if pinned and found is None:
            raise refusals.host_key_invalid()
        return cls(
            host=host,
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
    """Lets the confirmed key pass, notes the one that was shown, and shows our secrets after that."""

    def __init__(self, confirmed: str | None, secrets: SecretAnswers) -> None:
        self._confirmed = confirmed
        self.secrets = secrets
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002
        """Called before anything secret is sent."""
        self.shown = key.get_fingerprint()
        return self.shown == self._confirmed

    def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """Called until there is no other."""
        return self.secrets.key()

    def password_auth_requested(self) -> str | None:
        """Called until there is no other."""
        return self.secrets.password()

    def password_change_requested(self, prompt: str, lang: str) -> tuple[str, str]:  # noqa: ARG002
        """The password is right and has expired."""
        self.secrets.expired = True
        refused: tuple[str, str] = NotImplemented
        return refused

    def kbdint_auth_requested(self) -> str | None:
        """Whether questions will be answered; "" leaves the kind of them to the server."""
        return "" if self.secrets.has_password() else None

    def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002
        instructions: str,
        lang: str,  # noqa: ARG002
        prompts: Prompts,
    ) -> list[str] | None:
        """Answer questions, where we can."""
        return self.secrets.to(instructions, prompts)


class SftpServer:
    """The server, one connection per piece of work. Raises `ProviderError`."""

    def __init__(
        self,
        login: Login,
        refusals: Refusals,
        patience: SftpTimeouts | None = None,
        networks: AllowedNetworks | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self.login = login
        self._own_breaker = breaker
        self._refusals = refusals
        self._patience = patience or SftpTimeouts()
        self._networks = networks or AllowedNetworks()

    async def sign_in(self) -> None:
        """Prove the credentials."""
        async with self._session():
            pass

    async def has_folder(self, folder: str) -> bool:
        """Whether the folder is there and may be seen."""
        async with self._session() as sftp:
            try:
                kind = (await sftp.stat(folder)).type
                if kind not in (None, asyncssh.FILEXFER_TYPE_UNKNOWN):
                    return kind == asyncssh.FILEXFER_TYPE_DIRECTORY
            except LOST as error:
                raise self._refusals.unavailable(self.login.host, error) from None
            except MISSING:
                return False
            except asyncssh.SFTPError:
                pass
            # Some servers tell nothing of a folder, but let it be read.
            try:
                await listed(sftp, folder, self._refusals)
            except LOST as error:
                raise self._refusals.unavailable(self.login.host, error) from None
            except asyncssh.SFTPError:
                return False
            return True

    async def try_folder(self, folder: str, prefix: str) -> bool:
        """Write, rename and delete an empty file in a folder, as a delivery does. Gives whether it was left alone.

        Raises `NotPermitted` where one of these is not allowed.
        """
        async with self._session() as sftp:
            try:
                return await try_folder(sftp, folder, prefix, self.login.mark, self._refusals)
            except LOST as error:
                raise self._refusals.unavailable(self.login.host, error) from None

    async def put(self, folder: str, names: Iterable[str], data: bytes, *, prefix: str, drafts: str) -> str:
        """Put a whole file under the first of `names` that is free in `folder`, and give that name.

        It is written in the folder `drafts` first; what an earlier try of this user's left there, known by `prefix`, is
        removed.
        Raises `Unavailable(sent=True)` when it cannot be told whether the file is in place.
        """
        delivery = SftpDelivery(folder, drafts, data, self.login.host, self._refusals, self.login.mark)
        async with self._session() as sftp:
            lost = await delivery.send(sftp, names, prefix)
        if lost is not None:
            await delivery.settle(self._session, lost)
        return delivery.name

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Signed in for a while. Inside, the connection's own errors come through as they are."""
        try:
            with self._breaker().call(_says_of_host):
                connection = await self._connect()
        except HostPaused as paused:
            raise self._refusals.paused(self.login.host, paused.seconds) from None
        # Not a time-out around the work: closing a file waits for an answer, even when the work is given up.
        expiry = asyncio.get_running_loop().call_later(self._patience.transfer_seconds, connection.abort)
        try:
            try:
                # Names of other people's files need not be UTF-8.
                sftp = await connection.start_sftp_client(path_errors="surrogateescape")
            except (*LOST, asyncssh.SFTPError) as error:
                raise self._refusals.unavailable(self.login.host, error) from None
            yield sftp
        finally:
            expiry.cancel()
            connection.abort()
            await connection.wait_closed()

    def _breaker(self) -> CircuitBreaker:
        if self._own_breaker is not None:
            return self._own_breaker
        login = self.login
        # A try takes half a minute where nobody answers, and a run makes a few.
        return shared_breaker(f"{login.username}@{login.host}:{login.port}", partial(CircuitBreaker, failures=4))

    async def _connect(self) -> asyncssh.SSHClientConnection:
        """A connection that has signed in to the confirmed server."""
        login, shown, secrets = self.login, "", self._secrets()
        addresses = await self._addresses()
        # A server has keys of several kinds, and the confirmed one need not be the first that it shows.
        for kinds in (None, *_KINDS):
            watchman = _HostKeyCheck(login.host_key, secrets.answers())
            try:
                async with asyncio.timeout(self._patience.connect_seconds):
                    return await self._attempt(watchman, kinds, addresses)
            except asyncssh.HostKeyNotVerifiable:
                shown = shown or watchman.shown
                if login.host_key is None:
                    raise self._refusals.host_key_unconfirmed(login.host, shown) from None
            except (asyncssh.PermissionDenied, ValueError):
                # A name or password that no server can be shown (RFC 4013) is none.
                self._refuse(watchman.secrets)
            except LOST as error:
                if watchman.secrets.shown and _says_no(error):
                    self._refuse(watchman.secrets)
                # A server that has no key of the kind hangs up, in words or without.
                if not shown:
                    raise self._refusals.unavailable(self.login.host, error) from None
        raise self._refusals.host_key_changed(login.host, shown)

    def _refuse(self, secrets: SecretAnswers) -> NoReturn:
        if secrets.expired:
            raise self._refusals.password_expired() from None
        if secrets.more:
            raise self._refusals.more_asked() from None
        raise self._refusals.login_refused(by_key=bool(self.login.private_key)) from None

    async def _addresses(self) -> list[str]:
        """What the host's name leads to, asked once."""
        login = self.login
        try:
            async with asyncio.timeout(self._patience.connect_seconds):
                return await self._networks.resolve(login.host, login.port)
        except AddressRefused:
            raise self._refusals.host_refused() from None
        except OSError as error:
            raise self._refusals.unavailable(login.host, error) from None
        except ValueError:
            raise self._refusals.host_invalid() from None

    async def _attempt(
        self, watchman: _HostKeyCheck, kinds: tuple[str, ...] | None, addresses: list[str]
    ) -> asyncssh.SSHClientConnection:
        *others, last = addresses
        for address in others:
            try:
                return await self._dial(watchman, kinds, address)
            except OSError as error:
                # The time-out is that of all of them.
                if isinstance(error, TimeoutError):
                    raise
        return await self._dial(watchman, kinds, last)

    async def _dial(
        self, watchman: _HostKeyCheck, kinds: tuple[str, ...] | None, address: str
    ) -> asyncssh.SSHClientConnection:
        login = self.login
        return await asyncssh.connect(
            address,
            login.port,
            config=None,
            client_factory=lambda: watchman,
            known_hosts=asyncssh.import_known_hosts(""),
            server_host_key_algs=list(kinds) if kinds else (),
            username=login.username,
            client_keys=None,
            agent_path=None,
            gss_host=None,
            # Whatever order a server names them in: who is asked for a password first is not asked for a key.
            preferred_auth="publickey,keyboard-interactive,password",
            keepalive_interval=15,
        )

    def _secrets(self) -> Secrets:
        login = self.login
        try:
            secrets = Secrets(login.password, login.private_key)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise self._refusals.key_unreadable() from None
        if login.host_key is not None and not secrets.any:
            raise self._refusals.secret_missing()
        return secrets


def _says_no(error: BaseException) -> bool:
    """Whether a server hung up because of who wants to sign in: after one wrong password, some do."""
    if not isinstance(error, asyncssh.DisconnectError):
        return False
    return error.code in _NO_ENTRY or bool(_OF_SIGNING_IN.search(error.reason))


def _says_of_host(error: Exception) -> bool | None:
    return isinstance(error, Unavailable) if isinstance(error, ProviderError) else None
