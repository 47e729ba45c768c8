"""What goes wrong with an SFTP server, in terms that a user can act on. Texts: `sftp.<word>`."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import asyncssh

from bot.core.text import Text
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable

LOST = (asyncssh.ConnectionLost, asyncssh.DisconnectError, asyncssh.ChannelOpenError, OSError, TimeoutError,
        asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)  # fmt: skip
"""The connection is not there, or no more."""

MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory)
"""There is no such file or folder."""

_FORBIDDEN = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Makes the errors of one provider's servers.

    `provider` is its key: `<key>.sftp.support` is whoever looks after the server, as it reads within a sentence.
    `separator` is how the system writes folders.
    """

    provider: str
    separator: str = "/"

    def shown(self, folder: str) -> str:
        """A folder as the system's own people write it."""
        return folder.replace("/", self.separator)

    def login_refused(self, *, by_key: bool) -> CredentialsRefused:
        """The server knows neither the user nor the secret, or not together."""
        return self._refused("private_key" if by_key else "password", "login_refused")

    def key_unreadable(self) -> CredentialsRefused:
        """The private key is none, or its password is not the one given."""
        return self._refused("private_key", "key_unreadable")

    def secret_missing(self) -> CredentialsRefused:
        """Neither a password nor a key."""
        return self._refused("password", "secret_missing", advised=False)

    def host_key_unconfirmed(self, host: str, fingerprint: str) -> CredentialsRefused:
        """Nobody has said yet that this is the right server. Nothing secret was sent to it."""
        return self._refused("host_key", "host_key_unconfirmed", host=host, fingerprint=fingerprint)

    def host_key_changed(self, host: str, fingerprint: str) -> CredentialsRefused:
        """The server shows another key than the confirmed one. Nothing secret was sent to it."""
        return self._refused("host_key", "host_key_changed", host=host, fingerprint=fingerprint)

    def host_key_invalid(self) -> CredentialsRefused:
        """What was entered as the fingerprint is none."""
        return self._refused("host_key", "host_key_invalid")

    def port_invalid(self) -> CredentialsRefused:
        """The port is no number from 1 to 65535."""
        return self._refused("port", "port_invalid", advised=False)

    def host_invalid(self) -> CredentialsRefused:
        """What was entered as the host can be neither a name nor an address."""
        return self._refused("host", "host_invalid")

    def host_refused(self) -> CredentialsRefused:
        """The host is none that customers may name: the same words, whatever is there."""
        return self._refused("host", "host_refused")

    def password_expired(self) -> CredentialsRefused:
        """The password is right, and the server wants another one."""
        return self._refused("password", "password_expired")

    def more_asked(self) -> CredentialsRefused:
        """The server asks for something else than a password, or for something besides."""
        return self._refused("password", "more_asked")

    def unavailable(self, host: str, error: BaseException, *, sent: bool = False) -> Unavailable:
        """The connection to a host failed; `sent` when the file may be in place all the same."""
        key = "provider.timeout" if isinstance(error, asyncio.TimeoutError) else "provider.unreachable"
        advice = "sftp.unreachable.advice"
        if sent:
            key, advice = "sftp.fate_unknown", "sftp.fate_unknown.advice"
        return Unavailable(
            f"{self.provider}: {type(error).__name__}{', outcome unknown' if sent else ''}",
            text=Text(key, {"system": host}),
            advice=Text(advice, {"system": host}),
            sent=sent,
        )

    def paused(self, host: str, seconds: float) -> Unavailable:
        """The host has failed many times in a row, and is left alone for so many seconds more."""
        told = {"system": host, "seconds": math.ceil(seconds)}
        return Unavailable(
            f"{self.provider}: left alone",
            text=Text("provider.paused", told),
            advice=Text("provider.paused.advice", told),
            retry_after=seconds,
        )

    def cut_off(self, host: str, error: BaseException, draft: str) -> Unavailable:
        """The connection failed before the file was in place; some of it may lie under the name of its draft."""
        told = {"system": host, "file": self.shown(draft)}
        return Unavailable(
            f"{self.provider}: {type(error).__name__} before the file was in place",
            text=Text("sftp.cut_off", told),
            advice=Text("sftp.cut_off.advice", told),
        )

    def fate_unclear(self, host: str) -> Unavailable:
        """The file was gone before it was renamed, or nobody can see it: it may have been taken in."""
        return Unavailable(
            f"{self.provider}: the file was gone, outcome unknown",
            text=self._text("sftp.fate_unclear", system=host),
            advice=self._text("sftp.fate_unclear.advice"),
            sent=True,
        )

    def drop_box(self, folder: str) -> NotPermitted:
        """Files may be written in the folder, but not renamed or deleted."""
        return self._not_permitted("drop_box", folder)

    def folder_full(self, folder: str, most: int) -> NotPermitted:
        """The folder has more names than are read."""
        return self._not_permitted("folder_full", folder, most=most)

    def folder_unlisted(self, folder: str) -> NotPermitted:
        """The server does not tell which files are in the folder."""
        return self._not_permitted("folder_unlisted", folder)

    def left_behind(self, refusal: ProviderError, file: str) -> ProviderError:
        """The refusal, and what nobody but the server's people can delete: it holds private data."""
        refusal.advice = self._text("sftp.left_behind", advice=refusal.advice, file=self.shown(file))
        return refusal

    def left_empty(self, refusal: ProviderError, file: str) -> ProviderError:
        """The same of a file that is empty."""
        refusal.advice = self._text("sftp.left_empty", advice=refusal.advice, file=self.shown(file))
        return refusal

    def folder_missing(self, folder: str) -> NotPermitted:
        """There is no such folder for this account."""
        return self._not_permitted("folder_missing", folder)

    def of_folder(self, error: asyncssh.SFTPError, folder: str) -> ProviderError:
        """The server refused to do something in a folder; nothing is in place."""
        if isinstance(error, MISSING):
            return self.folder_missing(folder)
        if isinstance(error, _FORBIDDEN):
            return self._not_permitted("folder_closed", folder)
        return self.not_stored(type(error).__name__, error.reason)

    def not_stored(self, why: str, reason: str | None = None) -> Unavailable:
        """The server did not keep the whole file: a full disk looks like this. Nothing is in place."""
        return Unavailable(
            f"{self.provider}: {why}",
            text=self._text("sftp.not_stored"),
            advice=self._text("sftp.not_stored.advice"),
            verbatim=reason or None,
        )

    def _refused(self, field: str, word: str, *, advised: bool = True, **values: object) -> CredentialsRefused:
        return CredentialsRefused(
            f"{self.provider}: {word}",
            field=field,
            text=self._text(f"sftp.{word}", **values),
            advice=self._text(f"sftp.{word}.advice", **values) if advised else None,
        )

    def _not_permitted(self, word: str, folder: str, **values: object) -> NotPermitted:
        shown = self.shown(folder)
        return NotPermitted(
            f"{self.provider}: {word}",
            text=self._text(f"sftp.{word}", folder=shown, **values),
            advice=self._text(f"sftp.{word}.advice", folder=shown, **values),
        )

    def _text(self, key: str, **values: object) -> Text:
        return Text(key, {"support": Text(f"{self.provider}.sftp.support"), **values})
