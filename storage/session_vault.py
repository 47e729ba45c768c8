"""The vault that goes with an open session, for what is sealed as it is written."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.vault import Vault

_VAULT = "vault"


def give(session: AsyncSession, vault: Vault) -> None:
    """Have the session carry the vault."""
    session.info[_VAULT] = vault


def vault_of(session: AsyncSession) -> Vault:
    """The vault of a session that `Database.session` gave out. Raises `RuntimeError` for another one."""
    vault = session.info.get(_VAULT)
    if not isinstance(vault, Vault):
        raise RuntimeError("Only a session that Database.session gave out can seal.")
    return vault
