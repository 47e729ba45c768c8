"""The plan of an integration's latest preview, kept for the sync that applies it; and with what plans are made.

A basis numbers what a plan is made with: scope, settings, thresholds, environment and credentials. It grows with every
change of them, and what was planned with an older one says nothing of what a sync would do now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage import choice_seal, plans
from storage.errors import ChoicesAltered
from storage.model_base import EMPLOYEES
from storage.models import IntegrationRow, PlanRow, RunRow, table
from storage.run_states import RunKind, RunState
from storage.session_vault import vault_of

EVERYONE = "everyone"
"""The option of a preview of the whole company, which no sync applies."""

_OVER = (RunState.REPORTING, RunState.DONE)
_CARRIED_OUT = (RunState.APPLYING, RunState.REPORTING, RunState.DONE, RunState.FAILED)


def _in(state: sa.ColumnElement[str], states: Iterable[RunState]) -> sa.ColumnElement[bool]:
    return state.in_([one.value for one in states])


def _kept(integration_id: str, states: Iterable[RunState], resource: str | None = None) -> sa.Select[Any]:
    columns = table(RunRow).c
    about = columns.resource == resource if resource is not None else sa.true()
    return (
        sa.select(columns.id)
        .join(table(PlanRow), table(PlanRow).c.run_id == columns.id)
        .where(
            columns.integration_id == integration_id,
            about,
            columns.kind == RunKind.PREVIEW.value,
            _in(columns.state, states),
        )
        .order_by(columns.created_at.desc(), columns.id.desc())
    )


async def latest(session: AsyncSession, integration_id: str, *, resource: str = EMPLOYEES) -> str | None:
    """The id of the integration's latest preview whose plan is kept; None when none is."""
    kept = _kept(integration_id, _OVER, resource).add_columns(table(RunRow).c.options)
    for run_id, options in await session.execute(kept):
        if not options.get(EVERYONE):
            return str(run_id)
    return None


async def erase(
    session: AsyncSession, integration_id: str, *, but: str | None = None, resource: str | None = None
) -> None:
    """Erase the plans of the integration's previews that have ended, but for one; of one resource if it is given.

    One that is still being told of needs its own until then (`follow`).
    """
    for (run_id,) in (await session.execute(_kept(integration_id, (RunState.DONE,), resource))).all():
        if run_id != but:
            await plans.erase(session, run_id)


async def follow(session: AsyncSession, run: sa.Row[Any], state: RunState) -> None:
    """Erase the plans that a run's move to a state leaves without use: its own, or those of previews.

    `run` is its row as it was before.
    """
    if state is RunState.APPLYING and run.kind == RunKind.SYNC:
        await erase(session, run.integration_id, resource=run.resource)
    if not state.ended:
        return
    shown = run.kind == RunKind.PREVIEW and state is RunState.DONE
    if not (shown and (run.state == RunState.DONE or await _keep(session, run))):
        await plans.erase(session, run.id)


async def _keep(session: AsyncSession, run: sa.Row[Any]) -> bool:
    """Whether the plan of a preview that has just ended well (its row) is kept: it takes the place of earlier ones.

    It is not where it looked beyond the scope, where that or the like has changed since, or where something newer has
    been shown or carried out.
    """
    rows = table(IntegrationRow).c
    basis = await session.scalar(sa.select(sa.func.coalesce(rows.basis, 0)).where(rows.id == run.integration_id))
    if run.options.get(EVERYONE) or run.basis not in (None, basis):
        return False
    columns = table(RunRow).c
    newer = await session.execute(
        sa.select(columns.options).where(
            columns.integration_id == run.integration_id,
            columns.resource == run.resource,
            columns.created_at > run.created_at,
            sa.or_(
                sa.and_(columns.kind == RunKind.PREVIEW.value, _in(columns.state, _OVER)),
                sa.and_(columns.kind == RunKind.SYNC.value, _in(columns.state, _CARRIED_OUT)),
            ),
        )
    )
    if any(not options.get(EVERYONE) for (options,) in newer):
        return False
    await erase(session, run.integration_id, but=run.id, resource=run.resource)
    return True


async def erase_older(session: AsyncSession, before: datetime, limit: int = 100) -> int:
    """Erase the plans of previews that were over before a time; says how many. Not more than `limit` at once."""
    columns = table(RunRow).c
    old = (
        sa.select(columns.id)
        .join(table(PlanRow), table(PlanRow).c.run_id == columns.id)
        .where(
            columns.kind == RunKind.PREVIEW.value, columns.state == RunState.DONE.value, columns.finished_at < before
        )
        .limit(limit)
    )
    found = list(await session.scalars(old))
    for run_id in found:
        await plans.erase(session, run_id)
    return len(found)


async def next_basis(session: AsyncSession, row: sa.Row[Any]) -> None:
    """Note of an integration, whose row the session holds, that its basis has changed."""
    await _number(session, row, {"basis": (row.basis or 0) + 1})


async def lock_basis(session: AsyncSession, integration_id: str) -> int | None:
    """An integration's basis, which nobody changes until the session ends; None where it was removed."""
    rows = table(IntegrationRow).c
    living = sa.and_(rows.id == integration_id, rows.removed_at.is_(None))
    wanted = sa.select(sa.func.coalesce(rows.basis, 0)).where(living)
    basis: int | None = await session.scalar(wanted.with_for_update())
    return basis


async def change_basis(session: AsyncSession, team_id: str) -> None:
    """Note that all of a workspace's integrations work with something else than before."""
    rows = table(IntegrationRow)
    living = sa.and_(rows.c.team_id == team_id, rows.c.removed_at.is_(None))
    held = sa.select(rows).where(living).order_by(rows.c.id).with_for_update()
    for row in (await session.execute(held)).all():
        await next_basis(session, row)
        await erase(session, row.id)


async def record_synced(session: AsyncSession, integration_id: str, basis: int) -> None:
    """Note that a plan of this basis was shown, agreed to and carried out."""
    rows = table(IntegrationRow)
    living = sa.and_(rows.c.id == integration_id, rows.c.removed_at.is_(None))
    row = (await session.execute(sa.select(rows).where(living).with_for_update())).one_or_none()
    if row is not None:
        await _number(session, row, {"synced_basis": basis})


async def _number(session: AsyncSession, row: sa.Row[Any], numbers: Mapping[str, int]) -> None:
    """Change numbers of a basis. Of an integration that is not as it was chosen the seal is left as it is: it still
    tells what was."""
    vault = vault_of(session)
    values: dict[str, Any] = dict(numbers)
    with suppress(ChoicesAltered):
        chosen = {**choice_seal.require(vault, row), **numbers}
        values["choices"] = choice_seal.sealed(vault, row.team_id, row.id, chosen)
    rows = table(IntegrationRow)
    await session.execute(sa.update(rows).where(rows.c.id == row.id).values(**values))
