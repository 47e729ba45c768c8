"""The operator's part in whose an account is: assigns what no secret proves to a workspace, shows it, takes it back."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.operator import COMMAND, operator_name
from bot.providers import registry
from storage import account_assignments
from storage.database import Database
from storage.errors import AccountTaken

log = structlog.get_logger(__name__)

SETTINGS = "settings"


class NotAssigned(Exception):
    """Nothing was changed; the message says why and what to do."""


async def assign(database: Database, provider: str, account: str, team_id: str) -> list[str]:
    """By command. Gives lines to print. Raises `NotAssigned`."""
    key, team_id = _key(provider, account), team_id.strip()
    if not team_id.startswith("T"):
        raise NotAssigned(f"{team_id!r} is no Slack workspace: its id begins with T.")
    try:
        async with database.session() as session:
            new = await account_assignments.assign(session, provider, key, team_id, operator_name(), COMMAND)
    except AccountTaken:
        raise NotAssigned(
            f"{provider} {account} belongs to another workspace (accounts list); accounts revoke takes it back first."
        ) from None
    return [f"{provider} {account} {'is assigned' if new else 'was assigned already'} to {team_id}."]


async def revoke(database: Database, provider: str, account: str) -> list[str]:
    """By command. `account` may be a key as `listed` shows it. Raises `NotAssigned`."""
    keys = [account.strip()]
    if (field := _assigned_field(provider)) is not None:
        keys.append(account_assignments.assigned_key(field, _plain(provider, account)))
    async with database.session() as session:
        for key in keys:
            team_id = await account_assignments.revoke(session, provider, key, operator_name(), COMMAND)
            if team_id is not None:
                return [f"{provider} {account} no longer belongs to {team_id}."]
    raise NotAssigned(f"{provider} {account} belongs to no workspace (accounts list).")


async def listed(database: Database, team_id: str | None) -> list[str]:
    """One line per account."""
    async with database.reading() as session:
        rows = await account_assignments.list_all(session, team_id)
    return [
        f"{row.team_id}  {row.provider}  {row.account_key}  {row.assigned_by}  {row.assigned_at:%Y-%m-%d %H:%M}"
        for row in rows
    ] or ["No account belongs to a workspace."]


async def assign_from_settings(database: Database, accounts: Sequence[tuple[str, str, str]]) -> None:
    """As the settings say, at the start. What another workspace has stays with it, and the log says so."""
    for provider, account, team_id in accounts:
        key = _key(provider, account)
        try:
            async with database.session() as session:
                await account_assignments.assign(session, provider, key, team_id, SETTINGS, SETTINGS)
        except AccountTaken:
            log.error("account_not_assigned", provider=provider, key=key, team=team_id, why="another workspace has it")


def _key(provider: str, account: str) -> str:
    field = _assigned_field(provider)
    if field is None:
        takers = ", ".join(key for key in registry.targets() if _assigned_field(key) is not None)
        raise NotAssigned(f"Accounts of {provider!r} are not assigned. These are: {takers}.")
    if not account.strip():
        raise NotAssigned("The account has no name.")
    return account_assignments.assigned_key(field, _plain(provider, account))


def _assigned_field(provider: str) -> str | None:
    """The credential that names what is assigned, if the provider has one."""
    known = registry.targets().get(provider)
    return next((field.key for field in known.info.credentials if field.assigned), None) if known else None


def _plain(provider: str, account: str) -> str:
    field = next(field for field in registry.target(provider).info.credentials if field.assigned)
    return account.strip().lower() if field.any_case else account.strip()
