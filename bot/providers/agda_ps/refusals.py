"""What goes wrong with a server for files, in terms that a user can act on."""

from __future__ import annotations

import asyncio

import asyncssh

from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Unavailable
from bot.text import Text, text

SYSTEM = Text("agda_ps.name")

LOST = (asyncssh.ConnectionLost, asyncssh.DisconnectError, asyncssh.ChannelOpenError, OSError, TimeoutError,
        asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)  # fmt: skip
"""The connection is not there, or no more."""

_MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory)
_FORBIDDEN = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)


def login_refused(*, by_key: bool) -> CredentialsRefused:
    """The server knows neither the user nor the secret, or not together."""
    return CredentialsRefused(
        "agda_ps: login refused",
        field="private_key" if by_key else "password",
        text=text("agda_ps.login_refused"),
        advice=text("agda_ps.login_refused.advice"),
    )


def key_unreadable() -> CredentialsRefused:
    """The private key is none, or its password is not the one given."""
    return CredentialsRefused(
        "agda_ps: private key unreadable",
        field="private_key",
        text=text("agda_ps.key_unreadable"),
        advice=text("agda_ps.key_unreadable.advice"),
    )


def secret_missing() -> CredentialsRefused:
    """Neither a password nor a key."""
    return CredentialsRefused("agda_ps: no secret", field="password", text=text("agda_ps.secret_missing"), advice=None)


def host_key_unconfirmed(host: str, fingerprint: str) -> CredentialsRefused:
    """Nobody has said yet that this is the right server. Nothing secret was sent to it."""
    return CredentialsRefused(
        "agda_ps: host key unconfirmed",
        field="host_key",
        text=text("agda_ps.host_key_unconfirmed", host=host, fingerprint=fingerprint),
        advice=text("agda_ps.host_key_unconfirmed.advice"),
    )


def host_key_changed(host: str, fingerprint: str) -> CredentialsRefused:
    """The server shows another key than the confirmed one. Nothing secret was sent to it."""
    return CredentialsRefused(
        "agda_ps: host key changed",
        field="host_key",
        text=text("agda_ps.host_key_changed", host=host, fingerprint=fingerprint),
        advice=text("agda_ps.host_key_changed.advice"),
    )


def host_key_invalid() -> CredentialsRefused:
    """What was entered as the fingerprint is none."""
    return CredentialsRefused(
        "agda_ps: fingerprint invalid",
        field="host_key",
        text=text("agda_ps.host_key_invalid"),
        advice=text("agda_ps.host_key_invalid.advice"),
    )


def port_invalid() -> CredentialsRefused:
    """The port is no number from 1 to 65535."""
    return CredentialsRefused("agda_ps: port invalid", field="port", text=text("agda_ps.port_invalid"), advice=None)


def unavailable(error: BaseException, *, sent: bool = False) -> Unavailable:
    """The connection failed; `sent` when the file may be in place all the same."""
    key = "provider.timeout" if isinstance(error, asyncio.TimeoutError) else "provider.unreachable"
    if sent:
        key = "agda_ps.fate_unknown"
    return Unavailable(
        f"agda_ps: {type(error).__name__}{', outcome unknown' if sent else ''}",
        text=Text(key, {"system": SYSTEM}),
        advice=Text(f"{key}.advice", {"system": SYSTEM}),
        sent=sent,
    )


def of_folder(error: asyncssh.SFTPError, folder: str) -> ProviderError:
    """The server refused to do something in a folder; nothing is in place."""
    log = f"agda_ps: {type(error).__name__}"
    shown = folder.replace("/", "\\")
    if isinstance(error, _MISSING):
        return NotPermitted(
            log, text=text("agda_ps.folder_missing", folder=shown), advice=text("agda_ps.folder_missing.advice")
        )
    if isinstance(error, _FORBIDDEN):
        return NotPermitted(
            log, text=text("agda_ps.folder_closed", folder=shown), advice=text("agda_ps.folder_closed.advice")
        )
    return not_stored(log, error.reason)


def not_stored(log: str, reason: str | None = None) -> Unavailable:
    """The server did not keep the whole file: a full disk looks like this. Nothing is in place."""
    return Unavailable(
        log, text=text("agda_ps.not_stored"), advice=text("agda_ps.not_stored.advice"), verbatim=reason or None
    )
