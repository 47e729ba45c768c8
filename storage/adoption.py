"""What a version takes over from the one before that needs the keys and cannot wait, as part of the migration."""

from __future__ import annotations

from sqlalchemy import Connection

from storage import approval_seal, choice_seal, leave_settings, resolutions, seal_state
from storage.vault import Vault

_SEALS, _DECISIONS, _CHOICES = "0015_seals", "0028_decision_seals", "0034_choice_seals"


def adopt(vault: Vault, connection: Connection, before: str | None) -> None:
    """Called in the transaction that has brought the tables up to date; `before` is the version that they had."""
    if before is None:
        seal_state.note_new(connection, vault)
        return
    if before < _SEALS:
        approval_seal.adopt(connection, vault)
    if before < _DECISIONS:
        resolutions.adopt(connection, vault)
    if before < _CHOICES:
        choice_seal.adopt(connection, vault)
        leave_settings.adopt(connection, vault)
