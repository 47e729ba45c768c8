"""E-mail addresses as payroll systems take them."""

from __future__ import annotations

import re

_MAILBOX = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)


def read_mailbox(value: str) -> str | None:
    """The one address in a text (RFC 5321 mailbox, ASCII, with a domain), else None."""
    address = value.strip()
    local, _, _ = address.partition("@")
    return address if _MAILBOX.fullmatch(address) and len(address) <= 254 and len(local) <= 64 else None
