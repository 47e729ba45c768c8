"""What is shown to an SFTP server that a person has confirmed: a key, a password, or the one and then the other."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

import asyncssh
from asyncssh.asn1 import ASN1DecodeError, der_decode_partial

Prompts = Sequence[tuple[str, bool]]
"""What a server asks for, and whether the answer may be seen while it is typed (RFC 4256, section 3.2)."""

_OF_PASSWORDS = re.compile(r"passw|passord|lösen|losen|kennwort|adgangskode|salasana", re.IGNORECASE)


_MOST_ROUNDS = {b"bcrypt": 256, b"": 10_000_000}
"""How often a key's password may have to be hashed: in OpenSSH's form (16 to 24 are usual, some 10 ms each), and in
PKCS #8. The number stands in the key, and whoever typed a larger one would hold up everybody."""

_PEM = re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_OPENSSH = b"openssh-key-v1\0"


def _require_cheap(private_key: str) -> None:
    """Raises `asyncssh.KeyImportError` for a key whose password would take for ever to try."""
    for kind, body in _PEM.findall(private_key):
        try:
            raw = base64.b64decode("".join(body.split()))
            if kind == "OPENSSH ":
                costly = _openssh_rounds(raw) > _MOST_ROUNDS[b"bcrypt"]
            else:
                costly = kind == "ENCRYPTED " and _largest(der_decode_partial(raw)[0]) > _MOST_ROUNDS[b""]
        except (ValueError, IndexError, TypeError, ASN1DecodeError):
            continue  # no key at all, which whoever reads it says
        if costly:
            raise asyncssh.KeyImportError("the key's password would take too long to try")


def _openssh_rounds(raw: bytes) -> int:
    """The rounds that stand in the options of an OpenSSH key; 0 for one without a password."""
    at, pieces = len(_OPENSSH), []
    for _ in range(3):
        size = int.from_bytes(raw[at : at + 4], "big")
        pieces.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return 0 if pieces[1] == b"none" else int.from_bytes(pieces[2][-4:], "big")


def _largest(value: object) -> int:
    """The largest number in what was decoded."""
    if isinstance(value, tuple | list):
        return max(map(_largest, value), default=0)
    return value if isinstance(value, int) else 0


class Secrets:
    """What was entered, to be shown once to a server: to give a wrong password again could lock the account.

    Raises `asyncssh.KeyImportError` or `asyncssh.KeyEncryptionError` for a key that cannot be read. The password is the
    key's own where it opens it. Else it is the server's; beside a key it is kept until the server has taken the key, or
    asks for the password first.
    """

    def __init__(self, password: str, private_key: str) -> None:
        self._key: asyncssh.SSHKey | None = None
        self._password = password or None
        if private_key:
            _require_cheap(private_key)
            try:
                self._key = asyncssh.import_private_key(f"{private_key}\n")
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                self._key = asyncssh.import_private_key(f"{private_key}\n", self._password)
                self._password = None

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return self._key is not None or self._password is not None

    def answers(self) -> SecretAnswers:
        """For one connection."""
        return SecretAnswers(self._key, self._password)


class SecretAnswers:
    """What one connection has been asked for. `expired` once the server wants another password instead, `more` once it
    asks for something that is no password, `shown` once it was shown a secret."""

    def __init__(self, key: asyncssh.SSHKey | None, password: str | None) -> None:
        self._keys = [] if key is None else [_WatchedKey(key)]
        self._shown: _WatchedKey | None = None
        self._password = password
        self._given = False
        self._answered: str | None = None
        self.expired = self.more = False

    @property
    def shown(self) -> bool:
        """Whether the server has been shown a secret."""
        return self._given or self._shown is not None

    def key(self) -> asyncssh.SSHKeyPair | None:
        """The key, when it is asked for first."""
        if not self._keys:
            return None
        self._shown = self._keys.pop()
        return self._shown

    def has_password(self) -> bool:
        """Whether there is a password to show now: not beside a key that the server does not know.

        A key is asked for first, so that one which was not asked for is wanted after the password, or not at all.
        """
        return self._password is not None and (self._shown is None or self._shown.taken)

    def password(self) -> str | None:
        """The password, when it is asked for first."""
        if not self.has_password():
            return None
        given, self._password, self._given = self._password, None, True
        return given

    def to(self, instruction: str, prompts: Prompts) -> list[str] | None:
        """Answers to a challenge; None where there is none. One hidden question is for the password, however worded."""
        if not prompts:
            return []
        asked = " ".join(prompt for prompt, _ in prompts)
        if self._answered is not None:
            # Not the same question again, which says that the answer was wrong: a new password is wanted.
            of_passwords = bool(_OF_PASSWORDS.search(f"{instruction} {asked}"))
            self.expired = asked != self._answered and of_passwords
            self.more = asked != self._answered and not of_passwords
            return None
        if len(prompts) != 1 or prompts[0][1]:
            self.more = True
            return None
        given = self.password()
        if given is None:
            return None
        self._answered = asked
        return [given]


class _WatchedKey(asyncssh.SSHKeyPair):
    """A key that knows whether the server has taken it: it is asked to sign only then (RFC 4252, section 7)."""

    def __init__(self, key: asyncssh.SSHKey) -> None:
        (pair,) = asyncssh.load_keypairs([key])
        super().__init__(
            pair.algorithm,
            pair.sig_algorithm,
            pair.sig_algorithms,
            pair.host_key_algorithms,
            pair.public_data,
            None,
        )
        self._pair = pair
        self.taken = False

    def set_sig_algorithm(self, sig_algorithm: bytes) -> None:
        """Chosen by what the server says that it takes."""
        super().set_sig_algorithm(sig_algorithm)
        self._pair.set_sig_algorithm(sig_algorithm)

    def sign(self, data: bytes) -> bytes:
        """Called once the server has said that the key is good."""
        self.taken = True
        return self._pair.sign(data)
