"""Sealing: what is secret or personal is encrypted before it reaches a column.

Fernet (AES-128-CBC with HMAC-SHA256) of the cryptography package; several keys at once through MultiFernet, the
first of which encrypts. A sealed value names inside, under the same HMAC, the place that it belongs to
(`storage.seals`: table, column, workspace and key), so that one that was copied to any other place is refused there.

Versions before named less: a run, an integration. What they sealed opens until it has been sealed anew
(`storage.rotation.renew_former`), and never again afterwards.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import json_codec
from storage.errors import BadKey, Unreadable, WrongOwner
from storage.json_codec import Json

_KEY_BYTES = 32
UNTOLD = "whoever it says"
"""In place of an owner, where a value itself tells whose it is."""

_DISTINCT_BYTES = 8
"""A random key has some thirty different bytes; one of zeros, or of one letter, has been typed."""


# The owners of versions before, which their seals name; see `storage.seals` for the places of today.


def workspace_owner(team_id: str) -> str:
    """The owner of what belongs to a Slack team: the source's credentials."""
    return f"workspace:{team_id}"


def integration_owner(integration_id: str) -> str:
    """The owner of an integration's credentials."""
    return f"integration:{integration_id}"


def draft_owner(draft_id: str) -> str:
    """The owner of what an administrator has entered so far."""
    return f"draft:{draft_id}"


def run_owner(run_id: str) -> str:
    """The owner of a run's plan and of the names in its outcomes."""
    return f"run:{run_id}"


def installation_owner(team_id: str) -> str:
    """The owner of the tokens that a Slack team or enterprise gave at installation."""
    return f"installation:{team_id}"


class Vault:
    """Seals and opens values, and makes keyed fingerprints.

    `keys` are urlsafe base64 of 32 bytes each, as `generate_key` makes them. To change the key, put a new one
    first, run `storage.rotation.rotate`, then drop the old one. Raises `BadKey`, which says which key is wrong
    but not its value.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise BadKey("The vault needs at least one key.")
        decoded = [_decode(key, place, len(keys)) for place, key in enumerate(keys, start=1)]
        if len(set(decoded)) != len(decoded):
            raise BadKey("The same key is listed twice.")
        self._takes_former = True
        self._fernets = [Fernet(base64.urlsafe_b64encode(key)) for key in decoded]
        self._multi = MultiFernet(self._fernets)
        # Of the last key: putting a new one first leaves every fingerprint as it is until the old one is dropped.
        derivation = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"integration-bot fingerprints")
        self._fingerprint_key = derivation.derive(decoded[-1])

    def __repr__(self) -> str:
        return f"<Vault with {len(self._fernets)} key{'s' if len(self._fernets) > 1 else ''}>"

    @staticmethod
    def generate_key() -> str:
        """A new random key."""
        return Fernet.generate_key().decode()

    def seal(self, owner: str, value: Json) -> bytes:
        """Encrypt a value for its owner, with the first key."""
        # Half characters too: what one person's data holds must not stop a page of a hundred.
        return self._fernets[0].encrypt(json_codec.dumps([owner, value]).encode("utf-8", "surrogatepass"))

    def open(self, owner: str, token: bytes, former: str | None = None) -> Any:
        """Decrypt what was sealed for this owner, or by a version before for `former`, while that is taken at all.

        Raises `WrongOwner` when it was sealed for another, `Unreadable` when no key fits or the bytes were changed.
        Neither tells anything of what is inside.
        """
        sealed_for, value = self._read(token, owner)
        if sealed_for != owner and not (self._takes_former and former is not None and sealed_for == former):
            raise WrongOwner(f"What is stored for {shown(owner)} was sealed for {shown(sealed_for)}.")
        return value

    def read(self, token: bytes) -> tuple[str, Any]:
        """What was sealed, and whom it was sealed for: for one who finds out by the value whether that is right.

        Raises `Unreadable`.
        """
        return self._read(token, UNTOLD)

    @property
    def takes_former(self) -> bool:
        """Whether what versions before sealed still opens, and what they approved still counts."""
        return self._takes_former

    def refuse_former(self) -> None:
        """From now on only what names its whole place opens: everything has been sealed anew."""
        self._takes_former = False

    def rotate(self, token: bytes) -> bytes:
        """The same value under the first key; a value that is under it already comes back untouched.

        Raises `Unreadable` when no key fits.
        """
        if self._is_under_first(token):
            return token
        try:
            return self._multi.rotate(token)
        except InvalidToken:
            raise Unreadable("A sealed value fits none of the keys.") from None

    def renew(self, owner: str, former: str, token: bytes, *, rotate: bool) -> bytes:
        """The same value for its owner of today; with `rotate` under the first key. Untouched where it is so already.

        Raises `WrongOwner` for what was sealed for neither, `Unreadable`.
        """
        sealed_for, value = self._read(token, owner)
        if sealed_for not in (owner, former):
            raise WrongOwner(f"What is stored for {shown(owner)} was sealed for {shown(sealed_for)}.")
        if sealed_for == owner:
            return self.rotate(token) if rotate else token
        return self.seal(owner, value)

    def _read(self, token: bytes, owner: str) -> tuple[str, Any]:
        try:
            sealed_for, value = json_codec.loads(self._multi.decrypt(token))
        except InvalidToken:
            raise Unreadable(f"What is stored for {shown(owner)} fits none of the keys.") from None
        return str(sealed_for), value

    def _is_under_first(self, token: bytes) -> bool:
        try:
            self._fernets[0].decrypt(token)
        except InvalidToken:
            return False
        return True

    def fingerprint(self, purpose: str, data: bytes | str) -> str:
        """HMAC-SHA256 as 64 hexadecimal digits: tells whether data changed, and gives nothing of it away.

        Stable while the last key stays the last. When that key is dropped after a rotation every fingerprint
        changes once, which costs a full comparison and never a wrong write.
        """
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        label = purpose.encode()
        # The purpose's length goes first: no purpose and data can be shifted into those of another fingerprint.
        message = len(label).to_bytes(4, "big") + label + raw
        return hmac.digest(self._fingerprint_key, message, "sha256").hex()


def shown(owner: str) -> str:
    """An owner for a message: a place without what its row says of a person."""
    if not owner.startswith("["):
        return owner
    table, column, team_id, key, _ = json.loads(owner)
    return f"{table}.{column} ({', '.join(str(part) for part in key)}) of {team_id or 'the installation'}"


def _decode(key: str, place: int, of: int) -> bytes:
    try:
        decoded = base64.b64decode(key.strip().encode(), altchars=b"-_", validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) == _KEY_BYTES and len(set(decoded)) < _DISTINCT_BYTES:
        raise BadKey(f"Key {place} of {of} is a placeholder and no key; make one with `integration-bot keys new`.")
    if len(decoded) != _KEY_BYTES:
        raise BadKey(f"Key {place} of {of} is not 32 bytes in urlsafe base64; make one with `integration-bot keys`.")
    return decoded
