"""Whether a request comes from Slack: its signature over the bytes as they came, before anything in them is read.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

VERSION = "v0"
TIMESTAMP_HEADER = "X-Slack-Request-Timestamp"
SIGNATURE_HEADER = "X-Slack-Signature"
LIFETIME = 5 * 60
"""Seconds that a signature may be old, or ahead."""
_LONGEST_TIMESTAMP = 12


class NotFromSlack(Exception):
    """The request is not signed, or not by Slack, or not now; `reason` is a word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RequestSignature:
    """Checks signatures with the app's signing secret. `clock` gives seconds since 1970."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret, self._clock = secret.encode(), clock

    def verify(self, headers: Mapping[str, str], raw: bytes) -> str:
        """The signature of a request from Slack. Raises `NotFromSlack` for any other."""
        stamp, given = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
        if not stamp or not given:
            raise NotFromSlack("unsigned")
        if not (stamp.isascii() and stamp.isdecimal()) or len(stamp) > _LONGEST_TIMESTAMP:
            raise NotFromSlack("timestamp_unreadable")
        if abs(self._clock() - int(stamp)) > LIFETIME:
            raise NotFromSlack("timestamp_old")
        signed = hmac.new(self._secret, f"{VERSION}:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        wanted = f"{VERSION}={signed}"
        # What a header holds may be no ASCII, which the comparison of two strings refuses.
        if not hmac.compare_digest(wanted.encode(), given.encode(errors="surrogateescape")):
            raise NotFromSlack("signature_wrong")
        return wanted
