"""Which workspace an account of a payroll system belongs to.

An account is named by a key. `assigned_key` names what the operator assigns (a tenant, a folder); `account_key` names
an account that a workspace has proven and connected. A key belongs to one workspace at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit
from storage.clock import utc_now
from storage.errors import AccountTaken
from storage.models import AccountAssignmentRow, table
from storage.upsert import insert

ASSIGNED, REVOKED = "account.assigned", "account.revoked"
"""What the audit calls the operator's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAssignment:
    """One key and whose it is. `assigned_by` is a Slack user id, or says which of the operator's ways it came by."""

    provider: str
    account_key: str
    team_id: str
    assigned_by: str
    assigned_at: datetime


def assigned_key(credential: str, value: str) -> str:
    """The key of what an operator assigns: the credential that names it, and its value."""
    return f"{credential}:{value}"


def account_key(environment: str, account_id: str) -> str:
    """The key of an account that was connected."""
    return f"account:{environment}:{account_id}"


async def holder(session: AsyncSession, provider: str, key: str) -> str | None:
    """The workspace that the key belongs to."""
    rows = table(AccountAssignmentRow)
    held = sa.select(rows.c.team_id).where(rows.c.provider == provider, rows.c.account_key == key)
    return (await session.execute(held)).scalar_one_or_none()


async def claim(session: AsyncSession, provider: str, key: str, team_id: str, assigned_by: str) -> bool:
    """Let the key belong to the workspace; False where it did already. Raises `AccountTaken` where another has it."""
    rows = table(AccountAssignmentRow)
    made = await session.scalar(
        insert(session, rows)
        .values(provider=provider, account_key=key, team_id=team_id, assigned_by=assigned_by, assigned_at=utc_now())
        .on_conflict_do_nothing()
        .returning(rows.c.team_id)
    )
    if made is not None:
        return True
    if await holder(session, provider, key) != team_id:
        raise AccountTaken(provider)
    return False


async def release(session: AsyncSession, provider: str, key: str, team_id: str) -> None:
    """Let the key belong to nobody, if it is the workspace's."""
    rows = table(AccountAssignmentRow)
    mine = (rows.c.provider == provider, rows.c.account_key == key, rows.c.team_id == team_id)
    await session.execute(sa.delete(rows).where(*mine))


async def assign(session: AsyncSession, provider: str, key: str, team_id: str, assigned_by: str, origin: str) -> bool:
    """`claim` by the operator, with an entry in the workspace's audit. Raises `AccountTaken`."""
    if not await claim(session, provider, key, team_id, assigned_by):
        return False
    new: dict[str, Any] = {"provider": provider, "key": key}
    await audit.write(session, team_id, assigned_by, ASSIGNED, new=new, origin=origin)
    return True


async def revoke(session: AsyncSession, provider: str, key: str, revoked_by: str, origin: str) -> str | None:
    """Take the key from the workspace that has it, and give that workspace; None where nobody has it."""
    team_id = await holder(session, provider, key)
    if team_id is None:
        return None
    await release(session, provider, key, team_id)
    old: dict[str, Any] = {"provider": provider, "key": key}
    await audit.write(session, team_id, revoked_by, REVOKED, old=old, origin=origin)
    return team_id


async def list_all(session: AsyncSession, team_id: str | None = None) -> Sequence[AccountAssignment]:
    """Everything that is assigned or connected, of one workspace if given."""
    rows = table(AccountAssignmentRow)
    wanted = sa.select(rows).order_by(rows.c.provider, rows.c.account_key)
    if team_id is not None:
        wanted = wanted.where(rows.c.team_id == team_id)
    return [AccountAssignment(**row._mapping) for row in await session.execute(wanted)]
