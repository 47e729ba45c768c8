"""Integrations: one connection from a workspace's source to one account of a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage import account_assignments, audit, choice_seal, kept_plans, leave_settings, runs, seals
from storage.clock import new_id, utc_now
from storage.errors import AlreadyConnected, NotFound, StaleVersion
from storage.integration_rows import Integration as Integration
from storage.integration_rows import IntegrationState as IntegrationState
from storage.integration_rows import IntegrationUpdate as IntegrationUpdate
from storage.integration_rows import NewIntegration as NewIntegration
from storage.integration_rows import of_row
from storage.models import (
    DigestRow,
    DraftRow,
    ExpiryRow,
    IntegrationRow,
    LeaveEntryRow,
    LeaveFileRow,
    LeaveSettingsRow,
    OutcomeRow,
    PersonRow,
    ProblemRow,
    ResolutionRow,
    RunRow,
    ScheduleRow,
    VerdictRow,
    table,
)
from storage.session_vault import vault_of
from storage.upsert import insert, touched
from storage.vault import Vault

_ONE = sa.select(table(IntegrationRow)).where(table(IntegrationRow).c.id == sa.bindparam("integration_id"))
"""Made once: each run reads its integration many times."""

_ONE_HELD = _ONE.with_for_update()

ALTERED = "integration.altered"
"""In the audit: what was chosen had been changed from outside, and was put back."""

log = structlog.get_logger(__name__)

BASIS = ("scope", "settings", "thresholds", "environment")
"""What plans are made with, as far as `update` changes it."""

ASIDE = frozenset({IntegrationState.PAUSED, IntegrationState.NEEDS_RECONNECT})
"""States in which nothing runs, and from which `resume` leads back."""


async def create(session: AsyncSession, vault: Vault, new: NewIntegration) -> Integration:
    """Connect an account. Raises `AlreadyConnected` when the workspace has an integration to it."""
    integration_id, now = new_id(), utc_now()
    chosen = {part: getattr(new, part, None) for part in choice_seal.PARTS}
    created = await session.scalar(
        insert(session, table(IntegrationRow))
        .values(
            id=integration_id,
            team_id=new.team_id,
            provider=new.provider,
            target_account_id=new.target_account_id,
            target_account_name=new.target_account_name,
            environment=new.environment,
            name=new.name,
            state=new.state.value,
            owner_user_id=new.owner_user_id,
            channel_id=new.channel_id,
            language=new.language,
            scope=dict(new.scope),
            settings=dict(new.settings),
            thresholds=dict(new.thresholds),
            attention=dict(new.attention) or None,
            credentials=seals.CREDENTIALS.seal(vault, new.team_id, {"id": integration_id}, new.credentials),
            choices=choice_seal.sealed(vault, new.team_id, integration_id, chosen),
            created_at=now,
            updated_at=now,
            version=1,
        )
        .on_conflict_do_nothing()
        .returning(table(IntegrationRow).c.id)
    )
    if created is None:
        existing = await find_account(session, new.team_id, new.provider, new.target_account_id)
        if existing is None:
            # Removed by another session between the two statements; the caller's retry will pass.
            raise StaleVersion("integration", new.target_account_id)
        raise AlreadyConnected(existing.id)
    return await _read_one(session, integration_id)


async def get(
    session: AsyncSession, integration_id: str, *, team_id: str | None = None, removed: bool = False
) -> Integration | None:
    """One integration; None if unknown, of another team than `team_id`, or removed (unless `removed`)."""
    row = (await session.execute(_ONE, {"integration_id": integration_id})).one_or_none()
    if row is None or (row.removed_at is not None and not removed):
        return None
    return of_row(row) if team_id in (None, row.team_id) else None


async def lock_for_update(session: AsyncSession, integration_ids: Collection[str]) -> dict[str, Integration]:
    """Integrations that can be given runs until the session ends, by id; those that were removed too.

    Needs a session that may write. One that another session is about to change is passed over, as in
    `storage.schedules.lock_for_update`.
    """
    wanted = sa.select(table(IntegrationRow)).where(table(IntegrationRow).c.id.in_(integration_ids))
    rows = await session.execute(wanted.with_for_update(read=True, key_share=True, skip_locked=True))
    return {row.id: of_row(row) for row in rows}


async def list_for(session: AsyncSession, team_id: str) -> Sequence[Integration]:
    """The workspace's integrations, oldest first."""
    rows = await session.scalars(
        sa.select(IntegrationRow)
        .where(IntegrationRow.team_id == team_id, IntegrationRow.removed_at.is_(None))
        .order_by(IntegrationRow.created_at, IntegrationRow.id)
    )
    return [of_row(row) for row in rows]


async def ever(session: AsyncSession, team_id: str) -> dict[str, Integration]:
    """The workspace's integrations by id, those that were removed too."""
    wanted = sa.select(table(IntegrationRow)).where(table(IntegrationRow).c.team_id == team_id)
    return {row.id: of_row(row) for row in await session.execute(wanted)}


async def count_for(session: AsyncSession, team_id: str) -> int:
    """How many integrations the workspace has."""
    wanted = sa.select(sa.func.count()).where(IntegrationRow.team_id == team_id, IntegrationRow.removed_at.is_(None))
    return int(await session.scalar(wanted) or 0)


async def find_account(session: AsyncSession, team_id: str, provider: str, account_id: str) -> Integration | None:
    """The workspace's integration to an account of a target, if there is one."""
    row = await session.scalar(
        sa.select(IntegrationRow).where(
            IntegrationRow.team_id == team_id,
            IntegrationRow.provider == provider,
            IntegrationRow.target_account_id == account_id,
            IntegrationRow.removed_at.is_(None),
        )
    )
    return of_row(row) if row else None


async def credentials(session: AsyncSession, vault: Vault, integration_id: str) -> dict[str, str]:
    """The target's credentials. Raises `NotFound` when there are none, `WrongOwner`, `Unreadable`."""
    rows = table(IntegrationRow).c
    wanted = sa.select(rows.id, rows.team_id, rows.credentials).where(rows.id == integration_id)
    found = (await session.execute(wanted)).one_or_none()
    if found is None or found.credentials is None:
        raise NotFound("integration with credentials", integration_id)
    return dict(seals.CREDENTIALS.open(vault, found.team_id, found._mapping, found.credentials))


async def replace_credentials(
    session: AsyncSession, vault: Vault, integration_id: str, new: Mapping[str, str]
) -> Integration:
    """Keep other, proven credentials for the same account. Raises `NotFound`."""
    row = await _locked(session, integration_id)
    sealed = seals.CREDENTIALS.seal(vault, row.team_id, {"id": integration_id}, new)
    await kept_plans.next_basis(session, row)
    changed = await _change(session, integration_id, {"credentials": sealed})
    await kept_plans.erase(session, integration_id)
    return changed


async def update(
    session: AsyncSession, integration_id: str, expected_version: int, **changes: Unpack[IntegrationUpdate]
) -> Integration:
    """Change what a person may change, if nobody else has since `expected_version`.

    Raises `StaleVersion`, and `ChoicesAltered` where something of `choice_seal.PARTS` is changed of an integration that
    is not as it was chosen.
    """
    values = {key: dict(value) if isinstance(value, Mapping) else value for key, value in changes.items()}
    # Held: its numbers change without its version, and the seal must say what the row will.
    before = (await session.execute(_ONE_HELD, {"integration_id": integration_id})).one_or_none()
    replanned = before is not None and any(key in values and values[key] != getattr(before, key) for key in BASIS)
    if before is not None and before.removed_at is None and values.keys() & set(choice_seal.PARTS):
        vault = vault_of(session)
        chosen = choice_seal.require(vault, before) | {key: values[key] for key in choice_seal.PARTS if key in values}
        if replanned:
            values["basis"] = chosen["basis"] = (chosen["basis"] or 0) + 1
        values["choices"] = choice_seal.sealed(vault, before.team_id, integration_id, chosen)
    result = await session.execute(
        sa.update(table(IntegrationRow))
        .where(_living(integration_id), IntegrationRow.version == expected_version)
        .values(**values, updated_at=utc_now(), version=expected_version + 1)
    )
    if not touched(result):
        raise StaleVersion("integration", integration_id)
    if replanned:
        await kept_plans.erase(session, integration_id)
    return await _read_one(session, integration_id)


async def put_back(session: AsyncSession, integration_id: str) -> Sequence[str]:
    """Have an integration say again what was chosen through the bot (`choice_seal.put_back`), with an entry in the
    audit; gives what had been changed. Raises `NotFound`, and `ChoicesAltered` where nothing tells what it was."""
    row = await _locked(session, integration_id)
    parts = [*await choice_seal.put_back(session, row)]
    parts += [leave_settings.PART] if await leave_settings.put_back(session, integration_id) else []
    if parts:
        log.error(ALTERED.replace(".", "_"), integration=integration_id, team=row.team_id, parts=parts)
        await kept_plans.erase(session, integration_id)
        await audit.write(
            session, row.team_id, audit.SYSTEM, ALTERED, integration_id, new={"parts": parts}, origin=audit.SYSTEM
        )
    return parts


async def record_source(
    session: AsyncSession, integration_id: str, count: int, full_compare_at: datetime | None = None
) -> None:
    """Note how many people the source had, and when everything was compared; not a change that a form would miss."""
    values: dict[str, Any] = {"last_source_count": count}
    if full_compare_at is not None:
        values["full_compare_at"] = full_compare_at
    await session.execute(sa.update(table(IntegrationRow)).where(_living(integration_id)).values(**values))


async def locked(session: AsyncSession, integration_id: str) -> Integration:
    """An integration as it is now, and stays until the session ends. Raises `NotFound`."""
    return of_row(await _locked(session, integration_id))


async def set_state(session: AsyncSession, integration_id: str, state: IntegrationState) -> Integration:
    """Move to a state. What an integration is set aside from is remembered for `resume`. Raises `NotFound`."""
    row = await _locked(session, integration_id)
    return await _change(session, integration_id, _state_values(row, state))


async def resume(session: AsyncSession, integration_id: str) -> Integration:
    """Lead an integration that was set aside back to the state it had; nothing else changes. Raises `NotFound`."""
    row = await _locked(session, integration_id)
    if row.paused_from_state is None:
        return of_row(row)
    return await _change(session, integration_id, {"state": row.paused_from_state, "paused_from_state": None})


async def remove(
    session: AsyncSession,
    integration_id: str,
    *,
    attention: Mapping[str, Any] | None = None,
    thresholds: Mapping[str, Any] | None = None,
) -> None:
    """Remove an integration and erase its credentials, scope, choices, schedules, people, decisions, outcomes and
    what it remembers of leave.

    Its name and account are kept, for those who read the audit, what is given of `attention` and `thresholds`, for who
    connects the account again, and of its runs when they were and how many people came out how; one that is under way
    is cancelled, so that `runs.advance` refuses to go on with it. Raises `NotFound`.
    """
    now = utc_now()
    nothing: dict[str, Any] = {"credentials": None, "choices": None, "scope": {}, "settings": {}}
    nothing["last_source_count"] = None
    left = {"thresholds": dict(thresholds or {}), "attention": dict(attention or {}) or None}
    gone = await _change(session, integration_id, {**nothing, **left, "removed_at": now})
    # What was proven ends with it, so that a workspace that takes its place can prove it; what was assigned stays.
    key = account_assignments.account_key(gone.environment, gone.target_account_id)
    await account_assignments.release(session, gone.provider, key, gone.team_id)
    remembered = (ScheduleRow, DigestRow, ExpiryRow, DraftRow, PersonRow, ProblemRow, ResolutionRow)
    for erased in (*remembered, VerdictRow, LeaveEntryRow, LeaveFileRow, LeaveSettingsRow):
        rows = table(erased)
        await session.execute(sa.delete(rows).where(rows.c.integration_id == integration_id))
    await kept_plans.erase(session, integration_id)
    for run in await runs.active(session, integration_id):
        await runs.advance(session, run.id, runs.RunState.CANCELLED)
    # What was chosen, found and said in a run can name people.
    said: dict[str, Any] = {"options": {}, **dict.fromkeys(("reason", "guard", "remarks", "refusal", "words"))}
    await session.execute(sa.update(table(RunRow)).where(RunRow.integration_id == integration_id).values(**said))
    own_runs = sa.select(RunRow.id).where(RunRow.integration_id == integration_id)
    await session.execute(sa.delete(table(OutcomeRow)).where(OutcomeRow.run_id.in_(own_runs)))


def _state_values(row: sa.Row[Any], state: IntegrationState) -> dict[str, Any]:
    if state not in ASIDE:
        return {"state": state.value, "paused_from_state": None}
    # From one aside state to the other: what it was live as is still what it resumes to.
    before = row.paused_from_state if row.state in ASIDE else row.state
    return {"state": state.value, "paused_from_state": before}


async def _change(session: AsyncSession, integration_id: str, values: Mapping[str, Any]) -> Integration:
    changed = await session.execute(
        sa.update(table(IntegrationRow))
        .where(_living(integration_id))
        .values(**values, updated_at=utc_now(), version=IntegrationRow.version + 1)
        .returning(table(IntegrationRow))
    )
    row = changed.one_or_none()
    if row is None:
        raise NotFound("integration", integration_id)
    return of_row(row)


def _living(integration_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(IntegrationRow.id == integration_id, IntegrationRow.removed_at.is_(None))


async def _locked(session: AsyncSession, integration_id: str) -> sa.Row[Any]:
    rows = await session.execute(sa.select(table(IntegrationRow)).where(_living(integration_id)).with_for_update())
    row = rows.one_or_none()
    if row is None:
        raise NotFound("integration", integration_id)
    return row


async def _read_one(session: AsyncSession, integration_id: str) -> Integration:
    row = (await session.execute(_ONE, {"integration_id": integration_id})).one_or_none()
    if row is None:
        raise NotFound("integration", integration_id)
    return of_row(row)
