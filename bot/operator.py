"""Who gives a command at the machine."""

from __future__ import annotations

import getpass

COMMAND = "command"
"""The origin, in the audit, of what the operator did by a command."""


def operator_name() -> str:
    """The operator, as the machine calls them, for the audit."""
    try:
        return f"operator:{getpass.getuser()}"[:255]
    except (KeyError, OSError):
        return "operator"
