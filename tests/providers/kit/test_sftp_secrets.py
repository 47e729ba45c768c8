"""A key that is typed cannot keep the process busy: how often its password is hashed stands in the key itself."""

from __future__ import annotations

import base64

import asyncssh
import pytest
from asyncssh.asn1 import der_decode, der_encode

from bot.providers.kit.sftp_secrets import Secrets

KEY = asyncssh.generate_private_key("ssh-ed25519")
USUAL = 2048
ROUNDS = (0x7FFFFFFF).to_bytes(4, "big")


def costly_openssh() -> str:
    lines = KEY.export_private_key("openssh", passphrase="geheim").decode().strip().splitlines()
    raw = base64.b64decode("".join(lines[1:-1]))
    salt_ends = raw.index(b"bcrypt") + len(b"bcrypt") + 4 + 4 + 16
    raw = raw[:salt_ends] + ROUNDS + raw[salt_ends + 4 :]
    return "\n".join([lines[0], base64.b64encode(raw).decode(), lines[-1]])


def slowed(value: object) -> object:
    """The same, with as many rounds as there can be."""
    if isinstance(value, tuple):
        return tuple(map(slowed, value))
    return 2**31 - 1 if value == USUAL else value


def costly_pkcs8() -> str:
    lines = KEY.export_private_key("pkcs8-pem", passphrase="geheim").decode().strip().splitlines()
    raw = der_encode(slowed(der_decode(base64.b64decode("".join(lines[1:-1])))))
    return "\n".join([lines[0], base64.b64encode(raw).decode(), lines[-1]])


@pytest.mark.parametrize("key", [costly_openssh, costly_pkcs8])
def test_a_key_whose_password_takes_for_ever_is_refused(key: object) -> None:
    assert callable(key)
    with pytest.raises(asyncssh.KeyImportError, match="too long"):
        Secrets("geheim", key())


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
@pytest.mark.parametrize("passphrase", [None, "geheim"])
def test_a_usual_key_is_read(form: str, passphrase: str | None) -> None:
    assert Secrets(passphrase or "", KEY.export_private_key(form, passphrase=passphrase).decode()).any
