"""Files of payroll periods: which were made, and what a person has said of them.

What a file held of whom, and the file itself where no server took it, is sealed until it is imported or replaced, and
erased then: only an import moves the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.json_codec import Json
from storage.leave_ledger import team_of
from storage.models import LeaveFileRow, table
from storage.seals import LEAVE_FILE
from storage.upsert import touched
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeaveFile:
    """A file of a period. `held` is what it holds by key, as its maker writes it; None where that is erased."""

    integration_id: str
    period: str
    sequence: int
    state: str
    mode: str
    content_digest: str
    run_id: str
    held: Json = field(default=None, repr=False)
    changed_by: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


async def add(session: AsyncSession, vault: Vault, file: StoredLeaveFile) -> None:
    """Keep a file. Raises `sqlalchemy.exc.IntegrityError` for a number that the period has already."""
    now, team_id = utc_now(), await team_of(session, file.integration_id)
    await session.execute(
        sa.insert(table(LeaveFileRow)).values(
            integration_id=file.integration_id,
            period=file.period,
            sequence=file.sequence,
            team_id=team_id,
            state=file.state,
            mode=file.mode,
            content_digest=file.content_digest,
            run_id=file.run_id,
            sealed=LEAVE_FILE.seal(vault, team_id, LEAVE_FILE.row(file), file.held) if file.held is not None else None,
            changed_by=file.changed_by,
            created_at=now,
            updated_at=now,
        )
    )


async def latest(session: AsyncSession, vault: Vault, integration_id: str, period: str) -> StoredLeaveFile | None:
    """The file of a period that was made last, with what it holds; None where none was."""
    columns = table(LeaveFileRow).c
    rows = await session.execute(
        sa.select(*columns)
        .where(columns.integration_id == integration_id, columns.period == period)
        .order_by(columns.sequence.desc())
        .limit(1)
    )
    row = rows.one_or_none()
    return _read(vault, row) if row is not None else None


async def in_states(
    session: AsyncSession, vault: Vault, integration_id: str, states: Collection[str]
) -> Sequence[StoredLeaveFile]:
    """Files of all periods that are in one of the states, with what they hold, oldest period first."""
    columns = table(LeaveFileRow).c
    rows = await session.execute(
        sa.select(*columns)
        .where(columns.integration_id == integration_id, columns.state.in_(states))
        .order_by(columns.period, columns.sequence)
    )
    return [_read(vault, row) for row in rows]


async def in_state(session: AsyncSession, integration_id: str, period: str, state: str) -> bool:
    """Whether any file of a period is in a state."""
    columns = table(LeaveFileRow).c
    wanted = sa.select(columns.sequence).where(
        columns.integration_id == integration_id, columns.period == period, columns.state == state
    )
    return await session.scalar(wanted.limit(1)) is not None


async def set_state(
    session: AsyncSession,
    file: StoredLeaveFile,
    state: str,
    *,
    expected: str,
    user_id: str | None = None,
    forget: bool = False,
) -> bool:
    """Move a file from a state to another; False where somebody was first. `forget` erases what it held."""
    columns = table(LeaveFileRow).c
    values: dict[str, Any] = {"state": state, "changed_by": user_id, "updated_at": utc_now()}
    if forget:
        values["sealed"] = None
    moved = (
        sa.update(table(LeaveFileRow))
        .where(
            columns.integration_id == file.integration_id,
            columns.period == file.period,
            columns.sequence == file.sequence,
            columns.state == expected,
        )
        .values(**values)
    )
    return touched(await session.execute(moved)) > 0


async def erase_older(session: AsyncSession, before: datetime) -> int:
    """Erase files of which nobody has said anything since a time, with what they held; says how many."""
    columns = table(LeaveFileRow).c
    return touched(await session.execute(sa.delete(table(LeaveFileRow)).where(columns.updated_at < before)))


def _read(vault: Vault, row: sa.Row[Any]) -> StoredLeaveFile:
    file = StoredLeaveFile(
        integration_id=row.integration_id,
        period=row.period,
        sequence=row.sequence,
        state=row.state,
        mode=row.mode,
        content_digest=row.content_digest,
        run_id=row.run_id,
        changed_by=row.changed_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    if row.sealed is None:
        return file
    return replace(file, held=LEAVE_FILE.open(vault, row.team_id, LEAVE_FILE.row(file), row.sealed))
